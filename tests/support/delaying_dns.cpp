#include "support/delaying_dns.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <unistd.h>
#include <algorithm>
#include <array>
#include <deque>
#include <list>
#include <stdexcept>
#include <tuple>
#include <vector>

#include "base/descriptor.h"

namespace sidecert::testing {
namespace {

using Moment = std::chrono::steady_clock::time_point;

constexpr std::uint16_t kPort = 53;
constexpr std::chrono::milliseconds kForgotten{5000};  // a question nobody has answered by then
constexpr std::chrono::milliseconds kLongestNap{50};

sockaddr_in nameOf(const std::string& address) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(kPort);
  ::inet_pton(AF_INET, address.c_str(), &name.sin_addr);
  return name;
}

// One question on its way: a socket of its own towards the server, so that its answer finds the way back.
struct Passage {
  Descriptor towards;
  sockaddr_in from{};
  std::string query, answer;
  Moment due;
  enum class State { ToServer, Asked, ToClient } state = State::ToServer;
};

}  // namespace

DelayingDns::DelayingDns(std::string address, std::string upstream, std::chrono::milliseconds round_trip)
    : address_(std::move(address)), upstream_(std::move(upstream)), round_trip_(round_trip) {
  socket_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const sockaddr_in name = nameOf(address_);
  if (::bind(socket_, reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0)
    throw std::runtime_error("bind " + address_);
  const int room = 4 << 20;
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  thread_ = std::thread(&DelayingDns::serve, this);
}

DelayingDns::~DelayingDns() {
  stop_ = true;
  thread_.join();
  ::close(socket_);
}

void DelayingDns::serve() {
  std::list<Passage> passages;
  std::array<char, 65535> buffer{};
  const sockaddr_in server = nameOf(upstream_);
  Moment flight_end{};
  while (!stop_) {
    std::vector<pollfd> entries{{.fd = socket_, .events = POLLIN, .revents = 0}};
    Moment now = std::chrono::steady_clock::now();
    Moment wake = now + kLongestNap;
    for (const Passage& one : passages) {
      if (one.state == Passage::State::Asked) entries.push_back({.fd = one.towards.get(), .events = POLLIN, .revents = 0});
      wake = std::min(wake, one.due);
    }
    const timespec nap{.tv_sec = 0, .tv_nsec = std::max<std::int64_t>(0, (wake - now).count())};
    if (::ppoll(entries.data(), entries.size(), &nap, nullptr) < 0) continue;
    now = std::chrono::steady_clock::now();
    for (;;) {
      sockaddr_in from{};
      socklen_t size = sizeof from;
      const auto got = ::recvfrom(socket_, buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
      if (got <= 0) break;
      ++questions_;
      if (now >= flight_end) {
        ++rounds_;
        flight_end = now + round_trip_ * 4 / 5;
      }
      passages.push_back({.towards = Descriptor(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)),
                          .from = from,
                          .query = std::string(buffer.data(), static_cast<std::size_t>(got)),
                          .answer = {},
                          .due = now + round_trip_ / 2});
    }
    for (auto one = passages.begin(); one != passages.end();) {
      bool over = false;
      if (one->state == Passage::State::Asked) {
        const auto got = ::recv(one->towards.get(), buffer.data(), buffer.size(), 0);
        if (got > 0) {
          one->answer.assign(buffer.data(), static_cast<std::size_t>(got));
          one->state = Passage::State::ToClient;
          one->due = now + round_trip_ / 2;
        } else {
          over = one->due <= now;
        }
      } else if (one->due <= now && one->state == Passage::State::ToServer) {
        std::ignore = ::sendto(one->towards.get(), one->query.data(), one->query.size(), 0,
                               reinterpret_cast<const sockaddr*>(&server), sizeof server);
        one->state = Passage::State::Asked;
        one->due = now + kForgotten;
      } else if (one->due <= now) {
        std::ignore = ::sendto(socket_, one->answer.data(), one->answer.size(), 0,
                               reinterpret_cast<const sockaddr*>(&one->from), sizeof one->from);
        over = true;
      }
      one = over ? passages.erase(one) : std::next(one);
    }
  }
}

}  // namespace sidecert::testing
