#include "acme/resumption.h"

#include <chrono>

namespace sidecert::acme {
namespace {

constexpr Duration kLongestStuck = std::chrono::days(1);

}  // namespace

bool isStuck(const StoredOrder& order, std::optional<TimePoint> needed_by, TimePoint now) noexcept {
  if (order.failed_resumptions == 0) return false;
  const Duration age = now - order.created;
  const bool late = needed_by && *needed_by > order.created && age >= (*needed_by - order.created) / 4;
  return order.failed_resumptions >= kMostFailedResumptions || age >= kLongestStuck || late;
}

bool speaksAgainstOrder(const Failure& failure) noexcept {
  if (failure.elsewhere) return false;
  switch (failure.error.code) {
    case ErrorCode::AnswerLost:
    case ErrorCode::RateLimited:
    case ErrorCode::Refused:
    case ErrorCode::BadAnswer: return true;
    default: return false;
  }
}

}  // namespace sidecert::acme
