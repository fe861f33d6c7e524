// Keeps log lines for a test to look at.
#pragma once

#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

#include "base/log.h"

namespace sidecert::testing {

class MemoryLog final : public LogSink {
 public:
  struct Line {
    LogLevel level;
    std::string subject;
    std::string message;
  };

  explicit MemoryLog(LogLevel least = LogLevel::Debug) : least_(least) {}

  [[nodiscard]] bool enabled(LogLevel level) const override { return level >= least_; }
  void write(LogLevel level, std::string_view subject, std::string_view message) override {
    const std::scoped_lock lock(mutex_);
    lines_.push_back({level, std::string(subject), std::string(message)});
  }

  [[nodiscard]] std::vector<Line> lines() const {
    const std::scoped_lock lock(mutex_);
    return lines_;
  }
  /// All lines as "level subject: message\n", for HasSubstr.
  [[nodiscard]] std::string text() const {
    std::string all;
    for (const auto& line : lines()) {
      all += std::string(toString(line.level)) + " " + line.subject + ": " + line.message + "\n";
    }
    return all;
  }
  [[nodiscard]] bool contains(std::string_view part) const { return text().contains(part); }
  [[nodiscard]] std::size_t count(LogLevel level) const {
    const auto all = lines();
    return static_cast<std::size_t>(std::ranges::count(all, level, &Line::level));
  }
  void clear() {
    const std::scoped_lock lock(mutex_);
    lines_.clear();
  }

 private:
  LogLevel least_;
  mutable std::mutex mutex_;
  std::vector<Line> lines_;
};

}  // namespace sidecert::testing
