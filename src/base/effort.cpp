#include "base/effort.h"

#include <fmt/core.h>

#include <algorithm>
#include <atomic>

namespace sidecert {

struct Effort::Attempts {
  std::atomic<int> left;
  std::shared_ptr<Attempts> of;  // of which these are a part

  static bool take(const std::shared_ptr<Attempts>& from) {
    if (from == nullptr) return true;
    if (from->left.fetch_sub(1) > 0 && take(from->of)) return true;
    from->left.fetch_add(1);
    return false;
  }
};

Effort Effort::upTo(Duration limit) const {
  Effort narrowed = *this;
  const Duration now = clock_->monotonic();
  const Duration end = limit >= Duration::max() - now ? Duration::max() : now + limit;
  narrowed.end_ = std::min(end_, end);
  return narrowed;
}

Effort Effort::trying(int attempts) const {
  Effort narrowed = *this;
  narrowed.attempts_ = std::make_shared<Attempts>(std::max(0, attempts - 1), attempts_);
  return narrowed;
}

bool Effort::tryAgain() const {
  return !stopped() && left() > Duration::zero() && Attempts::take(attempts_);
}

Result<> Effort::pause(Duration duration, std::string_view doing) const {
  if (auto going = check(doing); !going) return going;
  if (duration <= Duration::zero()) return {};
  if (duration > left()) return fail(ErrorCode::Unreachable, fmt::format("there is no time left for {}", doing));
  if (clock_->sleepFor(duration, stop_)) return {};
  return fail(ErrorCode::Stopped, fmt::format("stopped while {}", doing));
}

Result<> Effort::check(std::string_view doing) const {
  if (stopped()) return fail(ErrorCode::Stopped, fmt::format("stopped while {}", doing));
  if (left() > Duration::zero()) return {};
  return fail(ErrorCode::Unreachable, fmt::format("there is no time left for {}", doing));
}

Duration Effort::left() const {
  if (end_ == Duration::max()) return end_;
  return std::max(Duration::zero(), end_ - clock_->monotonic());
}

}  // namespace sidecert
