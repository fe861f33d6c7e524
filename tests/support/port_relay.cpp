#include "support/port_relay.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <tuple>

namespace sidecert::testing {
namespace {

constexpr int kRelayMilliseconds = 50;
constexpr std::size_t kMostFlows = 200;  // the oldest gives way; an answer later than that is of no use to anybody

sockaddr_in nameOf(const std::string& address, std::uint16_t port) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  ::inet_pton(AF_INET, address.c_str(), &name.sin_addr);
  return name;
}

int bound(const sockaddr_in& name, int type) {
  const int descriptor = ::socket(AF_INET, type | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0 ||
      (type == SOCK_STREAM && ::listen(descriptor, 64) != 0)) {
    ::close(descriptor);
    throw std::runtime_error("a relay cannot have its address");
  }
  return descriptor;
}

int connected(const sockaddr_in& name, int type) {
  const int descriptor = ::socket(AF_INET, type | SOCK_CLOEXEC, 0);
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0) return descriptor;
  ::close(descriptor);
  return -1;
}

// @returns false when that end has nothing more to say.
bool pump(int from, int to) {
  std::array<char, 65536> buffer{};
  const auto got = ::recv(from, buffer.data(), buffer.size(), 0);
  if (got <= 0) return false;
  for (ssize_t sent = 0; sent < got;) {
    const auto now = ::send(to, buffer.data() + sent, static_cast<std::size_t>(got - sent), MSG_NOSIGNAL);
    if (now <= 0) return false;
    sent += now;
  }
  return true;
}

}  // namespace

PortRelay::PortRelay(const std::string& address, std::uint16_t port, const std::string& to_address, std::uint16_t to_port)
    : target_(nameOf(to_address, to_port)), udp_(bound(nameOf(address, port), SOCK_DGRAM)) {
  tcp_ = bound(nameOf(address, port), SOCK_STREAM);
  thread_ = std::thread(&PortRelay::run, this);
}

PortRelay::~PortRelay() {
  stop_ = true;
  thread_.join();
  for (const Flow& flow : flows_) ::close(flow.upstream);
  for (const Pair& pair : pairs_) {
    ::close(pair.client);
    ::close(pair.upstream);
  }
  ::close(udp_);
  ::close(tcp_);
}

void PortRelay::takeDatagram() {
  std::array<char, 65536> buffer{};
  Flow flow;
  socklen_t size = sizeof flow.client;
  const auto got = ::recvfrom(udp_, buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&flow.client), &size);
  if (got < 0) return;
  flow.upstream = connected(target_, SOCK_DGRAM);
  if (flow.upstream < 0) return;
  std::ignore = ::send(flow.upstream, buffer.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL);
  if (flows_.size() == kMostFlows) {
    ::close(flows_.front().upstream);
    flows_.erase(flows_.begin());
  }
  flows_.push_back(flow);
}

void PortRelay::takeConnection() {
  const int client = ::accept(tcp_, nullptr, nullptr);
  if (client < 0) return;
  const int upstream = connected(target_, SOCK_STREAM);
  if (upstream < 0) {
    ::close(client);
    return;
  }
  pairs_.push_back({.client = client, .upstream = upstream});
}

void PortRelay::run() {
  while (!stop_) {
    std::vector<pollfd> waiting = {{.fd = udp_, .events = POLLIN, .revents = 0},
                                   {.fd = tcp_, .events = POLLIN, .revents = 0}};
    for (const Flow& flow : flows_) waiting.push_back({.fd = flow.upstream, .events = POLLIN, .revents = 0});
    for (const Pair& pair : pairs_) {
      waiting.push_back({.fd = pair.client, .events = POLLIN, .revents = 0});
      waiting.push_back({.fd = pair.upstream, .events = POLLIN, .revents = 0});
    }
    if (::poll(waiting.data(), waiting.size(), kRelayMilliseconds) <= 0) continue;
    std::size_t at = 2;
    std::vector<Flow> flows;
    for (const Flow& flow : flows_) {
      if (waiting[at++].revents == 0) {
        flows.push_back(flow);
        continue;
      }
      std::array<char, 65536> buffer{};
      const auto got = ::recv(flow.upstream, buffer.data(), buffer.size(), 0);
      if (got > 0) {
        std::ignore = ::sendto(udp_, buffer.data(), static_cast<std::size_t>(got), 0,
                               reinterpret_cast<const sockaddr*>(&flow.client), sizeof flow.client);
      }
      ::close(flow.upstream);
    }
    flows_ = std::move(flows);
    std::vector<Pair> pairs;
    for (const Pair& pair : pairs_) {
      const bool from_client = waiting[at++].revents != 0;
      const bool from_upstream = waiting[at++].revents != 0;
      if ((!from_client || pump(pair.client, pair.upstream)) && (!from_upstream || pump(pair.upstream, pair.client))) {
        pairs.push_back(pair);
      } else {
        ::close(pair.client);
        ::close(pair.upstream);
      }
    }
    pairs_ = std::move(pairs);
    if (waiting[0].revents != 0) takeDatagram();
    if (waiting[1].revents != 0) takeConnection();
  }
}

}  // namespace sidecert::testing
