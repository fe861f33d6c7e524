// The end and the stop of an Effort as a socket needs them: a moment on the kernel's clock, and something poll can hear.
#pragma once

#include <chrono>
#include <memory>

#include "base/clock.h"
#include "base/effort.h"

namespace sidecert {

/// On the kernel's clock that never jumps.
using Moment = std::chrono::steady_clock::time_point;

/// What waiting for a socket came to.
enum class Wake { Ready, TimedOut, Stopped };

/// A value; copies hear the same stop. Sockets count real time, whatever the Clock of the Effort does.
class Patience {
 public:
  explicit Patience(const Effort&);

  /// The same, but over after `limit` from now; an earlier end stays.
  [[nodiscard]] Patience upTo(Duration limit) const;

  /// Waits until the socket can be read (POLLIN) or written (POLLOUT). A stop wakes it at once.
  [[nodiscard]] Wake await(int descriptor, short events) const;

  /// Without waiting; Ready: go on. To be asked wherever octets may come faster than anybody has to wait for them.
  [[nodiscard]] Wake look() const;

 private:
  class Bell;

  std::stop_token stop_;
  std::shared_ptr<const Bell> bell_;  // null: nobody can request a stop
  Moment deadline_ = Moment::max();
};

}  // namespace sidecert
