// A clock that moves only when it is told to, or when somebody sleeps: ninety days pass in a blink.
#pragma once

#include <mutex>
#include <numeric>
#include <vector>

#include "base/clock.h"

namespace sidecert::testing {

/// 2026-03-01T12:00:00Z, where a ManualClock starts unless told otherwise.
inline constexpr TimePoint kTestStart = std::chrono::sys_days{std::chrono::year{2026} / 3 / 1} + std::chrono::hours{12};

/// Safe to use from several threads; each sleep moves the one pair of hands.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(TimePoint start = kTestStart) : now_(start) {}

  [[nodiscard]] TimePoint now() const override {
    const std::scoped_lock lock(mutex_);
    return now_;
  }
  [[nodiscard]] Duration monotonic() const override {
    const std::scoped_lock lock(mutex_);
    return monotonic_;
  }
  bool sleepFor(Duration duration, const std::stop_token& stop) override {
    if (stop.stop_requested()) return false;
    const std::scoped_lock lock(mutex_);
    sleeps_.push_back(duration);
    move(duration);
    return true;
  }

  void advance(Duration duration) {
    const std::scoped_lock lock(mutex_);
    move(duration);
  }
  /// The wall clock jumps; monotonic() does not notice.
  void jumpTo(TimePoint when) {
    const std::scoped_lock lock(mutex_);
    now_ = when;
  }
  [[nodiscard]] std::vector<Duration> sleeps() const {
    const std::scoped_lock lock(mutex_);
    return sleeps_;
  }
  [[nodiscard]] Duration slept() const {
    const std::scoped_lock lock(mutex_);
    return std::accumulate(sleeps_.begin(), sleeps_.end(), Duration{0});
  }

 private:
  void move(Duration duration) {
    if (duration < Duration{0}) return;
    now_ += duration;
    monotonic_ += duration;
  }

  mutable std::mutex mutex_;
  TimePoint now_;
  Duration monotonic_{1'000'000};
  std::vector<Duration> sleeps_;
};

}  // namespace sidecert::testing
