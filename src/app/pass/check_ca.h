// What a CA's directory says about a certificate that is to be ordered there.
#pragma once

#include "acme/directory.h"
#include "app/pass/check.h"
#include "config/settings.h"

namespace sidecert::app {

/// Bad where an order would be refused: an external account, an address or a profile is missing.
[[nodiscard]] Finding findingOn(const config::CertificateSettings&, const acme::Directory&);

}  // namespace sidecert::app
