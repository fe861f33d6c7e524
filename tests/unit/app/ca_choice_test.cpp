#include "app/plan/ca_choice.h"

#include <gtest/gtest.h>

#include "support/manual_clock.h"

namespace sidecert::app {
namespace {

using sidecert::testing::kTestStart;
using namespace std::chrono_literals;

const std::string kFirst = "https://first.example/dir";
const std::string kSecond = "https://second.example/dir";
const std::vector<std::string> kServers{kFirst, kSecond};

struct History {
  Ledger ledger;
  TimePoint now = kTestStart;
  History& failed(const std::string& server, ErrorCode code, acme::OrderStage stage = acme::OrderStage::Placing) {
    now += 10min;
    ledger.orders.push_back({.at = now,
                             .certificate = "home.example",
                             .directory = server,
                             .names = {"home.example"},
                             .stage = stage,
                             .end = OrderAttempt::End::Failed,
                             .error = "as told",
                             .code = code});
    return *this;
  }
  History& ended(const std::string& server, OrderAttempt::End end) {
    failed(server, ErrorCode::Internal);
    ledger.orders.back().end = end;
    return *this;
  }
  [[nodiscard]] std::string chosen(const std::string& certificate = "home.example") const {
    return chooseServer(kServers, ledger, certificate, now);
  }
};

TEST(ChooseServer, IsTheFirstUntilItHasFailedThreeTimesInARow) {
  History history;
  EXPECT_EQ(history.chosen(), kFirst);
  history.failed(kFirst, ErrorCode::RateLimited).failed(kFirst, ErrorCode::Unreachable);
  EXPECT_EQ(history.chosen(), kFirst);
  history.failed(kFirst, ErrorCode::BadAnswer);
  EXPECT_EQ(history.chosen(), kSecond);
  EXPECT_EQ(history.chosen("other.example"), kFirst) << "each certificate has a history of its own";
}

TEST(ChooseServer, IsTheFirstAgainAfterAWeek) {
  History history;
  for (int i = 0; i < 3; ++i) history.failed(kFirst, ErrorCode::RateLimited);
  history.now += 8 * 24h;
  EXPECT_EQ(history.chosen(), kFirst);
}

TEST(ChooseServer, DoesNotLeaveForARefusalOrAFailureInDns) {
  History history;
  for (int i = 0; i < 9; ++i) history.failed(kFirst, ErrorCode::Refused, acme::OrderStage::Answering);
  EXPECT_EQ(history.chosen(), kFirst);
  for (int i = 0; i < 9; ++i) history.failed(kFirst, ErrorCode::Unreachable, acme::OrderStage::Placed);
  EXPECT_EQ(history.chosen(), kFirst) << "the DNS provider's API is down, not the CA";
}

TEST(ChooseServer, CountsFailuresInARowOnly) {
  History history;
  history.failed(kFirst, ErrorCode::RateLimited).failed(kFirst, ErrorCode::RateLimited);
  history.ended(kFirst, OrderAttempt::End::Issued).failed(kFirst, ErrorCode::RateLimited);
  EXPECT_EQ(history.chosen(), kFirst);
}

TEST(ChooseServer, GoesRoundWhenAllFail) {
  History history;
  for (int i = 0; i < 3; ++i) history.failed(kFirst, ErrorCode::Unreachable);
  for (int i = 0; i < 3; ++i) history.failed(kSecond, ErrorCode::Unreachable);
  EXPECT_EQ(history.chosen(), kFirst);
  history.failed(kFirst, ErrorCode::Unreachable);
  EXPECT_EQ(history.chosen(), kSecond);
}

TEST(ChooseServer, StaysWhereAnOrderIsOpen) {
  History history;
  history.ended(kSecond, OrderAttempt::End::Open);
  EXPECT_EQ(history.chosen(), kSecond);
}

TEST(ChooseServer, LeavesAnOpenOrderThatWasTakenUpInVain) {
  History history;
  history.failed(kFirst, ErrorCode::BadAnswer, acme::OrderStage::Finalizing);
  history.ledger.orders.back().end = OrderAttempt::End::Open;
  history.failed(kFirst, ErrorCode::BadAnswer, acme::OrderStage::Finalizing);
  EXPECT_EQ(history.chosen(), kFirst);
  history.failed(kFirst, ErrorCode::BadAnswer, acme::OrderStage::Finalizing);
  EXPECT_EQ(history.chosen(), kSecond);
}

TEST(ChooseServer, StaysWithAnOpenOrderThatDnsHoldsUp) {
  History history;
  history.failed(kFirst, ErrorCode::Unreachable, acme::OrderStage::Placed);
  history.ledger.orders.back().end = OrderAttempt::End::Open;
  for (int i = 0; i < 5; ++i) history.failed(kFirst, ErrorCode::Unreachable, acme::OrderStage::Placed);
  EXPECT_EQ(history.chosen(), kFirst);
}

}  // namespace
}  // namespace sidecert::app
