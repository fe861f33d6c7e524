// Before the very first order: does a NAS have a valid certificate for these names already? Then our memory was lost, or
// another program keeps that certificate, and ordering at every start would use up the CA's limit of five certificates for
// the same names in a week.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/pass/certificate_case.h"
#include "dsm/inspection.h"

namespace sidecert::app {

struct StandingCertificate {
  std::string description;
  TimePoint valid_till;
  TimePoint due;  // when it would be renewed: a third of its life left, as far as its life is known
};

/// The longest-lived of those for exactly these names that is valid at `now` and not yet due. Pure.
[[nodiscard]] std::optional<StandingCertificate> findStanding(const std::vector<dsm::ListedCertificate>&,
                                                              std::vector<std::string> names, TimePoint now);

/// Asks each NAS in turn. What it finds holds the order back until that certificate is due, as a failure with its mend; a
/// NAS that cannot be asked holds nothing back.
void lookBeforeFirstOrder(CertificateCase&);

}  // namespace sidecert::app
