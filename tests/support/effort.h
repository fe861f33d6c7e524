// An effort for tests that are not about efforts: long, on the real clock, and never stopped.
#pragma once

#include "base/effort.h"

namespace sidecert::testing {

inline Effort effort(Duration limit = std::chrono::minutes(5)) {
  static SystemClock clock;
  return Effort::within(clock, limit, {});
}

}  // namespace sidecert::testing
