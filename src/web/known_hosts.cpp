#include "web/known_hosts.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"

namespace sidecert::web {
namespace {

constexpr std::array<std::string_view, 4> kPrivateZones{".localhost", ".local", ".home.arpa", ".internal"};

bool isAddress(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> octets{};
  if (host.starts_with('[')) {
    return host.ends_with(']') && ::inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), octets.data()) == 1;
  }
  return ::inet_pton(AF_INET, host.c_str(), octets.data()) == 1;
}

bool isName(std::string_view host) {
  return !host.empty() && std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

/// Without the port. @returns nothing when what follows the host is no port.
std::optional<std::string> withoutPort(const std::string& host) {
  const auto colon = host.find(':', host.starts_with('[') ? std::min(host.find(']'), host.size()) : 0);
  if (colon == std::string::npos) return host;
  if (!parseNumber(std::string_view(host).substr(colon + 1))) return std::nullopt;
  return host.substr(0, colon);
}

}  // namespace

bool KnownHosts::contains(std::string_view host) const {
  const auto plain = withoutPort(lower(host));
  if (!plain) return false;
  if (isAddress(*plain)) return true;
  std::string name = *plain;
  if (name.ends_with('.')) name.pop_back();
  if (!isName(name)) return false;
  return !name.contains('.') || std::ranges::contains(names_, name) ||
         std::ranges::any_of(kPrivateZones, [&](std::string_view zone) { return name.ends_with(zone); });
}

}  // namespace sidecert::web
