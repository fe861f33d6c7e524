#include "notify/address_parts.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/text.h"

namespace sidecert::notify {
namespace {

std::string decoded(std::string_view text) {
  return percentDecode(text).value_or(std::string(text));
}

void readAuthority(std::string_view text, AddressParts& parts) {
  if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
    const std::string_view who = text.substr(0, at);
    text.remove_prefix(at + 1);
    const std::size_t colon = who.find(':');
    parts.user = decoded(who.substr(0, colon));
    if (colon != std::string_view::npos) parts.password = decoded(who.substr(colon + 1));
  }
  parts.authority = decoded(text);
  const std::size_t bracket = text.find(']');
  const std::size_t colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  parts.host = lower(decoded(text.substr(0, colon)));
  if (parts.host.starts_with('[') && parts.host.ends_with(']')) parts.host = parts.host.substr(1, parts.host.size() - 2);
  if (colon == std::string_view::npos) return;
  const auto number = parseNumber(text.substr(colon + 1));
  if (number && *number > 0 && *number <= 65535) parts.port = static_cast<std::uint16_t>(*number);
}

}  // namespace

std::optional<AddressParts> split(std::string_view url) {
  const std::size_t colon = url.find("://");
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  AddressParts parts;
  parts.scheme = lower(url.substr(0, colon));
  url.remove_prefix(colon + 3);
  const std::size_t tail = url.find_first_of("/?");
  readAuthority(url.substr(0, tail), parts);
  if (tail == std::string_view::npos) return parts;
  url.remove_prefix(tail);
  parts.raw_tail = std::string(url);
  const std::size_t question = url.find('?');
  // "#channel" is written as such by many, so a fragment is part of the path.
  for (const std::string& piece : splitList(url.substr(0, question), "/")) parts.path.push_back(decoded(piece));
  if (question == std::string_view::npos) return parts;
  for (const std::string& pair : splitList(url.substr(question + 1), "&")) {
    const std::size_t equals = pair.find('=');
    if (equals != std::string::npos) parts.query[lower(pair.substr(0, equals))] = decoded(pair.substr(equals + 1));
  }
  return parts;
}

std::string originOf(std::string_view scheme, const AddressParts& parts) {
  const std::string host = parts.host.contains(':') ? "[" + parts.host + "]" : parts.host;
  return parts.port ? fmt::format("{}://{}:{}", scheme, host, *parts.port) : fmt::format("{}://{}", scheme, host);
}

std::unexpected<Error> lacks(const AddressParts& parts, std::string_view what, std::string_view example) {
  return fail(ErrorCode::Settings, fmt::format("the {}:// address lacks {}", parts.scheme, what),
              fmt::format("write it as {}", example));
}

}  // namespace sidecert::notify
