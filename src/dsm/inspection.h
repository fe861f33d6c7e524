// Looking without changing: what DSM lists and serves now. For `sidecert status`, the daily drift check and the weekly
// login that keeps a device token alive and proves the credentials long before a renewal needs them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ports.h"
#include "base/result.h"
#include "config/settings.h"
#include "crypto/x509.h"
#include "dsm/deployment.h"

namespace sidecert::dsm {

struct ListedCertificate {
  std::string id;
  std::string description;
  std::string common_name;
  std::vector<std::string> names;
  std::optional<TimePoint> valid_from;
  std::optional<TimePoint> valid_till;
  bool is_default = false;
  bool is_broken = false;  // its files do not verify
  bool built_in = false;   // made by the NAS for itself
  bool renewed_by_dsm = false;
  std::vector<Service> services;
};

struct Inspection {
  std::vector<ListedCertificate> certificates;
  std::string served_sha256;          // of DSM's own https port; empty when nobody answers there
  bool lists_ours = false;            // the remembered entry shows our dates and names; false without a leaf to compare
  Proof proof = Proof::NotReachable;  // of our leaf at DSM's https port
  std::string drift;                  // why DSM should get the certificate again; empty when all is well
  std::vector<std::string> warnings;
};

/// Logs in, lists, looks, logs out. Changes nothing in DSM; a device token in the answer is kept in the state.
/// @param leaf  what DSM is expected to have; null when nothing was deployed yet
[[nodiscard]] Result<Inspection> inspect(const config::NasSettings&, TargetState&, const crypto::Certificate* leaf,
                                         const Ports&);

/// A look from outside, without a login: is this leaf still shown where it was last seen?
/// @returns nothing when it was seen nowhere, or nobody answers there now.
[[nodiscard]] std::optional<bool> stillServed(const TargetState&, const crypto::Certificate& leaf, const Ports&);

/// What should be said of a device token that was nearly forgotten; empty when there is nothing to say.
/// @param proved_before  when it was accepted the time before this one
[[nodiscard]] std::string tokenRisk(const config::NasSettings&, const TargetState&,
                                    const std::optional<TimePoint>& proved_before, TimePoint now);

/// How often `keepAlive` should run: a device token not used for a month was seen to die.
inline constexpr std::chrono::days kKeepAliveEvery{7};

/// `inspect`, and what it says about the next renewal: an Error means the credentials no longer work, a warning that they
/// may soon not.
[[nodiscard]] Result<Inspection> keepAlive(const config::NasSettings&, TargetState&, const crypto::Certificate* leaf,
                                           const Ports&);

}  // namespace sidecert::dsm
