// What a failure does to the next try, and what makes a fresh start.
#include "app/plan/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/app/plan_scene.h"

namespace sidecert::app {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(RecordFailure, WaitsOneTenAndAHundredMinutesThenADay) {
  Attempts attempts;
  std::vector<Duration> pauses;
  for (int i = 0; i < 5; ++i) {
    recordFailure(attempts, {.code = ErrorCode::Unreachable, .what = "x"}, kPlanToday, std::nullopt);
    pauses.push_back(*attempts.next - kPlanToday);
  }
  EXPECT_THAT(pauses, ElementsAre(minutes(1), minutes(10), minutes(100), hours(24), hours(24)));
  EXPECT_EQ(attempts.failures, 5);
}

TEST(RecordFailure, ComesSoonerWhenTheCertificateIsNearItsEnd) {
  Attempts attempts{.failures = 7};
  recordFailure(attempts, {.code = ErrorCode::Unreachable, .what = "x"}, kPlanToday, kPlanToday + hours(80));
  EXPECT_EQ(*attempts.next - kPlanToday, hours(10));
}

TEST(RecordFailure, ObeysRetryAfterButNotBeyondTheExpiry) {
  Attempts first;
  recordFailure(first, {.code = ErrorCode::RateLimited, .what = "x", .retry_after = hours(30)}, kPlanToday, std::nullopt);
  EXPECT_EQ(*first.next - kPlanToday, hours(30));
  Attempts second;
  recordFailure(second, {.code = ErrorCode::RateLimited, .what = "x", .retry_after = days(365)}, kPlanToday,
                kPlanToday + hours(20));
  EXPECT_EQ(*second.next - kPlanToday, hours(10));
}

TEST(RecordFailure, ARefusedLoginWaitsADayAtOnce) {
  Attempts attempts;
  recordVisitFailure(attempts, {.code = ErrorCode::Refused, .what = "wrong password"}, kPlanToday, kPlanToday + days(3));
  EXPECT_EQ(*attempts.next - kPlanToday, hours(24));
}

TEST(LocalRenewal, LeavesAThirdOfTheLifeAndNeverFallsDueAtOnce) {
  const Current fresh{
      .names = {}, .not_before = kPlanToday, .not_after = kPlanToday + days(90), .sha256 = "", .key_type = ""};
  EXPECT_EQ(localRenewal(oneCertificate(), fresh, 0.0), kPlanToday + days(60));
  auto eager = oneCertificate();
  eager.renew_days = days(300);
  EXPECT_EQ(localRenewal(eager, fresh, 0.0), kPlanToday + hours(90 * 6));
}

TEST(Digest, TellsEverySecretApartAndShowsNone) {
  auto one = settingsWithNas().targets.front();
  one.basis = Secret("SYNO_PASSWORD=p");
  auto two = one;
  two.basis = Secret("SYNO_PASSWORD=q");
  EXPECT_NE(targetDigest(one), targetDigest(two));
  EXPECT_EQ(targetDigest(one).find("p"), std::string::npos);
}

}  // namespace
}  // namespace sidecert::app
