// How many certificates and NAS the owner speaks of: one for each label, and one more for settings without a label that no
// label takes over.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "config/environment.h"

namespace sidecert::config {

/// Labels of CERT_<LABEL>_…; "" stands for the certificate without a label. A variable without a label holds for every label
/// that has none of its own; names that every label has of its own are one more certificate.
[[nodiscard]] std::vector<std::string> certificateLabels(Environment&, const std::set<std::string>& provider_names);

/// The same for NAS_<LABEL>_…, by address and account. Empty when nothing at all is said of a NAS.
[[nodiscard]] std::vector<std::string> nasLabels(Environment&, const std::set<std::string>& provider_names);

}  // namespace sidecert::config
