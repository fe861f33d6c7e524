// How much may be spent on something that somebody wants: until when, until who says stop, and how often what failed in
// passing is tried again. Made by whoever wants it and handed down to the socket; on the way it only ever shrinks.
#pragma once

#include <memory>
#include <stop_token>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/result.h"

namespace sidecert {

/// A value, cheap to copy. Copies, and efforts narrowed from it, draw on the same attempts: layers that each repeat what
/// failed cannot multiply. Safe to use from several threads.
class Effort {
 public:
  /// Until `stop` is requested, and as long as it takes: every single exchange has limits of its own.
  Effort(Clock& clock, std::stop_token stop) : clock_(&clock), stop_(std::move(stop)) {}

  /// @param limit  from now on
  [[nodiscard]] static Effort within(Clock& clock, Duration limit, std::stop_token stop) {
    return Effort(clock, std::move(stop)).upTo(limit);
  }

  /// The same, but over after `limit` from now; an earlier end stays.
  [[nodiscard]] Effort upTo(Duration limit) const;

  /// The same, but with so many attempts at most, the first included; they are drawn from this effort's own as well.
  [[nodiscard]] Effort trying(int attempts) const;

  /// Another attempt after one that failed. @returns false when none is left, when the time is up or a stop was requested.
  [[nodiscard]] bool tryAgain() const;

  /// Waits. @param doing  for the message: "waiting for the name servers"
  /// @returns Stopped, or, at once, Unreachable when the time left is shorter than the pause.
  [[nodiscard]] Result<> pause(Duration, std::string_view doing) const;

  /// Whether there is any point in beginning. @returns Stopped, or Unreachable when the time is up.
  [[nodiscard]] Result<> check(std::string_view doing) const;

  /// Never negative; Duration::max() without an end.
  [[nodiscard]] Duration left() const;
  [[nodiscard]] bool stopped() const { return stop_.stop_requested(); }
  [[nodiscard]] const std::stop_token& stop() const { return stop_; }
  [[nodiscard]] Clock& clock() const { return *clock_; }

 private:
  struct Attempts;

  Clock* clock_;
  std::stop_token stop_;
  Duration end_ = Duration::max();      // on the clock's monotonic()
  std::shared_ptr<Attempts> attempts_;  // null: nobody counts
};

}  // namespace sidecert
