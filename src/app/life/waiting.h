// Waiting for the next pass as a process of its own image: `run` ends by executing this program again as `wait`, which
// holds no TLS, no JSON and no settings, sleeps on the wall clock (a NAS suspends, clocks jump) and then ends or runs again.
// main.cpp calls it before the C++ run-time has begun, which is what keeps it small: tests/engine/footprint.sh measures it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace sidecert::app {

/// What `wait` is told on its command line.
struct WaitOrder {
  TimePoint until;
  int exit_code = 0;                    // to end with when the time has come
  bool run_again = false;               // execute `run` in place of ending
  TimePoint since = {};                 // when the settings were read: what changed later makes a pass due
  std::vector<std::string> watch = {};  // files and folders the settings depend on: a change there begins a pass
};

/// Replaces this process by a waiting one. Returns only when that is impossible; then wait here with `wait`.
void becomeWaiting(const WaitOrder&);

/// Sleeps until the time has come; SIGTERM or SIGINT (returns 0 at once); SIGHUP, a change that has settled in a watched
/// folder or file, or a backward jump of the clock by more than an hour (a pass now).
/// @param environment  as main gets it  @returns the exit code; does not return when it executes `run` again.
[[nodiscard]] int wait(const WaitOrder&, char** environment);

/// Reads `wait UNTIL EXIT-CODE RUN-AGAIN SINCE [PATH …]`, times in UNIX milliseconds. @returns nothing when it is anything
/// else.
[[nodiscard]] std::optional<WaitOrder> parseWaitOrder(int argc, const char* const* argv);

}  // namespace sidecert::app
