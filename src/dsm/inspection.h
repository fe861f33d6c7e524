// Looking without changing: what DSM lists and serves now.
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
  bool refuses_ec_keys = false;  // a DSM 6
};

/// Logs in, lists, logs out. Changes nothing in DSM; a device token in the answer is kept in the state.
[[nodiscard]] Result<Inspection> inspect(const config::NasSettings&, TargetState&, const Ports&);

/// A look from outside, without a login: is this leaf still shown where it was last seen?
/// @returns nothing when it was seen nowhere, or nobody answers there now.
[[nodiscard]] std::optional<bool> stillServed(const TargetState&, const crypto::Certificate& leaf, const Ports&);

/// What should be said of a device token that was nearly forgotten; empty when there is nothing to say.
/// @param proved_before  when it was accepted the time before this one
[[nodiscard]] std::string tokenRisk(const config::NasSettings&, const TargetState&,
                                    const std::optional<TimePoint>& proved_before, TimePoint now);

}  // namespace sidecert::dsm
