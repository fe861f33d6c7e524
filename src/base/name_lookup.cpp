#include "base/name_lookup.h"

#include <fmt/core.h>

#include <algorithm>
#include <fstream>

#include "base/tcp.h"
#include "base/text.h"

namespace sidecert {
namespace {

std::string asStored(std::string name) {
  if (name.ends_with('.')) name.pop_back();
  return lower(name);
}

std::vector<std::string> inHostsFile(const Path& file, const std::string& name) {
  std::vector<std::string> addresses;
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    const auto words = splitList(std::string_view(line).substr(0, line.find('#')), " \t\r");
    if (words.size() < 2 || !parseAddress(words.front(), 0)) continue;
    const bool named =
        std::any_of(words.begin() + 1, words.end(), [&](const std::string& word) { return asStored(word) == name; });
    if (named && !std::ranges::contains(addresses, words.front())) addresses.push_back(words.front());
  }
  return addresses;
}

}  // namespace

std::vector<std::string> LocalNames::known(const std::string& host) const {
  if (parseAddress(host, 0)) return {host};
  const std::string name = asStored(host);
  auto addresses = inHostsFile(hosts_file_, name);
  if (addresses.empty() && (name == "localhost" || name.ends_with(".localhost"))) addresses = {"127.0.0.1", "::1"};
  return addresses;
}

Result<std::vector<std::string>> LocalNames::addressesOf(const std::string& host, const Effort&) {
  auto addresses = known(host);
  if (addresses.empty()) return std::unexpected(unknownName(host));
  return addresses;
}

Error unknownName(const std::string& host) {
  const bool multicast = asStored(host).ends_with(".local");  // RFC 6762
  return {.code = ErrorCode::Unreachable,
          .what = fmt::format("the name {} does not resolve to an address", excerpt(host)),
          .hint = multicast ? "names that end in .local are unknown in containers: use the address instead"
                            : "check the spelling, and that the container's name server knows the name"};
}

}  // namespace sidecert
