#include "dns/exchange.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>
#include <system_error>

#include <fmt/core.h>

#include "base/tcp.h"
#include "crypto/digest.h"
#include "dns/dns_message.h"

namespace sidecert::dns {
namespace {

std::string reason(int error) {
  return std::generic_category().message(error);
}

std::unexpected<Error> unreachable(const Server& server, std::string_view why) {
  return fail(ErrorCode::Unreachable, fmt::format("name server {}: {}", server.text(), why));
}

std::unexpected<Error> lost(const Server& server, std::string_view why) {
  return fail(ErrorCode::AnswerLost, fmt::format("name server {}: {}", server.text(), why));
}

Result<> await(const Descriptor& socket, short events, const Server& server, const Patience& patience,
               std::unexpected<Error> too_late) {
  switch (patience.await(socket.get(), events)) {
    case Wake::Ready: return {};
    case Wake::Stopped:
      return fail(ErrorCode::Stopped, fmt::format("stopped while asking the name server {}", server.text()));
    case Wake::TimedOut: return too_late;
  }
  return too_late;
}

Result<> sendAll(const Descriptor& socket, const Server& server, std::string_view octets, const Patience& patience) {
  while (!octets.empty()) {
    if (auto ready = await(socket, POLLOUT, server, patience, lost(server, "the connection is stuck")); !ready) return ready;
    const auto sent = send(socket.get(), octets.data(), octets.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return lost(server, reason(errno));
    if (sent > 0) octets.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

Result<std::string> receiveExactly(const Descriptor& socket, const Server& server, std::size_t count,
                                   const Patience& patience) {
  std::string octets(count, '\0');
  std::size_t have = 0;
  while (have < count) {
    if (auto ready = await(socket, POLLIN, server, patience, lost(server, "no answer over TCP in time")); !ready)
      return std::unexpected(ready.error());
    const auto got = recv(socket.get(), octets.data() + have, count - have, 0);
    if (got == 0) return lost(server, "it closed the connection without an answer");
    if (got < 0 && errno != EAGAIN && errno != EINTR) return lost(server, reason(errno));
    if (got > 0) have += static_cast<std::size_t>(got);
  }
  return octets;
}

}  // namespace

std::uint16_t randomId() {
  const std::string octets = crypto::randomOctets(2);
  return static_cast<std::uint16_t>(static_cast<unsigned char>(octets[0]) << 8U | static_cast<unsigned char>(octets[1]));
}

Result<Descriptor> connectTo(const Server& server, int kind) {
  const auto address = parseAddress(server.address, server.port);
  if (!address) return unreachable(server, "this is no IP address");
  Descriptor socket(::socket(address->storage.ss_family, kind | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (socket.get() < 0) return unreachable(server, reason(errno));
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address->storage), address->length) != 0 &&
      errno != EINPROGRESS) {
    return unreachable(server, reason(errno));
  }
  return socket;
}

Result<> exchangeUdp(const Server& server, std::string_view message, const Effort& effort,
                     const std::function<bool(std::string_view)>& accept) {
  const Patience patience(effort);
  auto socket = connectTo(server, SOCK_DGRAM);
  if (!socket) return std::unexpected(socket.error());
  if (send(socket->get(), message.data(), message.size(), MSG_NOSIGNAL) < 0) return unreachable(server, reason(errno));
  std::string datagram(kLongestMessage, '\0');
  const auto silent = lost(server, fmt::format("no answer within {}", toWords(effort.left())));
  while (true) {
    if (auto ready = await(*socket, POLLIN, server, patience, silent); !ready) return ready;
    const auto got = recv(socket->get(), datagram.data(), datagram.size(), 0);
    if (got < 0) {
      if (errno == EAGAIN || errno == EINTR) continue;
      return unreachable(server, reason(errno));
    }
    if (accept(std::string_view(datagram).substr(0, static_cast<std::size_t>(got)))) return {};
  }
}

Result<std::string> exchangeTcp(const Server& server, std::string_view message, const Effort& effort) {
  const Patience patience(effort);
  if (message.size() > kLongestMessage) return fail(ErrorCode::Internal, "a DNS message of more than 65535 octets");
  auto socket = connectTo(server, SOCK_STREAM);
  if (!socket) return std::unexpected(socket.error());
  if (auto ready = await(*socket, POLLOUT, server, patience, unreachable(server, "no TCP connection in time")); !ready)
    return std::unexpected(ready.error());
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(socket->get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error != 0) return unreachable(server, reason(error));

  std::string framed;
  framed += static_cast<char>(message.size() >> 8U);
  framed += static_cast<char>(message.size() & 0xFFU);
  framed += message;
  if (auto sent = sendAll(*socket, server, framed, patience); !sent) return std::unexpected(sent.error());
  const auto length = receiveExactly(*socket, server, 2, patience);
  if (!length) return length;
  const auto octet = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>((*length)[i])); };
  return receiveExactly(*socket, server, octet(0) << 8U | octet(1), patience);
}

bool hasRouteTo(const Server& server) {
  return connectTo(server, SOCK_DGRAM).has_value();
}

}  // namespace sidecert::dns
