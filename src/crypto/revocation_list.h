// What a CA has taken back, as its revocation list (CRL) says.
// Source: RFC 5280 section 4.2.1.13 (where a certificate says its list is) and section 5 (the list).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "crypto/x509.h"

namespace sidecert::crypto {

/// The http URLs at which the certificate says its list is, in order.
[[nodiscard]] std::vector<std::string> revocationListsOf(const Certificate&);

/// When the certificate was revoked; nothing when the list does not hold it. What an issuer has once signed as revoked stays
/// so, therefore the list's own dates are not looked at.
/// @param der  the list
/// @returns BadAnswer when it is no list, or none that this issuer signed.
[[nodiscard]] Result<std::optional<TimePoint>> revokedAt(std::string_view der, const Certificate&,
                                                         const Certificate& issuer);

}  // namespace sidecert::crypto
