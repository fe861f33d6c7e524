// When to renew, by the CA's own advice (ARI).
// Source: RFC 9773 section 4.1 (CertID), 4.2 (the window), 4.3 (when to ask again).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "crypto/x509.h"

namespace sidecert {
struct Ports;
}

namespace sidecert::acme {

struct RenewalWindow {
  TimePoint start;
  TimePoint end;                // later than start; anything else is refused
  std::string explanation_url;  // for the owner's eyes; often empty
  bool operator==(const RenewalWindow&) const = default;
};

struct RenewalAdvice {
  RenewalWindow window;
  std::chrono::seconds ask_again;  // Retry-After, clamped to one minute … one day; six hours when missing
};

/// base64url(AKI keyIdentifier) "." base64url(serial); nothing when the certificate has no such AKI.
[[nodiscard]] std::optional<std::string> certificateId(const crypto::Certificate&);

/// @returns BadAnswer naming the field that was missing or out of order. Unknown fields are ignored.
[[nodiscard]] Result<RenewalWindow> parseRenewalWindow(std::string_view body);

/// Whether a window can be about a certificate of that age. One that ended before the certificate was issued is about its
/// predecessor, or comes from a clock that is wrong: obeying it would order anew at once, and again after that.
[[nodiscard]] bool canBeFollowed(const RenewalWindow&, TimePoint issued) noexcept;

/// The earliest moment at which a certificate of this life may be renewed, whoever says so: a day after it was issued, or a
/// quarter of its life where that is sooner.
[[nodiscard]] TimePoint earliestRenewal(TimePoint issued, Duration life) noexcept;

/// A moment chosen evenly inside the window; `now` when that moment has passed. @param draw in [0, 1)
[[nodiscard]] TimePoint chooseRenewalTime(const RenewalWindow&, TimePoint now, double draw) noexcept;

/// The local rule for when there is no advice: a third of the lifetime left, half of one below ten days.
[[nodiscard]] TimePoint localRenewalTime(TimePoint not_before, TimePoint not_after) noexcept;

/// @returns nothing when this CA has no ARI or the certificate no CertID. Errors: RFC 9773 section 4.3; the caller keeps
///          its local rule and asks again after `retry_after` (always set on an error).
[[nodiscard]] Result<std::optional<RenewalAdvice>> fetchRenewalAdvice(const std::string& directory,
                                                                      const crypto::Certificate&, const Ports&);

}  // namespace sidecert::acme
