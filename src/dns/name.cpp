#include "dns/name.h"

#include <fmt/core.h>
#include <idn2.h>

#include <algorithm>
#include <memory>

#include "base/text.h"

namespace sidecert::dns {
namespace {

constexpr std::size_t kLongestLabel = 63;  // RFC 1035 section 2.3.4
constexpr std::size_t kLongestName = 253;  // 255 octets on the wire, less the first length and the root

std::unexpected<Error> wrong(std::string_view name, std::string_view why) {
  return fail(ErrorCode::Settings, fmt::format("\"{}\" is no domain name: {}", excerpt(name), why),
              "names are letters, digits and hyphens between dots: home.example or *.home.example");
}

bool isAscii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool isAllowed(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

// Only names with something international in them go through UTS #46: it refuses harmless old names such as "r3---sn".
bool isInternational(std::string_view name) {
  return !isAscii(name) || name.starts_with("xn--") || name.find(".xn--") != std::string_view::npos;
}

Result<std::string> internationalToAscii(const std::string& name) {
  char* raw = nullptr;
  const int status = idn2_to_ascii_8z(name.c_str(), &raw, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
  const std::unique_ptr<char, void (*)(void*)> owned(raw, idn2_free);
  if (status != IDN2_OK) return wrong(name, idn2_strerror(status));
  return lower(owned.get());
}

}  // namespace

Result<std::string> toAscii(std::string_view name) {
  if (std::ranges::any_of(name, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7F; })) {
    return wrong(name, "it has a blank or a control character in it");
  }
  const bool wildcard = name.starts_with("*.");
  std::string base = lower(wildcard ? name.substr(2) : name);
  if (isInternational(base)) {
    auto ascii = internationalToAscii(base);
    if (!ascii) return ascii;
    base = std::move(*ascii);
  }
  if (base.ends_with('.')) base.pop_back();
  if (base.empty()) return wrong(name, "it is empty");
  if (base.find('*') != std::string::npos) return wrong(name, "a wildcard is the whole first label and nothing else");

  std::string_view rest = base;
  std::string_view label;
  for (bool more = true; more;) {
    const auto dot = rest.find('.');
    label = rest.substr(0, dot);
    more = dot != std::string_view::npos;
    if (more) rest.remove_prefix(dot + 1);
    if (label.empty()) return wrong(name, "two dots follow each other, or it begins with one");
    if (label.size() > kLongestLabel) return wrong(name, "a part between dots is longer than 63 characters");
    if (!std::ranges::all_of(label, isAllowed)) return wrong(name, "it has a character that host names do not have");
    if (label.starts_with('-') || label.ends_with('-')) return wrong(name, "a part begins or ends with a hyphen");
  }
  if (parseNumber(label)) return wrong(name, "it ends in a number, as an IP address does");
  if (wildcard) base.insert(0, "*.");
  if (base.size() > kLongestName) return wrong(name, "it is longer than 253 characters");
  return base;
}

bool isWithin(std::string_view name, std::string_view zone) {
  if (zone.empty()) return true;
  if (!name.ends_with(zone)) return false;
  return name.size() == zone.size() || name[name.size() - zone.size() - 1] == '.';
}

std::string parentOf(std::string_view name) {
  const auto dot = name.find('.');
  return dot == std::string_view::npos ? std::string() : std::string(name.substr(dot + 1));
}

std::string relativeTo(std::string_view name, std::string_view zone) {
  if (name == zone) return "@";
  if (zone.empty() || !isWithin(name, zone)) return std::string(name);
  return std::string(name.substr(0, name.size() - zone.size() - 1));
}

}  // namespace sidecert::dns
