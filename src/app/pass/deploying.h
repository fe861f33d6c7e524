// The certificate to every NAS that needs it, each at its own pace and retried alone. A failed deployment never causes an
// order.
#pragma once

#include <string>
#include <vector>

#include "app/pass/certificate_case.h"

namespace sidecert::app {

/// Looks, without a login, at each NAS where the certificate was seen; one that shows another is due for a visit at once.
void glance(CertificateCase&);

/// @param due  targets by key
void deploy(CertificateCase&, const std::vector<std::string>& due);

}  // namespace sidecert::app
