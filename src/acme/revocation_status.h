// Whether a CA has taken a certificate back: asked of the list it publishes, because what was revoked at its web site, by
// another program, or by the CA itself is known to nobody else.
// Source: RFC 5280 section 4.2.1.13; public CAs publish such lists for all but short-lived certificates (CA/Browser Forum
// Baseline Requirements, section 7.1.2.11.2).
#pragma once

#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/ports.h"
#include "base/result.h"
#include "crypto/x509.h"

namespace sidecert::acme {

/// @param chain  the certificate and its issuer
/// @returns when it was revoked; nothing when the list does not hold it, when the certificate names no list, or when its
///          issuer is not there. The list is signed, so plain http does no harm.
[[nodiscard]] Result<std::optional<TimePoint>> fetchRevocation(const std::vector<crypto::Certificate>& chain, const Ports&);

}  // namespace sidecert::acme
