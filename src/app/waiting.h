// Waiting for the next pass as a process of its own image: `run` ends by executing this program again as `wait`, which
// holds no TLS, no JSON and no settings, sleeps on the wall clock (a NAS suspends, clocks jump) and then ends or runs again.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace sidecert::app {

/// What `wait` is told on its command line.
struct WaitOrder {
  TimePoint until;
  int exit_code = 0;                    // to end with when the time has come and the driver is `restart`
  bool run_again = false;               // the driver is `resident`: execute `run` in place of ending
  TimePoint watched_since = {};         // what changed in the folders after this was not seen by the last pass
  std::vector<std::string> watch = {};  // folders (DEPLOY_FROM): a change there begins a pass
};

/// Replaces this process by a waiting one. Returns only when that is impossible; then wait here with `wait`.
void becomeWaiting(const WaitOrder&);

/// Sleeps until the time has come, SIGTERM or SIGINT (returns 0 at once), SIGHUP (a pass now), a change in a watched folder
/// that has settled (a pass now) or a backward jump of the clock by more than an hour (a pass now). @returns the exit code;
/// does not return when it executes `run` again.
[[nodiscard]] int wait(const WaitOrder&);

/// Reads `wait UNIX-MILLISECONDS EXIT-CODE RUN-AGAIN WATCHED-SINCE [FOLDER …]`. @returns nothing when it is anything else.
[[nodiscard]] std::optional<WaitOrder> parseWaitOrder(int argc, const char* const* argv);

}  // namespace sidecert::app
