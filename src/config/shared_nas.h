// Several certificates on one NAS: what they would take from each other for ever is refused, or settled once.
#pragma once

#include <vector>

#include "config/environment.h"
#include "config/settings.h"

namespace sidecert::config {

/// Faults for one DSM under two labels, one entry for two certificates, and certificates that claim DSM's default or the
/// same services. Where SYNO_SERVICES is not set for several, the first may inherit from the former default and the others
/// keep their hands off; a note says so.
void settleSharedNas(Environment&, std::vector<CertificateSettings>&);

}  // namespace sidecert::config
