#include "base/tcp.h"

#include <fmt/core.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <memory>
#include <system_error>

namespace sidecert {
namespace {

std::unexpected<Error> unresolved(const std::string& host, int code) {
  const int system_error = errno;
  switch (code) {
    case EAI_NONAME:
#ifdef EAI_NODATA
    case EAI_NODATA:
#endif
      return fail(ErrorCode::Unreachable, fmt::format("the name {} does not resolve to an address", host),
                  "check the spelling, and that the container's name server knows the name");
    case EAI_AGAIN:
      return fail(ErrorCode::Unreachable, fmt::format("no name server answered for {}", host),
                  "check the network connection and the name servers of the container (dns: in the compose file)");
    default:
      return fail(ErrorCode::Unreachable, fmt::format("cannot resolve {}: {}", host,
                                                      code == EAI_SYSTEM ? std::generic_category().message(system_error)
                                                                         : std::string(::gai_strerror(code))));
  }
}

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

Result<std::vector<TcpAddress>> resolveHost(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* raw = nullptr;
  const int code = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &raw);
  if (code != 0) return unresolved(host, code);
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(raw, &::freeaddrinfo);

  std::vector<TcpAddress> addresses;
  for (const auto* entry = list.get(); entry != nullptr; entry = entry->ai_next) {
    TcpAddress address;
    address.length = entry->ai_addrlen;
    std::copy_n(reinterpret_cast<const char*>(entry->ai_addr), entry->ai_addrlen, reinterpret_cast<char*>(&address.storage));
    std::string text(NI_MAXHOST, '\0');
    ::getnameinfo(entry->ai_addr, entry->ai_addrlen, text.data(), NI_MAXHOST, nullptr, 0, NI_NUMERICHOST);
    address.text = fmt::format("{} port {}", text.c_str(), port);
    addresses.push_back(std::move(address));
  }
  return addresses;
}

Result<Descriptor> connectTcp(const TcpAddress& address, Deadline deadline) {
  Descriptor socket(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return unconnected(address, errno);
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.length) == 0) return socket;
  if (errno != EINPROGRESS) return unconnected(address, errno);
  if (!waitUntilReady(socket.get(), POLLOUT, deadline)) {
    return fail(ErrorCode::Unreachable, fmt::format("{} did not answer in time", address.text),
                "check host name and port, and that no firewall stands between");
  }
  int error = 0;
  socklen_t length = sizeof error;
  ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) return unconnected(address, error);
  return socket;
}

bool waitUntilReady(int descriptor, short events, Deadline deadline) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    pollfd waiting{.fd = descriptor, .events = events, .revents = 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(std::clamp<long>(left, 0, INT_MAX)));
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR) return true;  // the read or write that follows will say what is wrong
  }
}

}  // namespace sidecert
