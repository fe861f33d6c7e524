// Strings and times of ASN.1 as this project has them. Included by this folder's sources only.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"
#include "crypto/openssl.h"

namespace sidecert::crypto {

/// The octets of a string; they live as long as it does.
[[nodiscard]] std::string_view textOf(const ASN1_STRING*);
/// @returns nothing when it is no time.
[[nodiscard]] std::optional<TimePoint> timeOf(const ASN1_TIME*);

}  // namespace sidecert::crypto
