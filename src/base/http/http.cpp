#include "base/http/http.h"

#include <arpa/inet.h>
#include <fmt/core.h>

#include <algorithm>

#include "base/text.h"

namespace sidecert {
namespace {

constexpr std::size_t kLongestHost = 255;

bool isHostCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

std::uint16_t ownPort(std::string_view scheme) {
  return scheme == "https" ? 443 : 80;
}

bool isIpv6(const std::string& text) {
  in6_addr address{};
  return ::inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

}  // namespace

NameLookup& HttpTransport::names() {
  static LocalNames local;
  return local;
}

void HttpHeaders::set(std::string_view name, std::string value) {
  const auto same = [&](const auto& field) { return equalsIgnoringCase(field.first, name); };
  const auto found = std::ranges::find_if(fields_, same);
  if (found == fields_.end()) {
    fields_.emplace_back(std::string(name), std::move(value));
    return;
  }
  found->second = std::move(value);
  fields_.erase(std::remove_if(found + 1, fields_.end(), same), fields_.end());
}

std::optional<std::string> HttpHeaders::first(std::string_view name) const {
  const auto found = std::ranges::find_if(fields_, [&](const auto& field) { return equalsIgnoringCase(field.first, name); });
  return found == fields_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> HttpHeaders::all(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [field, value] : fields_) {
    if (equalsIgnoringCase(field, name)) values.push_back(value);
  }
  return values;
}

std::string Url::origin() const {
  std::string text = scheme + "://" + (host.contains(':') ? "[" + host + "]" : host);
  if (port != ownPort(scheme)) text += fmt::format(":{}", port);
  return text;
}

std::optional<Url> parseUrl(std::string_view text) {
  if (!std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; })) return std::nullopt;
  const auto colon = text.find("://");
  if (colon == std::string_view::npos || text.contains('#')) return std::nullopt;
  Url url;
  url.scheme = lower(text.substr(0, colon));
  if (url.scheme != "http" && url.scheme != "https") return std::nullopt;
  text.remove_prefix(colon + 3);

  const auto end = std::min(text.find_first_of("/?"), text.size());
  std::string_view authority = text.substr(0, end);
  url.target = text.substr(end);
  if (!url.target.starts_with('/')) url.target.insert(0, "/");

  std::string_view port;
  if (authority.starts_with('[')) {
    const auto close = authority.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    url.host = lower(authority.substr(1, close - 1));
    port = authority.substr(close + 1);
    if (!isIpv6(url.host)) return std::nullopt;
  } else {
    const auto end_of_host = std::min(authority.find(':'), authority.size());
    url.host = lower(authority.substr(0, end_of_host));
    port = authority.substr(end_of_host);
    if (url.host.empty() || url.host.size() > kLongestHost || !std::ranges::all_of(url.host, isHostCharacter)) {
      return std::nullopt;
    }
  }

  url.port = ownPort(url.scheme);
  if (!port.empty() && port.front() != ':') return std::nullopt;
  if (port.size() > 1) {
    const auto number = parseNumber(port.substr(1));
    if (!number || *number == 0 || *number > 65535) return std::nullopt;
    url.port = static_cast<std::uint16_t>(*number);
  }
  return url;
}

}  // namespace sidecert
