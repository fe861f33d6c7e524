// Time comes in from outside, so that a test can live through ninety days in a blink.
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace sidecert {

using Duration = std::chrono::milliseconds;
using TimePoint = std::chrono::sys_time<Duration>;  // UTC

class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  /// Wall clock, UTC. It may jump; deadlines inside one run are measured with `monotonic()`.
  [[nodiscard]] virtual TimePoint now() const = 0;

  /// Never goes back; counts from an arbitrary origin.
  [[nodiscard]] virtual Duration monotonic() const = 0;

  /// @returns false when `stop` was requested before the time was up.
  virtual bool sleepFor(Duration, const std::stop_token& stop) = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override;
  [[nodiscard]] Duration monotonic() const override;
  bool sleepFor(Duration, const std::stop_token& stop) override;
};

/// "2026-03-01T12:30:00Z", seconds precision (RFC 3339, UTC).
[[nodiscard]] std::string toIso(TimePoint);

/// "2026-03-01 12:30 UTC", for sentences.
[[nodiscard]] std::string toWords(TimePoint);

/// Reads RFC 3339 with or without fraction, `Z` or an offset; nothing else.
[[nodiscard]] std::optional<TimePoint> fromIso(std::string_view);

/// "3 d 4 h", "2 h 5 min", "12 s": the two largest units.
[[nodiscard]] std::string toWords(Duration);

}  // namespace sidecert
