// Which certificate profile to ask for. Pure.
// Source: draft-ietf-acme-profiles-01. A profile that the directory does not advertise is not asked for.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "acme/directory.h"
#include "base/result.h"

namespace sidecert::acme {

/// A walk down a list of preference. "name": when advertised, else the next one, at last the CA's default.
/// "!name": this one or none at all.
class ProfileChoice {
 public:
  ProfileChoice(std::vector<std::string> preferences, const Directory& directory);

  /// The profile to ask for now; empty: none. @returns Settings naming ACME_PROFILE and what the CA offers when a required
  /// one is not offered.
  [[nodiscard]] Result<std::string> current() const;

  /// After the CA refused the current one. @returns false when that one is required.
  bool next();

 private:
  void skipWhatIsNotOffered();

  std::vector<std::string> preferences_;
  const Directory& directory_;
  std::size_t at_ = 0;
};

}  // namespace sidecert::acme
