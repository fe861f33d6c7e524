#include "base/confinement.h"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <tuple>

#include "base/landlock.h"
#include "base/seccomp.h"

namespace sidecert {
namespace {

// Far above what a pass is expected to need; each thread sets aside addresses that it hardly uses.
constexpr rlim_t kMostPrivateMemory = 512UL << 20U;  // RLIMIT_DATA, which counts such memory since Linux 4.7
constexpr rlim_t kMostAddresses = 4UL << 30U;

void bound(__rlimit_resource resource, rlim_t most) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) != 0 || limit.rlim_max <= most) return;
  limit = {.rlim_cur = most, .rlim_max = most};
  std::ignore = ::setrlimit(resource, &limit);
}

bool isBound(__rlimit_resource resource, rlim_t most) {
  rlimit limit{};
  return ::getrlimit(resource, &limit) == 0 && limit.rlim_cur <= most;
}

}  // namespace

void confineProcess() {
  bound(RLIMIT_CORE, 0);
  std::ignore = ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
#ifndef SIDECERT_SANITIZED  // the sanitizers look into their own process, and set aside terabytes of addresses
  std::ignore = ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  bound(RLIMIT_DATA, kMostPrivateMemory);
  bound(RLIMIT_AS, kMostAddresses);
#endif
}

void confine(const Path& data) {
  if (restrictedSystemCalls()) return;
  const bool files_restricted = restrictFiles(data);
#ifndef SIDECERT_SANITIZED  // the sanitizers make calls of their own
  std::ignore = restrictSystemCalls(files_restricted);
#else
  std::ignore = files_restricted;
#endif
}

std::vector<std::string> confinementInWords() {
  std::vector<std::string> words;
  if (isBound(RLIMIT_CORE, 0)) words.emplace_back("no core dumps");
  if (::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0) words.emplace_back("not dumpable");
  if (::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1) words.emplace_back("no new privileges");
  if (isBound(RLIMIT_DATA, kMostPrivateMemory))
    words.push_back(fmt::format("at most {} MB of memory", kMostPrivateMemory >> 20U));
  const auto calls = restrictedSystemCalls();
  if (calls.value_or(false)) words.emplace_back("writes below the data folder only, executes nothing but itself (Landlock)");
  if (calls) words.emplace_back("only the system calls it needs (seccomp)");
  return words;
}

}  // namespace sidecert
