#include "acme/profiles.h"

#include <fmt/format.h>

#include <utility>

#include "acme/known_cas.h"
#include "base/text.h"

namespace sidecert::acme {

ProfileChoice::ProfileChoice(std::vector<std::string> preferences, const Directory& directory)
    : preferences_(std::move(preferences)), directory_(directory) {
  skipWhatIsNotOffered();
}

void ProfileChoice::skipWhatIsNotOffered() {
  while (at_ < preferences_.size() && !preferences_[at_].starts_with('!') && !directory_.offersProfile(preferences_[at_]))
    ++at_;
}

Result<std::string> ProfileChoice::current() const {
  if (at_ == preferences_.size()) return std::string();
  const std::string& wanted = preferences_[at_];
  if (!wanted.starts_with('!')) return wanted;
  std::string required = wanted.substr(1);
  if (directory_.offersProfile(required)) return required;
  std::vector<std::string> offered;
  for (const auto& [name, description] : directory_.profiles) offered.push_back(name);
  return fail(ErrorCode::Settings, fmt::format("{} offers no profile \"{}\"", caName(directory_.url), required),
              offered.empty() ? "this CA has no profiles: leave ACME_PROFILE empty"
                              : fmt::format("in ACME_PROFILE choose from {}", join(offered, ", ")));
}

bool ProfileChoice::next() {
  if (at_ == preferences_.size() || preferences_[at_].starts_with('!')) return false;
  ++at_;
  skipWhatIsNotOffered();
  return true;
}

}  // namespace sidecert::acme
