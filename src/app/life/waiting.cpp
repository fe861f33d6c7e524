#include "app/life/waiting.h"

#include <poll.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/text.h"

namespace sidecert::app {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* kSelf = "/proc/self/exe";
constexpr Duration kBackwardJump = std::chrono::hours(1);
constexpr milliseconds kSettles{3'000};  // certificate, key and chain are written one after another

TimePoint wallClock() {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

// The signals stay blocked: `run` takes them up where they are, and none gets lost in between.
void executeRun(char** environment) {
  std::array<const char*, 3> arguments{"sidecert", "run", nullptr};
  execve(kSelf, const_cast<char* const*>(arguments.data()), environment);
}

/// The files and folders that the settings depend on, and a way to hear of their changes without waking up in between.
class Watched {
 public:
  explicit Watched(const std::vector<std::string>& paths) : notices_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
    for (const std::string& path : paths) {
      struct stat status{};
      if (stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) {
        inotify_add_watch(notices_, path.c_str(), kInFolder);
        folders_.push_back(path);
      } else {
        watchFile(path);
      }
    }
  }

  [[nodiscard]] int notices() const { return notices_; }

  void forgetNotices() const {
    std::array<char, 4096> buffer{};
    while (read(notices_, buffer.data(), buffer.size()) > 0) {
    }
  }

  [[nodiscard]] bool changedSince(TimePoint since) const {
    const auto changed = [since](const std::string& path) { return hasChanged(path, since); };
    return std::ranges::any_of(files_, changed) || std::ranges::any_of(folders_, [&](const std::string& folder) {
             std::error_code unreadable;
             return std::ranges::any_of(std::filesystem::directory_iterator(folder, unreadable),
                                        [&](const auto& entry) { return changed(entry.path().string()); });
           });
  }

 private:
  static constexpr std::uint32_t kInPlace = IN_CLOSE_WRITE | IN_ATTRIB | IN_MOVE_SELF;
  static constexpr std::uint32_t kInFolder = IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE;

  /// A time that lies ahead is another clock's and says nothing. A link counts when it or what it leads to was changed.
  static bool hasChanged(const std::string& path, TimePoint since) {
    const auto fresh = [since](const struct stat& status) {
      const TimePoint changed{seconds(status.st_ctim.tv_sec) +
                              std::chrono::duration_cast<Duration>(std::chrono::nanoseconds(status.st_ctim.tv_nsec))};
      return changed > since && changed <= wallClock();
    };
    struct stat status{};
    if (lstat(path.c_str(), &status) == 0 && fresh(status)) return true;
    return S_ISLNK(status.st_mode) && stat(path.c_str(), &status) == 0 && fresh(status);
  }

  // The file itself, for one that is written in place or mounted alone, and its folder, for one that is replaced.
  void watchFile(std::string path) {
    inotify_add_watch(notices_, path.c_str(), kInPlace);
    const std::string folder = path.substr(0, path.rfind('/'));
    inotify_add_watch(notices_, folder.empty() ? "/" : folder.c_str(), kInFolder);
    files_.push_back(std::move(path));
  }

  int notices_;
  std::vector<std::string> files_;
  std::vector<std::string> folders_;
};

/// A pass now: in place, or by ending so that the restart policy begins one.
int passNow(const WaitOrder& order, char** environment) {
  if (order.run_again) executeRun(environment);
  return order.exit_code;
}

/// A pass that somebody asked for begins in place whatever the driver is.
int passInPlace(const WaitOrder& order, char** environment) {
  executeRun(environment);
  return order.exit_code;
}

void arm(int timer, TimePoint until) {
  itimerspec when{};
  const auto whole = std::chrono::floor<seconds>(until.time_since_epoch());
  when.it_value.tv_sec = whole.count() > 0 ? whole.count() : 1;
  when.it_value.tv_nsec = std::chrono::nanoseconds(until.time_since_epoch() - whole).count();
  timerfd_settime(timer, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &when, nullptr);
}

}  // namespace

void becomeWaiting(const WaitOrder& order) {
  const std::string until = std::to_string(order.until.time_since_epoch().count());
  const std::string code = std::to_string(order.exit_code);
  const std::string since = std::to_string(order.since.time_since_epoch().count());
  std::vector<const char*> arguments{"sidecert",   "wait", until.c_str(), code.c_str(), order.run_again ? "1" : "0",
                                     since.c_str()};
  for (const std::string& folder : order.watch) arguments.push_back(folder.c_str());
  arguments.push_back(nullptr);
  execv(kSelf, const_cast<char* const*>(arguments.data()));
}

int wait(const WaitOrder& order, char** environment) {
  sigset_t watched;
  sigemptyset(&watched);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&watched, signal);
  sigprocmask(SIG_BLOCK, &watched, nullptr);
  const int signals = signalfd(-1, &watched, SFD_CLOEXEC);
  const int timer = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC);
  if (signals < 0 || timer < 0) return 1;
  const Watched files(order.watch);
  bool changed = files.changedSince(order.since);
  TimePoint latest = wallClock();
  arm(timer, order.until);
  while (true) {
    std::array<pollfd, 3> ready{{{signals, POLLIN, 0}, {timer, POLLIN, 0}, {files.notices(), POLLIN, 0}}};
    const int events = poll(ready.data(), ready.size(), changed ? static_cast<int>(kSettles.count()) : -1);
    if (events < 0) continue;
    if (events == 0) return passInPlace(order, environment);
    if ((ready[0].revents & POLLIN) != 0) {
      signalfd_siginfo info{};
      if (read(signals, &info, sizeof info) != sizeof info) continue;
      return info.ssi_signo == SIGHUP ? passInPlace(order, environment) : 0;
    }
    if ((ready[1].revents & POLLIN) != 0) {
      std::uint64_t count = 0;
      const bool cancelled = read(timer, &count, sizeof count) < 0 && errno == ECANCELED;
      if (!cancelled || wallClock() >= order.until) return passNow(order, environment);
      // The clock was set. What was due in an hour may now lie in years; a pass finds out.
      if (wallClock() + kBackwardJump < latest) return passNow(order, environment);
      latest = wallClock();
      arm(timer, order.until);
    }
    if ((ready[2].revents & POLLIN) != 0) {
      files.forgetNotices();
      changed = changed || files.changedSince(order.since);
    }
  }
}

std::optional<WaitOrder> parseWaitOrder(int argc, const char* const* argv) {
  if (argc < 6 || std::string_view(argv[1]) != "wait") return std::nullopt;
  const auto until = parseNumber(argv[2]);
  const auto code = parseNumber(argv[3]);
  const std::string_view again = argv[4];
  const auto since = parseNumber(argv[5]);
  if (!until || !code || *code > 255 || (again != "0" && again != "1") || !since) return std::nullopt;
  return WaitOrder{.until = TimePoint(milliseconds(*until)),
                   .exit_code = static_cast<int>(*code),
                   .run_again = again == "1",
                   .since = TimePoint(milliseconds(*since)),
                   .watch = {argv + 6, argv + argc}};
}

}  // namespace sidecert::app
