#include "dns/exchange.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include <fmt/core.h>

#include "dns/message.h"

namespace sidecert::dns {
namespace {

using Deadline = std::chrono::steady_clock::time_point;

class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  Socket(const Socket&) = delete;
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(const Socket&) = delete;
  Socket& operator=(Socket&&) = delete;
  ~Socket() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  [[nodiscard]] int get() const { return descriptor_; }

 private:
  int descriptor_;
};

std::string reason(int error) {
  return std::generic_category().message(error);
}

std::unexpected<Error> unreachable(const Server& server, std::string_view why) {
  return fail(ErrorCode::Unreachable, fmt::format("name server {}: {}", server.text(), why));
}

std::unexpected<Error> lost(const Server& server, std::string_view why) {
  return fail(ErrorCode::AnswerLost, fmt::format("name server {}: {}", server.text(), why));
}

// Connected, or on its way there: a non-blocking TCP socket answers EINPROGRESS.
Result<Socket> connectTo(const Server& server, int type) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = type;
  addrinfo* found = nullptr;
  if (getaddrinfo(server.address.c_str(), std::to_string(server.port).c_str(), &hints, &found) != 0 || found == nullptr) {
    return unreachable(server, "this is no IP address");
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(found, freeaddrinfo);
  Socket socket(::socket(found->ai_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (socket.get() < 0) return unreachable(server, reason(errno));
  if (connect(socket.get(), found->ai_addr, found->ai_addrlen) != 0 && errno != EINPROGRESS) {
    return unreachable(server, reason(errno));
  }
  return socket;
}

// True once the socket is ready for `events`, false when the time is up.
bool waitFor(const Socket& socket, short events, Deadline deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    if (left <= 0) return false;
    pollfd entry{.fd = socket.get(), .events = events, .revents = 0};
    const int ready = poll(&entry, 1, static_cast<int>(std::min<std::int64_t>(left, 60'000)));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

Result<> sendAll(const Socket& socket, const Server& server, std::string_view octets, Deadline deadline) {
  while (!octets.empty()) {
    if (!waitFor(socket, POLLOUT, deadline)) return lost(server, "the connection is stuck");
    const auto sent = send(socket.get(), octets.data(), octets.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return lost(server, reason(errno));
    if (sent > 0) octets.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

Result<std::string> receiveExactly(const Socket& socket, const Server& server, std::size_t count, Deadline deadline) {
  std::string octets(count, '\0');
  std::size_t have = 0;
  while (have < count) {
    if (!waitFor(socket, POLLIN, deadline)) return lost(server, "no answer over TCP in time");
    const auto got = recv(socket.get(), octets.data() + have, count - have, 0);
    if (got == 0) return lost(server, "it closed the connection without an answer");
    if (got < 0 && errno != EAGAIN && errno != EINTR) return lost(server, reason(errno));
    if (got > 0) have += static_cast<std::size_t>(got);
  }
  return octets;
}

}  // namespace

Result<> exchangeUdp(const Server& server, std::string_view message, Duration limit,
                     const std::function<bool(std::string_view)>& accept) {
  const Deadline deadline = std::chrono::steady_clock::now() + limit;
  auto socket = connectTo(server, SOCK_DGRAM);
  if (!socket) return std::unexpected(socket.error());
  if (send(socket->get(), message.data(), message.size(), MSG_NOSIGNAL) < 0) return unreachable(server, reason(errno));
  std::string datagram(kLongestMessage, '\0');
  while (waitFor(*socket, POLLIN, deadline)) {
    const auto got = recv(socket->get(), datagram.data(), datagram.size(), 0);
    if (got < 0) {
      if (errno == EAGAIN || errno == EINTR) continue;
      return unreachable(server, reason(errno));
    }
    if (accept(std::string_view(datagram).substr(0, static_cast<std::size_t>(got)))) return {};
  }
  return lost(server, fmt::format("no answer within {} ms", limit.count()));
}

Result<std::string> exchangeTcp(const Server& server, std::string_view message, Duration limit) {
  const Deadline deadline = std::chrono::steady_clock::now() + limit;
  if (message.size() > kLongestMessage) return fail(ErrorCode::Internal, "a DNS message of more than 65535 octets");
  auto socket = connectTo(server, SOCK_STREAM);
  if (!socket) return std::unexpected(socket.error());
  if (!waitFor(*socket, POLLOUT, deadline)) return unreachable(server, "no TCP connection in time");
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(socket->get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error != 0) return unreachable(server, reason(error));

  std::string framed;
  framed += static_cast<char>(message.size() >> 8U);
  framed += static_cast<char>(message.size() & 0xFFU);
  framed += message;
  if (auto sent = sendAll(*socket, server, framed, deadline); !sent) return std::unexpected(sent.error());
  const auto length = receiveExactly(*socket, server, 2, deadline);
  if (!length) return length;
  const auto octet = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>((*length)[i])); };
  return receiveExactly(*socket, server, octet(0) << 8U | octet(1), deadline);
}

bool hasRouteTo(const Server& server) {
  return connectTo(server, SOCK_DGRAM).has_value();
}

}  // namespace sidecert::dns
