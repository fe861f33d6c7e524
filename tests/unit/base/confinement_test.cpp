// What a process can still do after it confined itself: each claim is tried out in a child, as an intruder would.
#include "base/confinement.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <functional>
#include <thread>

#include "base/seccomp.h"
#include "support/temp_directory.h"

namespace sidecert {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

#ifdef SIDECERT_SANITIZED
constexpr bool kHasSeccomp = false;
#else
constexpr bool kHasSeccomp = true;
#endif

bool kernelHasLandlock() {
  return ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) >= 1;
}

class Confinement : public ::testing::Test {
 protected:
  /// Whether `attempt` holds in a child that is confined to the folder.
  [[nodiscard]] bool confined(const std::function<bool()>& attempt) const {
    const pid_t child = ::fork();
    if (child == 0) {
      confineProcess();
      confine(data_.path());
      ::_exit(attempt() ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }
  static bool canWrite(const Path& path) { return PosixFileSystem().writeSynced(path, "x", kPrivateFile).has_value(); }

  testing::TempDirectory data_, elsewhere_;
};

TEST_F(Confinement, WhatThePassNeedsWorks) {
  EXPECT_TRUE(confined([&] {
    PosixFileSystem files(data_.path());
    return files.makeDirectories(data_ / "a" / "b", kPublicDirectory) &&
           replaceFile(files, data_ / "a" / "f", "x", kPublicFile) && replaceLink(files, "b", data_ / "a" / "current") &&
           files.rename(data_ / "a" / "f", data_ / "f") && files.tryLock(data_ / "lock") && files.remove(data_ / "a") &&
           files.read("/proc/self/mountinfo") && files.list("/etc");
  }));
  EXPECT_TRUE(confined([] {
    bool ran = false;
    std::thread([&] { ran = true; }).join();
    return ran;
  }));
  EXPECT_TRUE(confined([] { return ::socket(AF_INET6, SOCK_STREAM, 0) >= 0 && ::socket(AF_INET, SOCK_DGRAM, 0) >= 0; }));
}

TEST_F(Confinement, TheProgramMayExecuteItselfAndIsConfinedStill) {
  EXPECT_TRUE(confined([] {
    const std::array<const char*, 3> arguments{"self", "--gtest_filter=ConfinementOfTheExecuted.HoldsStill", nullptr};
    ::setenv("CONFINED_TEST", "1", 1);
    ::execv("/proc/self/exe", const_cast<char* const*>(arguments.data()));
    return false;
  }));
}

// Run by the test above in the program that was executed.
TEST(ConfinementOfTheExecuted, HoldsStill) {
  if (::getenv("CONFINED_TEST") == nullptr) return;
  EXPECT_EQ(restrictedSystemCalls().has_value(), kHasSeccomp);
  EXPECT_EQ(::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
  if (kernelHasLandlock()) EXPECT_FALSE(PosixFileSystem().writeSynced("/tmp/sidecert-confinement-test", "x", kPrivateFile));
}

TEST_F(Confinement, WritesNothingElsewhereAndExecutesNothingElse) {
  if (!kernelHasLandlock()) {
    EXPECT_TRUE(confined([&] { return canWrite(elsewhere_ / "f"); }));
    return;
  }
  EXPECT_TRUE(confined([&] { return !canWrite(elsewhere_ / "f") && errno != 0; }));
  EXPECT_TRUE(confined([&] { return ::mkfifo((data_ / "pipe").c_str(), 0600) != 0; }));
  EXPECT_TRUE(confined([] {
    const std::array<const char*, 2> arguments{"true", nullptr};
    ::execv("/bin/true", const_cast<char* const*>(arguments.data()));
    return errno == EACCES;
  }));
}

TEST_F(Confinement, HasNoProcessesNoTracingNoNamespacesNoRawSockets) {
  if (!kHasSeccomp) {
    EXPECT_TRUE(confined([] { return !restrictedSystemCalls(); }));
    return;
  }
  EXPECT_TRUE(confined([] { return ::fork() < 0 && errno == EPERM; }));
  EXPECT_TRUE(confined([] { return ::syscall(SYS_unshare, 0) < 0 && errno == ENOSYS; }));
  EXPECT_TRUE(confined([] { return ::syscall(SYS_ptrace, 0, 0, 0, 0) < 0 && errno == ENOSYS; }));
  EXPECT_TRUE(confined([] { return ::syscall(SYS_bpf, 0, nullptr, 0) < 0 && errno == ENOSYS; }));
  EXPECT_TRUE(confined([] { return ::syscall(SYS_io_uring_setup, 1, nullptr) < 0 && errno == ENOSYS; }));
  EXPECT_TRUE(confined([] { return ::socket(AF_PACKET, SOCK_RAW, 0) < 0 && errno == EPERM; }));
}

TEST_F(Confinement, LeavesNoCoreAndIsNotDumpable) {
  EXPECT_TRUE(confined([] {
    rlimit limit{};
    return ::getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_max == 0 &&
           (::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0) == kHasSeccomp;
  }));
}

TEST_F(Confinement, MemoryHasABound) {
  if (!kHasSeccomp) return;  // sanitizers set aside terabytes
  EXPECT_TRUE(confined(
      [] { return ::mmap(nullptr, 8UL << 30U, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED; }));
}

TEST_F(Confinement, SaysWhatIsInForce) {
  EXPECT_TRUE(confined([] {
    const auto words = confinementInWords();
    const auto has = [&](const char* part) { return ::testing::Matches(Contains(HasSubstr(part)))(words); };
    return has("no core dumps") && has("no new privileges") && has("(seccomp)") == kHasSeccomp &&
           has("(Landlock)") == (kHasSeccomp && kernelHasLandlock());
  }));
}

// A NAS with a kernel of 2013: the calls are not there, and everything works as before.
TEST_F(Confinement, IsDoneWithoutWhereTheKernelHasNoneOfIt) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    std::array<sock_filter, 8> program{{
        {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
        {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_landlock_create_ruleset},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | ENOSYS},
        {BPF_JMP | BPF_JEQ | BPF_K, 0, 3, SYS_prctl},
        {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, args)},
        {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, PR_SET_SECCOMP},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | EINVAL},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
    }};
    const sock_fprog filter{.len = program.size(), .filter = program.data()};
    if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) != 0) ::_exit(2);
    confineProcess();
    confine(data_.path());
    const bool works = canWrite(elsewhere_ / "f") && canWrite(data_ / "f") && !restrictedSystemCalls();
    ::_exit(works && !::testing::Matches(Contains(HasSubstr("(Landlock)")))(confinementInWords()) ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace sidecert
