#include "watched_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <tuple>

#include "support/child_process.h"

namespace sidecert::testing {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::chrono::milliseconds kGlance{50};
constexpr std::chrono::seconds kLastWords{20};  // the end of the output may come to us after the end of the process

}  // namespace

long peakOf(pid_t process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stol(line.substr(6));
  }
  return 0;
}

WatchedRun runWatched(const std::vector<std::string>& arguments, const std::map<std::string, std::string>& environment) {
  std::vector<std::string> command{SIDECERT_PROGRAM};
  command.insert(command.end(), arguments.begin(), arguments.end());
  ChildProcess process({.command = command, .environment = environment, .clean_environment = true, .directory = {}});
  WatchedRun run;
  const auto end = std::chrono::steady_clock::now() + kLongestCase;
  while (std::chrono::steady_clock::now() < end && run.peak_kilobytes < kMostKilobytes) {
    run.peak_kilobytes = std::max(run.peak_kilobytes, peakOf(process.pid()));
    if (const auto code = process.wait(kGlance)) {
      run.code = *code;
      break;
    }
  }
  if (run.code >= 0) std::ignore = process.wait(kLastWords);
  run.output = process.output();
  return run;
}

void expectUnharmed(const WatchedRun& run) {
  EXPECT_THAT(run.code, AnyOf(0, 1, 2)) << "it hangs, takes too much memory or dies:\n" << run.output;
  EXPECT_LT(run.peak_kilobytes, kMostKilobytes);
  EXPECT_THAT(run.output, Not(HasSubstr("canary")));
  EXPECT_THAT(run.output, Not(HasSubstr("\x1b")));
  EXPECT_THAT(run.output, Not(HasSubstr("an error nobody thought of")));
  std::istringstream lines(run.output);
  for (std::string line; std::getline(lines, line);) EXPECT_FALSE(line.starts_with("forged")) << line;
}

void expectClearEnd(const WatchedRun& run) {
  expectUnharmed(run);
  EXPECT_THAT(run.code, AnyOf(1, 2)) << "it takes it for a success:\n" << run.output;
  EXPECT_THAT(run.output, AnyOf(HasSubstr(" error "), HasSubstr(" warning "), HasSubstr("failed   ")));
}

}  // namespace sidecert::testing
