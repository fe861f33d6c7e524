// The variables of one certificate: its names, its CA and account there, the challenge, and when it is renewed.
#pragma once

#include <string>

#include "config/reader.h"
#include "config/settings.h"
#include "config/validate.h"

namespace sidecert::config {

/// @param reader  of that certificate: it knows the prefixes; what makes no sense becomes a fault there
/// @param label  of CERT_<LABEL>_…; empty when there are no labels
/// @returns it without targets and basis; as much of it as the purpose needs
[[nodiscard]] CertificateSettings readCertificate(Reader& reader, const Environment&, const std::string& label,
                                                  const Vocabulary&, Purpose);

}  // namespace sidecert::config
