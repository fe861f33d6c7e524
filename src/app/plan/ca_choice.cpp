#include "app/plan/ca_choice.h"

#include <algorithm>
#include <optional>
#include <ranges>

namespace sidecert::app {
namespace {

constexpr int kFailuresBeforeLeaving = 3;
constexpr Duration kRemembered = std::chrono::days(7);

// Between the order and the answers to its challenges stands DNS, whose failures look the same.
bool isTheCas(const OrderAttempt& attempt) {
  if (attempt.stage == acme::OrderStage::Placed) return false;
  switch (attempt.code) {
    case ErrorCode::Unreachable:
    case ErrorCode::AnswerLost:
    case ErrorCode::RateLimited:
    case ErrorCode::BadAnswer: return true;
    default: return false;
  }
}

/// When the last of enough failures in a row was; nothing while the CA is good for another try.
std::optional<TimePoint> leftAt(const std::string& server, const Ledger& ledger, const std::string& certificate,
                                TimePoint now) {
  int failures = 0;
  std::optional<TimePoint> last;
  for (const OrderAttempt& attempt : ledger.orders | std::views::reverse) {
    if (attempt.certificate != certificate || attempt.directory != server || attempt.end == OrderAttempt::End::Dropped)
      continue;
    const bool failed =
        attempt.end == OrderAttempt::End::Failed || (attempt.end == OrderAttempt::End::Open && !attempt.error.empty());
    if (!failed || !isTheCas(attempt) || now - attempt.at > kRemembered) break;
    if (!last) last = attempt.at;
    if (++failures == kFailuresBeforeLeaving) return last;
  }
  return std::nullopt;
}

}  // namespace

std::string chooseServer(const std::vector<std::string>& servers, const Ledger& ledger, const std::string& certificate,
                         TimePoint now) {
  for (const OrderAttempt& attempt : ledger.orders) {
    if (attempt.certificate == certificate && attempt.end == OrderAttempt::End::Open &&
        std::ranges::contains(servers, attempt.directory) && !leftAt(attempt.directory, ledger, certificate, now))
      return attempt.directory;
  }
  std::string longest_left = servers.front();
  TimePoint oldest = TimePoint::max();
  for (const std::string& server : servers) {
    const auto left = leftAt(server, ledger, certificate, now);
    if (!left) return server;
    if (*left < oldest) {
      oldest = *left;
      longest_left = server;
    }
  }
  return longest_left;
}

}  // namespace sidecert::app
