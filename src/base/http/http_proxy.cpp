#include "base/http/http_proxy.h"

#include <arpa/inet.h>
#include <fmt/core.h>

#include <algorithm>
#include <span>

#include "base/encoding.h"
#include "base/text.h"

namespace sidecert {
namespace {

constexpr unsigned kAddressBits = 128;
constexpr unsigned kMappedBits = 96;  // ::ffff:0:0/96 holds IPv4
constexpr unsigned kOctetBits = 8;
constexpr unsigned kHighestPort = 65535;

bool sameBits(std::uint8_t one, std::uint8_t other, unsigned bits) {
  const unsigned shift = kOctetBits - bits;
  return unsigned{one} >> shift == unsigned{other} >> shift;
}

}  // namespace

std::string Proxy::text() const {
  return fmt::format("the proxy {} ({})",
                     host.contains(':') ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port), variable);
}

Result<std::optional<Proxy>> parseProxy(std::string_view text, std::string_view variable) {
  const auto wrong = [&] {
    return fail(ErrorCode::Settings, fmt::format("{} is no address of a proxy", variable),
                "write it as http://host:port or http://user:password@host:port");
  };
  text = trim(text);
  if (text.empty()) return std::nullopt;
  std::string login;
  const auto scheme_end = text.find("://");
  const std::string scheme = scheme_end == std::string_view::npos ? "http" : lower(text.substr(0, scheme_end));
  if (scheme != "http") {
    return fail(ErrorCode::Settings, fmt::format("{} names a proxy of another kind than http", variable),
                "name an HTTP proxy: http://host:port or http://user:password@host:port");
  }
  if (scheme_end != std::string_view::npos) text.remove_prefix(scheme_end + 3);
  if (const auto at = text.rfind('@'); at != std::string_view::npos) {
    const auto decoded = percentDecode(text.substr(0, at));
    if (!decoded) return wrong();
    login = *decoded;
    text.remove_prefix(at + 1);
  }
  const auto url = parseUrl("http://" + std::string(text));
  if (!url || url->target != "/") return wrong();
  return Proxy{.host = url->host,
               .port = url->port,
               .authorization = login.empty() ? "" : "Basic " + base64(login),
               .variable = std::string(variable)};
}

std::optional<NoProxy::Address> NoProxy::parseAddress(std::string_view text) {
  const std::string literal(text);
  Address address{};
  if (::inet_pton(AF_INET6, literal.c_str(), address.data()) == 1) return address;
  if (::inet_pton(AF_INET, literal.c_str(), address.data() + kMappedBits / kOctetBits) != 1) return std::nullopt;
  address[10] = address[11] = 0xFF;
  return address;
}

std::optional<NoProxy::Entry> NoProxy::parseEntry(std::string_view text) {
  Entry entry;
  if (const auto slash = text.find('/'); slash != std::string_view::npos) {
    const std::string_view address = text.substr(0, slash);
    const auto network = parseAddress(address);
    const auto bits = parseNumber(text.substr(slash + 1));
    const unsigned mapped = address.contains(':') ? 0 : kMappedBits;
    if (!network || !bits || *bits + mapped > kAddressBits) return std::nullopt;
    entry.network = *network;
    entry.prefix = static_cast<unsigned>(*bits) + mapped;
    return entry;
  }
  std::string_view host = text;
  std::string_view port;
  if (const auto close = text.find(']'); text.starts_with('[') && close != std::string_view::npos) {
    host = text.substr(1, close - 1);
    port = text.substr(close + 1);
    if (!port.empty() && !port.starts_with(':')) return std::nullopt;
  } else if (std::ranges::count(text, ':') == 1) {
    host = text.substr(0, text.find(':'));
    port = text.substr(host.size());
  }
  if (!port.empty()) {
    const auto number = parseNumber(port.substr(1));
    if (!number || *number == 0 || *number > kHighestPort) return std::nullopt;
    entry.port = static_cast<std::uint16_t>(*number);
  }
  if (const auto address = parseAddress(host)) {
    entry.network = *address;
    entry.prefix = kAddressBits;
    return entry;
  }
  if (host.starts_with('*')) host.remove_prefix(1);
  if (host.starts_with('.')) host.remove_prefix(1);
  if (host.empty() || host.find_first_of(":[]") != std::string_view::npos) return std::nullopt;
  entry.domain = lower(host);
  return entry;
}

Result<NoProxy> NoProxy::parse(std::string_view list) {
  NoProxy parsed;
  for (const std::string& text : splitList(list, ", ")) {
    if (text == "*") {
      parsed.everything_ = true;
      continue;
    }
    auto entry = parseEntry(text);
    if (!entry)
      return fail(ErrorCode::Settings,
                  fmt::format("NO_PROXY: \"{}\" is no host, domain, address or network", excerpt(text, 80)),
                  "write a list such as nas.lan, .home.arpa, 192.168.0.0/16, other.example:8443");
    parsed.entries_.push_back(std::move(*entry));
  }
  return parsed;
}

bool NoProxy::covers(std::string_view host, std::uint16_t port) const {
  if (everything_ || host == "localhost" || host == "::1" || host.starts_with("127.")) return true;
  const auto address = parseAddress(host);
  return std::ranges::any_of(entries_, [&](const Entry& entry) {
    if (entry.port && *entry.port != port) return false;
    if (!entry.domain.empty()) return !address && (host == entry.domain || host.ends_with("." + entry.domain));
    if (!address) return false;
    const std::size_t whole = entry.prefix / kOctetBits;
    return std::ranges::equal(std::span(*address).first(whole), std::span(entry.network).first(whole)) &&
           (whole == address->size() || sameBits((*address)[whole], entry.network[whole], entry.prefix % kOctetBits));
  });
}

}  // namespace sidecert
