#include "config/spelling.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "config/variables.h"

namespace sidecert::config {
namespace {

constexpr std::array<std::string_view, 2> kFamilies{"CERT_", "NAS_"};

bool endsWithIgnoringCase(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && equalsIgnoringCase(text.substr(text.size() - end.size()), end);
}

std::string_view upToUnderscore(std::string_view name) {
  return name.substr(0, name.find('_'));
}

struct Nearest {
  std::string name;
  std::size_t distance;
};

/// The known name that `name` is a slip of: nearly the same, or beginning with one of our own words.
std::optional<Nearest> nearestName(std::string_view name, const std::set<std::string>& known) {
  std::optional<Nearest> best;
  std::size_t distance = std::max<std::size_t>(2, name.size() / 6) + 1;
  for (const std::string& candidate : known) {
    const std::size_t d = editDistance(upper(name), upper(candidate));
    if (d < distance) {
      distance = d;
      best = Nearest{.name = candidate, .distance = d};
    }
  }
  return best;
}

bool looksLikeOurs(std::string_view name) {
  static constexpr std::array<std::string_view, 3> kOurs{"ACME_", "SYNO_", "SIDECERT_"};
  return std::ranges::any_of(kOurs, [&](std::string_view start) { return startsWithIgnoringCase(name, start); });
}

bool beginAlike(std::string_view name, std::string_view candidate) {
  return name.contains('_') && candidate.contains('_') &&
         equalsIgnoringCase(upToUnderscore(name), upToUnderscore(candidate));
}

/// "CERT_HOME_SYNO_PASSWROD": the label may hold underscores itself, so every division is tried.
std::optional<std::string> nearestBelowLabel(std::string_view name, std::string_view family,
                                             const std::set<std::string>& known) {
  const std::string_view rest = name.substr(family.size());
  std::optional<std::string> best;
  std::size_t distance = std::string_view::npos;
  for (std::size_t at = rest.find('_', 1); at != std::string_view::npos; at = rest.find('_', at + 1)) {
    const std::string_view tail = rest.substr(at + 1);
    const auto nearest = nearestName(tail, known);
    if (!nearest || nearest->distance >= distance || !(looksLikeOurs(tail) || beginAlike(tail, nearest->name))) continue;
    distance = nearest->distance;
    best = fmt::format("{}{}_{}", family, rest.substr(0, at), nearest->name);
  }
  return best;
}

/// Whether a variable of ours means anything below a label of that family.
bool hasEffectBelow(std::string_view family, std::string_view name) {
  const std::string_view plain = endsWithIgnoringCase(name, kFileSuffix) && !equalsIgnoringCase(name, "SSL_CERT_FILE")
                                     ? name.substr(0, name.size() - kFileSuffix.size())
                                     : name;
  for (const Variable* variable : registry()) {
    const bool is_older = std::ranges::any_of(splitList(variable->older),
                                              [&](const std::string& older) { return equalsIgnoringCase(older, plain); });
    if (!equalsIgnoringCase(variable->name, plain) && !is_older) continue;
    return variable->scope == Scope::Nas || (variable->scope == Scope::Certificate && family == "CERT_");
  }
  return family == "CERT_";  // a DNS provider's
}

std::string remarkBelowLabel(const std::string& name, std::string_view family, const std::set<std::string>& known) {
  const std::string_view rest = std::string_view(name).substr(family.size());
  if (const auto tail = knownTail(rest, known)) {
    const std::string_view variable = rest.substr(rest.size() - *tail);
    if (hasEffectBelow(family, variable)) return {};
    return fmt::format("{} has no effect: {} is not set {}", excerpt(name, 80), variable,
                       family == "NAS_" ? "per NAS" : "per certificate");
  }
  const auto meant = nearestBelowLabel(name, family, known);
  if (!meant) return {};
  return fmt::format("{} is not a variable of Sidecert; did you mean {}?", excerpt(name, 80), *meant);
}

}  // namespace

bool startsWithIgnoringCase(std::string_view text, std::string_view start) {
  return text.size() >= start.size() && equalsIgnoringCase(text.substr(0, start.size()), start);
}

std::set<std::string> knownNames(const std::set<std::string>& provider_names) {
  std::set<std::string> names = provider_names;
  for (const Variable* variable : registry()) {
    names.emplace(variable->name);
    for (const std::string& older : splitList(variable->older)) names.insert(older);
  }
  return names;
}

std::optional<std::size_t> knownTail(std::string_view name, const std::set<std::string>& known) {
  std::optional<std::size_t> longest;
  for (const std::string& candidate : known) {
    for (const std::string& tail : {candidate, candidate + std::string(kFileSuffix)}) {
      if (name.size() > tail.size() + 1 && endsWithIgnoringCase(name, tail) && name[name.size() - tail.size() - 1] == '_')
        longest = std::max(longest.value_or(0), tail.size());
    }
  }
  return longest;
}

std::string remarkOn(const std::string& name, const std::set<std::string>& known) {
  const bool is_known = std::ranges::any_of(known, [&](const std::string& candidate) {
    return equalsIgnoringCase(name, candidate) || equalsIgnoringCase(name, candidate + std::string(kFileSuffix));
  });
  if (is_known) return {};
  const auto* const family =
      std::ranges::find_if(kFamilies, [&](std::string_view each) { return startsWithIgnoringCase(name, each); });
  if (family != kFamilies.end()) return remarkBelowLabel(name, *family, known);
  const auto nearest = nearestName(name, known);
  if (nearest && (looksLikeOurs(name) || beginAlike(name, nearest->name)))
    return fmt::format("{} is not a variable of Sidecert; did you mean {}?", excerpt(name, 80), nearest->name);
  if (looksLikeOurs(name)) return fmt::format("{} is not a variable of Sidecert and has no effect", excerpt(name, 80));
  return {};
}

}  // namespace sidecert::config
