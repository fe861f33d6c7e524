#include "base/tcp.h"

#include <arpa/inet.h>
#include <fmt/core.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

#include <cerrno>
#include <system_error>

#include "base/address_order.h"
#include "base/text.h"

namespace sidecert {
namespace {

std::unexpected<Error> unconnected(const TcpAddress& address, int error) {
  switch (error) {
    case ECONNREFUSED:
      return fail(ErrorCode::Unreachable, fmt::format("{} refused the connection", address.text),
                  "nothing listens on that port: check host name and port");
    case EHOSTUNREACH:
    case ENETUNREACH: return fail(ErrorCode::Unreachable, fmt::format("there is no way to {} from here", address.text));
    default:
      return fail(ErrorCode::Unreachable,
                  fmt::format("cannot connect to {}: {}", address.text, std::generic_category().message(error)));
  }
}

}  // namespace

std::optional<TcpAddress> parseAddress(const std::string& literal, std::uint16_t port) {
  TcpAddress address;
  address.text = fmt::format("{} port {}", literal, port);
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  if (::inet_pton(AF_INET, literal.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    address.length = sizeof *v4;
    return address;
  }
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  const std::size_t percent = literal.find('%');
  if (::inet_pton(AF_INET6, literal.substr(0, percent).c_str(), &v6->sin6_addr) != 1) return std::nullopt;
  v6->sin6_family = AF_INET6;
  v6->sin6_port = htons(port);
  if (percent != std::string::npos) {
    const std::string zone = literal.substr(percent + 1);
    v6->sin6_scope_id = static_cast<std::uint32_t>(parseNumber(zone).value_or(::if_nametoindex(zone.c_str())));
    if (v6->sin6_scope_id == 0) return std::nullopt;
  }
  address.length = sizeof *v6;
  return address;
}

Result<std::vector<TcpAddress>> resolveHost(NameLookup& names, const std::string& host, std::uint16_t port,
                                            const Effort& effort) {
  const auto literals = names.addressesOf(host, effort);
  if (!literals) return std::unexpected(literals.error());
  std::vector<TcpAddress> addresses;
  for (const std::string& literal : *literals) {
    if (auto address = parseAddress(literal, port)) addresses.push_back(std::move(*address));
  }
  if (addresses.empty()) return std::unexpected(unknownName(host));
  return inOrderOfPreference(std::move(addresses));
}

Result<Descriptor> connectTcp(const TcpAddress& address, const Patience& patience) {
  Descriptor socket(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return unconnected(address, errno);
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.length) == 0) return socket;
  if (errno != EINPROGRESS) return unconnected(address, errno);
  switch (patience.await(socket.get(), POLLOUT)) {
    case Wake::Ready: break;
    case Wake::Stopped: return fail(ErrorCode::Stopped, fmt::format("stopped while connecting to {}", address.text));
    case Wake::TimedOut:
      return fail(ErrorCode::Unreachable, fmt::format("{} did not answer in time", address.text),
                  "check host name and port, and that no firewall stands between");
  }
  int error = 0;
  socklen_t length = sizeof error;
  ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) return unconnected(address, error);
  return socket;
}

}  // namespace sidecert
