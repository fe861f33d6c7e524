// kill-at POINT PROGRAM ARGUMENTS...: runs a program under ptrace and kills it at its POINT-th kill point, counted from 0
// over all its threads; -1 only counts. Kill points are the moments before and after each system call by which something
// outside the process changes: files, folders, links, what goes to a socket. Lines on standard output and error are left
// out. The last line it prints is "kill-at: N points, killed before fsync(/data/x)" or "kill-at: N points, ended with 0".
// seccomp stops the program at these calls only, so it runs nearly as fast as alone.
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace {

struct Call {
  long number;
  const char* name;
};

constexpr std::array kCalls{
    Call{SYS_writev, "writev"},     Call{SYS_pwrite64, "pwrite64"},   Call{SYS_sendto, "sendto"},
    Call{SYS_sendmsg, "sendmsg"},   Call{SYS_sendmmsg, "sendmmsg"},   Call{SYS_connect, "connect"},
    Call{SYS_renameat, "renameat"}, Call{SYS_renameat2, "renameat2"}, Call{SYS_unlinkat, "unlinkat"},
    Call{SYS_mkdirat, "mkdirat"},   Call{SYS_symlinkat, "symlinkat"}, Call{SYS_linkat, "linkat"},
    Call{SYS_fsync, "fsync"},       Call{SYS_fdatasync, "fdatasync"}, Call{SYS_ftruncate, "ftruncate"},
    Call{SYS_fchmod, "fchmod"},     Call{SYS_flock, "flock"},
#ifdef SYS_rename
    Call{SYS_rename, "rename"},     Call{SYS_unlink, "unlink"},       Call{SYS_rmdir, "rmdir"},
    Call{SYS_mkdir, "mkdir"},       Call{SYS_symlink, "symlink"},     Call{SYS_link, "link"},
#endif
};

const char* nameOf(long number) {
  if (number == SYS_write) return "write";
  if (number == SYS_openat) return "openat";
  for (const Call& call : kCalls) {
    if (call.number == number) return call.name;
  }
  return "?";
}

/// Stop at kCalls, at write to anything but 1 and 2, and at openat that may create or truncate.
void installFilter() {
  constexpr auto kTrace = SECCOMP_RET_TRACE;
  constexpr auto kAllow = SECCOMP_RET_ALLOW;
  std::vector<sock_filter> program;
  const auto load = [&](std::size_t offset) {
    program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<__u32>(offset)));
  };
  const auto answer = [&](__u32 value) { program.push_back(BPF_STMT(BPF_RET | BPF_K, value)); };
  load(offsetof(seccomp_data, nr));
  for (const Call& call : kCalls) {
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<__u32>(call.number), 0, 1));
    answer(kTrace);
  }
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_write, 0, 5));
  load(offsetof(seccomp_data, args));
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, STDOUT_FILENO, 2, 0));
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, STDERR_FILENO, 1, 0));
  answer(kTrace);
  answer(kAllow);
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3));
  load(offsetof(seccomp_data, args) + 2 * sizeof(__u64));
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_CREAT | O_TRUNC, 0, 1));
  answer(kTrace);
  answer(kAllow);
  sock_fprog filter{.len = static_cast<unsigned short>(program.size()), .filter = program.data()};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
    perror("kill-at: seccomp");
    _exit(126);
  }
}

std::string describe(pid_t thread, const __ptrace_syscall_info& info) {
  const long number = static_cast<long>(info.seccomp.nr);
  const bool on_descriptor = number != SYS_openat;
  std::string about;
  if (on_descriptor) {
    std::error_code error;
    const auto link = std::filesystem::read_symlink(
        "/proc/" + std::to_string(thread) + "/fd/" + std::to_string(static_cast<int>(info.seccomp.args[0])), error);
    if (!error) about = link.string();
  }
  return std::string(nameOf(number)) + "(" + about + ")";
}

class Tracer {
 public:
  explicit Tracer(long point) : point_(point) {}

  int trace(pid_t program) {
    int status = 0;
    waitpid(program, &status, 0);
    constexpr long kOptions = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                              PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL;
    ptrace(PTRACE_SETOPTIONS, program, 0, kOptions);
    ptrace(PTRACE_CONT, program, 0, 0);
    while (true) {
      const pid_t thread = waitpid(-1, &status, __WALL);
      if (thread < 0 && errno == ECHILD) break;
      if (thread < 0) continue;
      if (WIFEXITED(status) || WIFSIGNALED(status)) {
        if (thread == program) code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        continue;
      }
      stopped(program, thread, status);
    }
    if (killed_.empty()) {
      printf("\nkill-at: %ld points, ended with %d\n", points_, code_);
    } else {
      printf("\nkill-at: %ld points, killed %s\n", points_, killed_.c_str());
    }
    return code_;
  }

 private:
  void stopped(pid_t program, pid_t thread, int status) {
    const int signal = WSTOPSIG(status);
    if (status >> 8 == (SIGTRAP | (PTRACE_EVENT_SECCOMP << 8))) {
      __ptrace_syscall_info info{};
      ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof info, &info);
      last_ = describe(thread, info);
      if (reached(program, thread, "before " + last_)) return;
      ptrace(PTRACE_SYSCALL, thread, 0, 0);
    } else if (signal == (SIGTRAP | 0x80)) {
      if (reached(program, thread, "after " + last_)) return;
      ptrace(PTRACE_CONT, thread, 0, 0);
    } else {
      const bool event = signal == SIGTRAP || status >> 16 != 0 || signal == SIGSTOP;
      ptrace(PTRACE_CONT, thread, 0, event ? 0 : signal);
    }
  }

  bool reached(pid_t program, pid_t thread, const std::string& what) {
    if (points_++ != point_) return false;
    killed_ = what;
    kill(program, SIGKILL);
    kill(thread, SIGKILL);  // of a child, if it is one
    return true;
  }

  long point_;
  long points_ = 0;
  int code_ = -1;
  std::string last_;
  std::string killed_;
};

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) {
    fputs("usage: kill-at POINT PROGRAM ARGUMENTS...\n", stderr);
    return 2;
  }
  const pid_t program = fork();
  if (program == 0) {
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    raise(SIGSTOP);
    installFilter();
    execvp(arguments[2], arguments + 2);
    perror("kill-at: exec");
    _exit(127);
  }
  return Tracer(strtol(arguments[1], nullptr, 10)).trace(program);
}
