// When a failure is the owner's business: said once, shown as unhealthy. Pure; `health` and the messages ask the same.
#pragma once

#include "app/plan/record.h"
#include "base/clock.h"

namespace sidecert::app {

/// Nothing but the owner mends it: a setting, a disk, a trust, a CA that waits for a person.
[[nodiscard]] bool onlyOwnerMends(const Error&);

/// What the owner has to mend at once; a refusal the second time; anything else, which may pass by itself, the third time.
[[nodiscard]] bool worthTelling(const Attempts&);

enum class Deadline { Far, Near, VeryNear, Passed };

/// Renewal begins with a third of the life left. Half of that gone without success is near, a sixth of it left very near:
/// 15 and 5 days for a certificate of 90, one day and 9 hours for one of 160 hours.
[[nodiscard]] Deadline deadlineOf(TimePoint not_before, TimePoint not_after, TimePoint now);

}  // namespace sidecert::app
