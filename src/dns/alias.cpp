#include "dns/alias.h"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>

#include "base/text.h"
#include "dns/name.h"

namespace sidecert::dns {
namespace {

constexpr std::string_view kChallengeLabel = "_acme-challenge.";

std::string entryFor(std::size_t index, const std::string& list) {
  const auto entries = splitList(list);
  if (entries.empty()) return {};
  const std::string& entry = entries[std::min(index, entries.size() - 1)];
  return equalsIgnoringCase(entry, "no") ? std::string() : entry;
}

std::size_t indexOf(std::string_view domain, const std::vector<std::string>& domains) {
  const auto same = [&](std::string_view d) { return (d.starts_with("*.") ? d.substr(2) : d) == domain; };
  const auto found = std::ranges::find_if(domains, same);
  return found == domains.end() ? 0 : static_cast<std::size_t>(found - domains.begin());
}

}  // namespace

Result<std::string> aliased(const std::string& name, const AliasOptions& options) {
  const auto label = name.find(kChallengeLabel);
  if (label == std::string::npos) return name;
  const auto prefix_size = label + kChallengeLabel.size();
  const std::size_t index = indexOf(std::string_view(name).substr(prefix_size), options.domains);
  std::string challenge_alias = entryFor(index, options.challenge_alias);
  std::string domain_alias = entryFor(index, options.domain_alias);
  if (domain_alias.empty() && challenge_alias.starts_with('=')) {
    domain_alias = challenge_alias.substr(1);
    challenge_alias.clear();
  }
  if (!challenge_alias.empty() && !domain_alias.empty()) {
    return fail(
        ErrorCode::Settings,
        fmt::format("ACME_CHALLENGE_ALIAS and ACME_DOMAIN_ALIAS both name an alias for {}", name.substr(prefix_size)),
        "keep one of them, or write \"no\" in the list that is not for this domain");
  }
  if (challenge_alias.empty() && domain_alias.empty()) return name;
  const bool challenge = !challenge_alias.empty();
  auto target = toAscii(challenge ? challenge_alias : domain_alias);
  if (!target) return within(challenge ? "ACME_CHALLENGE_ALIAS" : "ACME_DOMAIN_ALIAS", target.error());
  return challenge ? name.substr(0, prefix_size) + *target : *target;
}

}  // namespace sidecert::dns
