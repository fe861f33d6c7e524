#include "base/address_order.h"

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <tuple>

#include "base/descriptor.h"

namespace sidecert {
namespace {

struct Policy {
  std::array<std::uint8_t, 16> prefix;
  unsigned bits;
  int precedence;
  int label;
};

// RFC 6724 section 2.1, the longest prefixes first.
constexpr std::array<Policy, 8> kPolicies{{{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, 50, 0},
                                           {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF}, 96, 35, 4},
                                           {{}, 96, 1, 3},
                                           {{0x20, 0x01}, 32, 5, 5},
                                           {{0x20, 0x02}, 16, 30, 2},
                                           {{0x3F, 0xFE}, 16, 1, 12},
                                           {{0xFC}, 7, 3, 13},
                                           {{}, 0, 40, 1}}};

std::array<std::uint8_t, 16> octetsOf(const sockaddr_storage& storage) {
  std::array<std::uint8_t, 16> octets{};
  if (storage.ss_family == AF_INET6) {
    std::ranges::copy(reinterpret_cast<const sockaddr_in6&>(storage).sin6_addr.s6_addr, octets.begin());
    return octets;
  }
  octets[10] = octets[11] = 0xFF;
  const std::uint32_t v4 = ntohl(reinterpret_cast<const sockaddr_in&>(storage).sin_addr.s_addr);
  for (unsigned i = 0; i < 4; ++i) octets.at(12 + i) = static_cast<std::uint8_t>(v4 >> (24 - 8 * i));
  return octets;
}

const Policy& policyFor(const sockaddr_storage& storage) {
  const auto octets = octetsOf(storage);
  return *std::ranges::find_if(kPolicies, [&](const Policy& policy) {
    for (unsigned bit = 0; bit < policy.bits; bit += 8) {
      const unsigned rest = std::min(8U, policy.bits - bit);
      if (((octets.at(bit / 8) ^ policy.prefix.at(bit / 8)) >> (8 - rest)) != 0) return false;
    }
    return true;
  });
}

// A datagram socket that is connected sends nothing, but the kernel chooses the source address.
std::tuple<bool, bool, int> worth(const TcpAddress& address) {
  const Policy& policy = policyFor(address.storage);
  const Descriptor socket(::socket(address.storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_storage source{};
  socklen_t length = sizeof source;
  const bool has_way = socket.valid() &&
                       ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.length) == 0 &&
                       ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&source), &length) == 0;
  return {has_way, has_way && policyFor(source).label == policy.label, policy.precedence};
}

}  // namespace

std::vector<TcpAddress> inOrderOfPreference(std::vector<TcpAddress> addresses) {
  if (addresses.size() < 2) return addresses;
  std::vector<std::pair<std::tuple<bool, bool, int>, TcpAddress>> rated;
  rated.reserve(addresses.size());
  for (TcpAddress& address : addresses) rated.emplace_back(worth(address), std::move(address));
  std::ranges::stable_sort(rated, std::ranges::greater{}, [](const auto& one) { return one.first; });
  std::ranges::transform(rated, addresses.begin(), [](auto& one) { return std::move(one.second); });
  return addresses;
}

}  // namespace sidecert
