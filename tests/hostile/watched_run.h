// The program under test, watched: how long it takes and how much memory it ever holds.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace sidecert::testing {

struct WatchedRun {
  int code = -1;            // -1: it did not end within the limit and was killed
  std::string output;       // standard output and error
  long peak_kilobytes = 0;  // the most memory it held at once (VmHWM)
};

inline constexpr std::chrono::seconds kLongestCase{300};
inline constexpr long kMostKilobytes = 128L << 10U;

/// Kilobytes; 0 when it has ended.
[[nodiscard]] long peakOf(pid_t process);

/// Runs `sidecert` with these arguments and variables and nothing else.
[[nodiscard]] WatchedRun runWatched(const std::vector<std::string>& arguments,
                                    const std::map<std::string, std::string>& environment);

/// It ended in time, in little memory, with no terminal escape, no forged line and no secret in its output.
void expectUnharmed(const WatchedRun&);

/// What nearly every hostile case promises: unharmed, it ended with an error that says something.
void expectClearEnd(const WatchedRun&);

}  // namespace sidecert::testing
