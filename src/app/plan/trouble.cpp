#include "app/plan/trouble.h"

namespace sidecert::app {
namespace {

constexpr int kPartLeftThatIsNear = 6;
constexpr int kPartLeftThatIsVeryNear = 18;
constexpr int kRefusalsThatCount = 2;
constexpr int kFailuresThatCount = 3;

}  // namespace

bool onlyOwnerMends(const Error& error) {
  switch (error.code) {
    case ErrorCode::Settings:
    case ErrorCode::Untrusted:
    case ErrorCode::Storage: return true;
    // Let's Encrypt pauses names that failed for long, under the type of a rate limit, until a person opens a page.
    case ErrorCode::RateLimited: return error.what.contains("paused");
    default: return false;
  }
}

bool worthTelling(const Attempts& attempts) {
  if (!attempts.last_error || attempts.failures == 0) return false;
  if (onlyOwnerMends(*attempts.last_error)) return true;
  return attempts.failures >= (attempts.last_error->code == ErrorCode::Refused ? kRefusalsThatCount : kFailuresThatCount);
}

Deadline deadlineOf(TimePoint not_before, TimePoint not_after, TimePoint now) {
  const Duration life = not_after - not_before;
  const Duration left = not_after - now;
  if (left <= Duration(0)) return Deadline::Passed;
  if (left < life / kPartLeftThatIsVeryNear) return Deadline::VeryNear;
  return left < life / kPartLeftThatIsNear ? Deadline::Near : Deadline::Far;
}

}  // namespace sidecert::app
