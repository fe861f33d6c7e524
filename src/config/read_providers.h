// ACME_DNS: which DNS provider writes where, and the variables each of them wants.
#pragma once

#include "config/reader.h"
#include "config/settings.h"
#include "config/validate.h"

namespace sidecert::config {

/// Fills in `providers` and `provider_variables`; what makes no sense becomes a fault of the reader.
void readProviders(Reader&, const Vocabulary&, CertificateSettings&);

}  // namespace sidecert::config
