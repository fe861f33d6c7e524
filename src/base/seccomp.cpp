#include "base/seccomp.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

namespace sidecert {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "name the architecture of the system calls"
#endif

// A call to prctl that no kernel has. Under our filter it answers with one of these numbers, which no kernel answers with.
constexpr int kQuestion = 0x53435254;
constexpr int kCallsRestricted = 4001;
constexpr int kFilesToo = 4002;

constexpr auto kAllowed = std::to_array<std::uint32_t>({
    // files
    SYS_read,
    SYS_write,
    SYS_readv,
    SYS_writev,
    SYS_pread64,
    SYS_pwrite64,
    SYS_close,
    SYS_openat,
    SYS_fstat,
    SYS_newfstatat,
    SYS_statx,
    SYS_statfs,
    SYS_fstatfs,
    SYS_lseek,
    SYS_ioctl,
    SYS_fcntl,
    SYS_flock,
    SYS_fsync,
    SYS_fdatasync,
    SYS_ftruncate,
    SYS_faccessat,
    SYS_faccessat2,
    SYS_readlinkat,
    SYS_renameat,
    SYS_renameat2,
    SYS_unlinkat,
    SYS_mkdirat,
    SYS_symlinkat,
    SYS_fchmod,
    SYS_fchmodat,
    SYS_getdents64,
    SYS_getcwd,
    SYS_umask,
    SYS_dup,
    SYS_dup3,
    SYS_pipe2,
    // waiting
    SYS_ppoll,
    SYS_pselect6,
    SYS_epoll_create1,
    SYS_epoll_ctl,
    SYS_epoll_pwait,
    SYS_epoll_pwait2,
    SYS_eventfd2,
    SYS_timerfd_create,
    SYS_timerfd_settime,
    SYS_timerfd_gettime,
    SYS_signalfd4,
    SYS_inotify_init1,
    SYS_inotify_add_watch,
    SYS_inotify_rm_watch,
    SYS_nanosleep,
    SYS_clock_nanosleep,
    SYS_clock_gettime,
    SYS_clock_getres,
    SYS_gettimeofday,
    SYS_restart_syscall,
    SYS_futex,
    // network; socket itself below
    SYS_connect,
    SYS_bind,
    SYS_listen,
    SYS_accept,
    SYS_accept4,
    SYS_sendto,
    SYS_recvfrom,
    SYS_sendmsg,
    SYS_recvmsg,
    SYS_sendmmsg,
    SYS_recvmmsg,
    SYS_shutdown,
    SYS_getsockname,
    SYS_getpeername,
    SYS_getsockopt,
    SYS_setsockopt,
    // memory; mmap and mprotect below
    SYS_munmap,
    SYS_mremap,
    SYS_madvise,
    SYS_brk,
    SYS_mlock,
    SYS_munlock,
    SYS_mincore,
    // threads, signals, the process itself; clone below
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_rt_sigtimedwait,
    SYS_rt_sigpending,
    SYS_rt_sigsuspend,
    SYS_sigaltstack,
    SYS_sched_yield,
    SYS_sched_getaffinity,
    SYS_sched_getparam,
    SYS_sched_getscheduler,
    SYS_set_robust_list,
    SYS_rseq,
    SYS_set_tid_address,
    SYS_gettid,
    SYS_getpid,
    SYS_getppid,
    SYS_getuid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getegid,
    SYS_getresuid,
    SYS_getresgid,
    SYS_tgkill,
    SYS_exit,
    SYS_exit_group,
    SYS_execve,
    SYS_prctl,
    SYS_seccomp,
    SYS_uname,
    SYS_sysinfo,
    SYS_getrandom,
    SYS_getrlimit,
    SYS_setrlimit,
    SYS_prlimit64,
    SYS_getrusage,
    SYS_membarrier,
    SYS_landlock_create_ruleset,
    SYS_landlock_add_rule,
    SYS_landlock_restrict_self,
#if defined(__x86_64__)
    SYS_open,
    SYS_stat,
    SYS_lstat,
    SYS_access,
    SYS_readlink,
    SYS_rename,
    SYS_unlink,
    SYS_mkdir,
    SYS_rmdir,
    SYS_symlink,
    SYS_chmod,
    SYS_getdents,
    SYS_dup2,
    SYS_pipe,
    SYS_poll,
    SYS_select,
    SYS_epoll_create,
    SYS_epoll_wait,
    SYS_eventfd,
    SYS_signalfd,
    SYS_inotify_init,
    SYS_time,
    SYS_arch_prctl,
#endif
});

class Filter {
 public:
  Filter() {
    load(offsetof(seccomp_data, arch));
    unless(kArchitecture, SECCOMP_RET_ERRNO | ENOSYS);
    load(offsetof(seccomp_data, nr));
  }

  void load(std::uint32_t offset) { add(BPF_LD | BPF_W | BPF_ABS, offset); }
  /// The lower half of an argument; both architectures are little-endian, and what is looked at fits into it.
  void loadArgument(unsigned index) {
    load(static_cast<std::uint32_t>(offsetof(seccomp_data, args) + index * sizeof(std::uint64_t)));
  }
  void answer(std::uint32_t action) { add(BPF_RET | BPF_K, action); }
  void when(std::uint32_t value, std::uint32_t action) {
    add(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
    answer(action);
  }
  void unless(std::uint32_t value, std::uint32_t action) {
    add(BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0);
    answer(action);
  }
  void whenAnyOf(std::uint32_t bits, std::uint32_t action) {
    add(BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1);
    answer(action);
  }
  /// The rules that `rest` adds are for this call alone; they answer in every case.
  template <class Rest>
  void call(std::uint32_t number, Rest rest) {
    const std::size_t jump = program_.size();
    add(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 0);
    rest();
    program_[jump].jf = static_cast<std::uint8_t>(program_.size() - jump - 1);
  }

  [[nodiscard]] bool install() {
    const sock_fprog filter{.len = static_cast<unsigned short>(program_.size()), .filter = program_.data()};
    return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) == 0;
  }

 private:
  void add(unsigned code, std::uint32_t value, std::uint8_t yes = 0, std::uint8_t no = 0) {
    program_.push_back({.code = static_cast<std::uint16_t>(code), .jt = yes, .jf = no, .k = value});
  }
  std::vector<sock_filter> program_;
};

/// A program with a loader has to map its libraries when it executes itself.
bool isStatic() {
  return ::getauxval(AT_BASE) == 0;
}

}  // namespace

bool restrictSystemCalls(bool files_restricted) {
  constexpr std::uint32_t kAllow = SECCOMP_RET_ALLOW;
  constexpr std::uint32_t kRefuse = SECCOMP_RET_ERRNO | EPERM;
  Filter filter;
  for (const std::uint32_t number : kAllowed) {
    if (number != SYS_prctl) filter.when(number, kAllow);
  }
  filter.call(SYS_prctl, [&] {
    filter.loadArgument(0);
    filter.when(kQuestion, SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(files_restricted ? kFilesToo : kCallsRestricted));
    filter.answer(kAllow);
  });
  filter.call(SYS_socket, [&] {
    filter.loadArgument(0);
    for (const int family : {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK})
      filter.when(static_cast<std::uint32_t>(family), kAllow);
    filter.answer(kRefuse);
  });
  // Threads only. glibc asks for clone3 first, whose arguments no filter can see, and takes clone where that is missing.
  filter.call(SYS_clone, [&] {
    filter.loadArgument(0);
    filter.whenAnyOf(CLONE_THREAD, kAllow);
    filter.answer(kRefuse);
  });
  for (const std::uint32_t number : {SYS_mmap, SYS_mprotect}) {
    filter.call(number, [&] {
      filter.loadArgument(2);
      if (isStatic()) filter.whenAnyOf(PROT_EXEC, kRefuse);
      filter.answer(kAllow);
    });
  }
  filter.answer(SECCOMP_RET_ERRNO | ENOSYS);
  return filter.install();
}

std::optional<bool> restrictedSystemCalls() {
  if (::prctl(kQuestion, 0, 0, 0, 0) == 0 || (errno != kCallsRestricted && errno != kFilesToo)) return std::nullopt;
  return errno == kFilesToo;
}

}  // namespace sidecert
