// How often and how long an order that was begun is taken up again, before another one takes its place. Pure.
#pragma once

#include <optional>

#include "acme/issuance.h"
#include "acme/problem.h"

namespace sidecert::acme {

inline constexpr int kMostFailedResumptions = 3;

/// Whether an order holds up the certificate instead of leading to it: it was taken up in vain three times; or once, and it
/// is a day old, or has used up a quarter of the time there was. One that was never taken up in vain gets its chance,
/// however long the machine was off: its certificate may exist.
/// @param needed_by  when the certificate in use expires; nothing: there is none
[[nodiscard]] bool isStuck(const StoredOrder&, std::optional<TimePoint> needed_by, TimePoint now) noexcept;

/// Whether this failure speaks against the order: the CA answered nonsense, or answers that lead nowhere. A stop, a network
/// that is down, DNS and our own disk do not.
[[nodiscard]] bool speaksAgainstOrder(const Failure&) noexcept;

}  // namespace sidecert::acme
