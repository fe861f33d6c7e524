#include "support/scripted_dns.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <tuple>

#include "support/free_address.h"

namespace sidecert::testing {
namespace {

constexpr int kListenMilliseconds = 50;
constexpr std::uint16_t kTxtRecord = 16;

int bound(const std::string& address, std::uint16_t port, int type) {
  const int descriptor = ::socket(AF_INET, type | SOCK_CLOEXEC, 0);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  ::inet_pton(AF_INET, address.c_str(), &name.sin_addr);
  const int on = 1;
  ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(descriptor, reinterpret_cast<sockaddr*>(&name), sizeof name) != 0) throw std::runtime_error("bind " + address);
  if (type == SOCK_STREAM && ::listen(descriptor, 8) != 0) throw std::runtime_error("listen " + address);
  return descriptor;
}

std::string twoOctets(std::size_t value) {
  return {static_cast<char>(value >> 8U), static_cast<char>(value & 0xFFU)};
}

}  // namespace

ScriptedDns::ScriptedDns(Handler handler, std::string address, std::uint16_t port)
    : handler_(std::move(handler)), address_(std::move(address)), port_(port != 0 ? port : freePort(address_)) {
  udp_ = bound(address_, port_, SOCK_DGRAM);
  tcp_ = bound(address_, port_, SOCK_STREAM);
  thread_ = std::thread(&ScriptedDns::serve, this);
}

ScriptedDns::~ScriptedDns() {
  stop_ = true;
  thread_.join();
  ::close(udp_);
  ::close(tcp_);
}

std::vector<std::pair<ScriptedDns::Via, std::string>> ScriptedDns::queries() const {
  const std::scoped_lock lock(mutex_);
  return queries_;
}

void ScriptedDns::serve() {
  std::array<char, 65535> buffer{};
  const auto note = [&](Via via, const std::string& query) {
    const std::scoped_lock lock(mutex_);
    queries_.emplace_back(via, query);
  };
  while (!stop_) {
    std::array<pollfd, 2> waiting = {
        {{.fd = udp_, .events = POLLIN, .revents = 0}, {.fd = tcp_, .events = POLLIN, .revents = 0}}};
    if (::poll(waiting.data(), waiting.size(), kListenMilliseconds) <= 0) continue;
    if (waiting[0].revents != 0) {
      sockaddr_in peer{};
      socklen_t size = sizeof peer;
      auto* generic = reinterpret_cast<sockaddr*>(&peer);
      const auto got = ::recvfrom(udp_, buffer.data(), buffer.size(), 0, generic, &size);
      if (got <= 0) continue;
      const std::string query(buffer.data(), static_cast<std::size_t>(got));
      note(Via::Udp, query);
      for (const std::string& message : handler_(query, Via::Udp)) {
        std::ignore = ::sendto(udp_, message.data(), message.size(), 0, generic, size);
      }
    }
    if (waiting[1].revents != 0) {
      const int connection = ::accept(tcp_, nullptr, nullptr);
      const auto got = ::recv(connection, buffer.data(), buffer.size(), 0);
      if (got > 2) {
        const std::string query(buffer.data() + 2, static_cast<std::size_t>(got) - 2);
        note(Via::Tcp, query);
        for (const std::string& message : handler_(query, Via::Tcp)) {
          const std::string framed = twoOctets(message.size()) + message;
          std::ignore = ::send(connection, framed.data(), framed.size(), MSG_NOSIGNAL);
        }
      }
      ::close(connection);
    }
  }
}

std::string ScriptedDns::answerTo(const std::string& query, unsigned code, const std::vector<std::string>& records) {
  std::size_t end = 12;
  while (end < query.size() && query[end] != 0) end += static_cast<unsigned char>(query[end]) + 1U;
  end += 5;
  std::string answer = query.substr(0, end);
  answer[2] = static_cast<char>(static_cast<unsigned char>(answer[2]) | 0x84U);
  answer[3] = static_cast<char>(code);
  answer.replace(4, 8, twoOctets(1) + twoOctets(records.size()) + twoOctets(0) + twoOctets(0));
  for (const std::string& record : records) answer += record;
  return answer;
}

std::string ScriptedDns::txt(const std::vector<std::string>& pieces) {
  std::string data;
  for (const std::string& piece : pieces) data += std::string(1, static_cast<char>(piece.size())) + piece;
  return record(kTxtRecord, data);
}

std::string ScriptedDns::record(std::uint16_t type, const std::string& data) {
  return "\xC0\x0C" + twoOctets(type) + std::string("\x00\x01\x00\x00\x00\x3C", 6) + twoOctets(data.size()) + data;
}

}  // namespace sidecert::testing
