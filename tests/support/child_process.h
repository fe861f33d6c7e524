// A program run by a test: its output is kept, and it dies with the test whatever happens.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace sidecert::testing {

class ChildProcess {
 public:
  struct Options {
    std::vector<std::string> command;                // the program (searched in PATH) and its arguments
    std::map<std::string, std::string> environment;  // set beside, or instead of, what we have
    bool clean_environment = false;                  // true: `environment` and nothing else
    std::string directory;                           // to run in; empty: ours
  };

  /// Starts it; standard output and error go into one buffer. The child is killed when the thread that started it ends.
  /// @throws std::runtime_error when the program cannot be executed.
  explicit ChildProcess(const Options&);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();  // SIGKILL, if it still runs

  [[nodiscard]] pid_t pid() const { return pid_; }
  void signal(int number) const;

  /// Waits until one line of output contains `part`.
  /// @returns that line, or nothing when the time is up or the output ended without it.
  [[nodiscard]] std::optional<std::string> waitForLine(const std::string& part,
                                                       std::chrono::milliseconds limit = std::chrono::seconds{20});

  /// Waits for the end. @returns the exit code, 128 + signal when killed, or nothing when the time is up.
  [[nodiscard]] std::optional<int> wait(std::chrono::milliseconds limit = std::chrono::seconds{20});

  [[nodiscard]] std::string output() const;

 private:
  void readOutput();
  void awaitEnd();

  pid_t pid_ = -1;
  int output_pipe_ = -1;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::string output_;
  bool output_ended_ = false;
  std::atomic<bool> stop_reading_ = false;
  std::optional<int> exit_code_;
  std::thread reader_;
  std::thread waiter_;
};

}  // namespace sidecert::testing
