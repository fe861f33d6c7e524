#include "dsm/reach.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <optional>

namespace sidecert::dsm {

namespace {

std::optional<in_addr> readV4(const std::string& text) {
  in_addr address{};
  if (inet_pton(AF_INET, text.c_str(), &address) != 1) return std::nullopt;
  return address;
}

std::optional<in6_addr> readV6(const std::string& text) {
  in6_addr address{};
  if (inet_pton(AF_INET6, text.c_str(), &address) != 1) return std::nullopt;
  return address;
}

/// Only an address of this machine can be bound.
template <class Address>
bool canBind(const Address& address, int family) {
  const int descriptor = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return false;
  sockaddr_storage storage{};
  std::memcpy(&storage, &address, sizeof address);
  // The socket API takes every address through a pointer to its common beginning.
  const auto* pointer = static_cast<const sockaddr*>(static_cast<const void*>(&storage));
  const bool bound = bind(descriptor, pointer, sizeof address) == 0;
  close(descriptor);
  return bound;
}

}  // namespace

bool isAddressLiteral(const std::string& host) {
  return readV4(host) || readV6(host);
}

bool isLoopbackName(const std::string& host) {
  return host == "localhost" || host.ends_with(".localhost");
}

bool isPrivateAddress(const std::string& host) {
  if (const auto v4 = readV4(host)) {
    const std::uint32_t address = ntohl(v4->s_addr);
    const auto in = [address](std::uint32_t network, unsigned bits) {
      return address >> (32 - bits) == network >> (32 - bits);
    };
    return in(0x0a000000U, 8) || in(0xac100000U, 12) || in(0xc0a80000U, 16) || in(0xa9fe0000U, 16) || in(0x64400000U, 10);
  }
  const auto v6 = readV6(host);
  return v6 && (IN6_IS_ADDR_LINKLOCAL(&*v6) || (v6->s6_addr[0] & 0xfeU) == 0xfcU);
}

bool isLoopback(const std::string& host) {
  if (isLoopbackName(host)) return true;
  if (const auto v4 = readV4(host)) return (ntohl(v4->s_addr) >> 24U) == 127;
  const auto v6 = readV6(host);
  return v6 && IN6_IS_ADDR_LOOPBACK(&*v6);
}

bool isOwnAddress(const std::string& host) {
  if (isLoopback(host)) return true;
  if (const auto v4 = readV4(host)) {
    if (v4->s_addr == INADDR_ANY || IN_MULTICAST(ntohl(v4->s_addr)) || v4->s_addr == INADDR_BROADCAST) return false;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr = *v4;
    return canBind(address, AF_INET);
  }
  if (const auto v6 = readV6(host)) {
    if (IN6_IS_ADDR_UNSPECIFIED(&*v6) || IN6_IS_ADDR_MULTICAST(&*v6)) return false;
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_addr = *v6;
    return canBind(address, AF_INET6);
  }
  return false;
}

}  // namespace sidecert::dsm
