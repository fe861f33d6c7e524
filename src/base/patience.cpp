#include "base/patience.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <tuple>
#include <utility>

#include "base/descriptor.h"

namespace sidecert {
namespace {

constexpr std::chrono::milliseconds kLongestPoll{60'000};

Moment after(Duration limit) {
  const auto now = std::chrono::steady_clock::now();
  const bool endless = limit >= std::chrono::floor<Duration>(Moment::max() - now);
  return endless ? Moment::max() : now + limit;
}

}  // namespace

// Rings when a stop is requested, and rings on.
class Patience::Bell {
 public:
  explicit Bell(const std::stop_token& stop)
      : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), ring_(stop, Ring{event_.get()}) {}
  [[nodiscard]] int descriptor() const { return event_.get(); }

 private:
  struct Ring {
    int event;
    void operator()() const noexcept {
      const std::uint64_t one = 1;
      std::ignore = ::write(event, &one, sizeof one);
    }
  };
  Descriptor event_;
  std::stop_callback<Ring> ring_;  // gone before the descriptor is
};

Patience::Patience(const Effort& effort)
    : stop_(effort.stop()),
      bell_(stop_.stop_possible() ? std::make_shared<const Bell>(stop_) : nullptr),
      deadline_(after(effort.left())) {}

Patience Patience::upTo(Duration limit) const {
  Patience narrowed = *this;
  narrowed.deadline_ = std::min(deadline_, after(limit));
  return narrowed;
}

Wake Patience::await(int descriptor, short events) const {
  while (true) {
    if (const Wake now = look(); now != Wake::Ready) return now;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - std::chrono::steady_clock::now());
    std::array<pollfd, 2> waiting{pollfd{.fd = descriptor, .events = events, .revents = 0},
                                  pollfd{.fd = bell_ ? bell_->descriptor() : -1, .events = POLLIN, .revents = 0}};
    const int ready = ::poll(waiting.data(), waiting.size(), static_cast<int>(std::min(left, kLongestPoll).count()));
    if (ready > 0 && waiting[1].revents == 0) return Wake::Ready;
    // What else poll may say, the read or write that follows says better.
    if (ready < 0 && errno != EINTR) return Wake::Ready;
  }
}

Wake Patience::look() const {
  if (stop_.stop_requested()) return Wake::Stopped;
  return std::chrono::steady_clock::now() < deadline_ ? Wake::Ready : Wake::TimedOut;
}

}  // namespace sidecert
