#include "acme/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/text.h"

namespace sidecert::acme {
namespace {

constexpr std::size_t kLongestName = 253;  // RFC 1035 section 2.3.4
constexpr std::size_t kLongestLabel = 63;
constexpr std::size_t kMostListed = 6;

bool isLabel(std::string_view label) {
  return !label.empty() && label.size() <= kLongestLabel && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(
             label, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; });
}

bool isName(std::string_view name) {
  if (name.starts_with("*.")) name.remove_prefix(2);
  if (name.size() > kLongestName || !name.contains('.')) return false;
  for (;;) {
    const std::size_t dot = name.find('.');
    if (!isLabel(name.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
}

}  // namespace

Result<std::vector<std::string>> namesToOrder(const std::vector<std::string>& names) {
  std::vector<std::string> wanted;
  for (const std::string& typed : names) {
    std::string name = lower(typed);
    if (name.ends_with('.')) name.pop_back();
    if (!isName(name)) {
      return fail(ErrorCode::Settings, fmt::format("\"{}\" is no domain name a CA certifies", excerpt(typed)),
                  "check ACME_DOMAINS");
    }
    if (!std::ranges::contains(wanted, name)) wanted.push_back(std::move(name));
  }
  if (wanted.empty()) return fail(ErrorCode::Settings, "there is no name to certify", "set ACME_DOMAINS");
  const std::vector<std::string> all = wanted;
  std::erase_if(wanted, [&all](const std::string& name) {
    return !name.starts_with("*.") && std::ranges::contains(all, "*" + name.substr(name.find('.')));
  });
  return wanted;
}

bool sameNames(std::vector<std::string> one, std::vector<std::string> other) {
  std::ranges::sort(one);
  std::ranges::sort(other);
  return one == other;
}

std::string listNames(const std::vector<std::string>& names) {
  if (names.size() <= kMostListed) return join(names, ", ");
  const std::vector<std::string> first(names.begin(), names.begin() + kMostListed);
  return fmt::format("{} and {} more", join(first, ", "), names.size() - kMostListed);
}

}  // namespace sidecert::acme
