#include "app/waiting.h"

#include <poll.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

#include "base/text.h"

namespace sidecert::app {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* kSelf = "/proc/self/exe";
constexpr Duration kBackwardJump = std::chrono::hours(1);
// Certificate, key and chain are written one after another.
constexpr Duration kFolderSettles = seconds(3);

TimePoint wallClock() {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

void executeRun() {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  std::array<const char*, 3> arguments{"sidecert", "run", nullptr};
  execv(kSelf, const_cast<char* const*>(arguments.data()));
}

/// A pass now: in place, or by ending so that the restart policy begins one.
int passNow(const WaitOrder& order) {
  if (order.run_again) executeRun();
  return order.exit_code;
}

void arm(int timer, TimePoint until) {
  itimerspec when{};
  const auto whole = std::chrono::floor<seconds>(until.time_since_epoch());
  when.it_value.tv_sec = whole.count() > 0 ? whole.count() : 1;
  when.it_value.tv_nsec = std::chrono::nanoseconds(until.time_since_epoch() - whole).count();
  timerfd_settime(timer, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &when, nullptr);
}

/// @returns a descriptor that becomes readable when something changes in one of the folders; -1 when nothing is watched.
int watchFolders(const std::vector<std::string>& folders) {
  if (folders.empty()) return -1;
  const int watcher = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  for (const std::string& folder : folders)
    inotify_add_watch(watcher, folder.c_str(), IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_ATTRIB);
  return watcher;
}

/// A file there is younger than the pass that should have seen it.
bool changedSince(const std::vector<std::string>& folders, TimePoint since) {
  for (const std::string& folder : folders) {
    std::error_code unreadable;
    for (const auto& entry : std::filesystem::directory_iterator(folder, unreadable)) {
      struct stat about{};
      if (lstat(entry.path().c_str(), &about) != 0) continue;
      if (TimePoint(seconds(about.st_ctim.tv_sec) + milliseconds(about.st_ctim.tv_nsec / 1'000'000)) > since) return true;
    }
  }
  return false;
}

void drain(int descriptor) {
  std::array<char, 4096> octets{};
  while (read(descriptor, octets.data(), octets.size()) > 0) {
  }
}

}  // namespace

void becomeWaiting(const WaitOrder& order) {
  const std::string until = std::to_string(order.until.time_since_epoch().count());
  const std::string code = std::to_string(order.exit_code);
  const std::string since = std::to_string(order.watched_since.time_since_epoch().count());
  std::vector<const char*> arguments{"sidecert",   "wait", until.c_str(), code.c_str(), order.run_again ? "1" : "0",
                                     since.c_str()};
  for (const std::string& folder : order.watch) arguments.push_back(folder.c_str());
  arguments.push_back(nullptr);
  execv(kSelf, const_cast<char* const*>(arguments.data()));
}

int wait(const WaitOrder& order) {
  sigset_t watched;
  sigemptyset(&watched);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&watched, signal);
  sigprocmask(SIG_BLOCK, &watched, nullptr);
  const int signals = signalfd(-1, &watched, SFD_CLOEXEC);
  const int timer = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC);
  if (signals < 0 || timer < 0) return 1;
  const int watcher = watchFolders(order.watch);
  bool changed = changedSince(order.watch, order.watched_since);
  TimePoint latest = wallClock();
  arm(timer, order.until);
  while (true) {
    std::array<pollfd, 3> ready{{{signals, POLLIN, 0}, {timer, POLLIN, 0}, {watcher, POLLIN, 0}}};
    const int events = poll(ready.data(), ready.size(), changed ? static_cast<int>(kFolderSettles.count()) : -1);
    if (events < 0) continue;
    if (events == 0) {
      executeRun();
      return passNow(order);
    }
    if ((ready[2].revents & POLLIN) != 0) {
      drain(watcher);
      changed = true;
    }
    if ((ready[0].revents & POLLIN) != 0) {
      signalfd_siginfo info{};
      if (read(signals, &info, sizeof info) != sizeof info) continue;
      if (info.ssi_signo != SIGHUP) return 0;
      if (!order.run_again) executeRun();
      return passNow(order);
    }
    if ((ready[1].revents & POLLIN) != 0) {
      std::uint64_t count = 0;
      const bool cancelled = read(timer, &count, sizeof count) < 0 && errno == ECANCELED;
      if (!cancelled || wallClock() >= order.until) return passNow(order);
      // The clock was set. What was due in an hour may now lie in years; a pass finds out.
      if (wallClock() + kBackwardJump < latest) return passNow(order);
      latest = wallClock();
      arm(timer, order.until);
    }
  }
}

std::optional<WaitOrder> parseWaitOrder(int argc, const char* const* argv) {
  if (argc < 6 || std::string_view(argv[1]) != "wait") return std::nullopt;
  const auto until = parseNumber(argv[2]);
  const auto code = parseNumber(argv[3]);
  const std::string_view again = argv[4];
  const auto since = parseNumber(argv[5]);
  if (!until || !code || !since || *code > 255 || (again != "0" && again != "1")) return std::nullopt;
  return WaitOrder{.until = TimePoint(milliseconds(*until)),
                   .exit_code = static_cast<int>(*code),
                   .run_again = again == "1",
                   .watched_since = TimePoint(milliseconds(*since)),
                   .watch = {argv + 6, argv + argc}};
}

}  // namespace sidecert::app
