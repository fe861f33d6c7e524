#include "app/pass/pass.h"

#include "unit/app/pass_fixture.h"

namespace sidecert::app {
namespace {

using sidecert::testing::CrashingFileSystem;
using sidecert::testing::kTestStart;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using ::testing::HasSubstr;

TEST_F(Pass, ASecondPassDoesNothing) {
  EXPECT_FALSE(pass().failed);
  EXPECT_FALSE(pass().failed);
  EXPECT_EQ(orders_, 1);
  EXPECT_EQ(deployments_, 1);
}

TEST_F(Pass, AHundredRestartsAgainstACaThatFailsAskItFourTimesInTwoHours) {
  ca_error_ = Error{.code = ErrorCode::BadAnswer, .what = "500"};
  for (int start = 0; start < 100; ++start) {
    EXPECT_TRUE(pass().failed);
    clock_.advance(minutes(1));
  }
  EXPECT_EQ(orders_, 3);
  clock_.advance(minutes(20));
  EXPECT_TRUE(pass().failed);
  EXPECT_EQ(orders_, 4);
}

// A CA that puts "www." into every certificate made the names differ from ACME_DOMAINS at each look.
TEST_F(Pass, ANameTheCaAddsByItselfIsNoReasonToOrderAgain) {
  extra_name_ = "www.home.example";
  for (int start = 0; start < 5; ++start) EXPECT_FALSE(pass().failed);
  EXPECT_EQ(orders_, 1);
}

// The order leaves out what its wildcard covers already; that made the names differ from ACME_DOMAINS at each look.
TEST_F(Pass, ANameThatAWildcardCoversIsNoReasonToOrderAgain) {
  settings_.certificates.front().names = {"home.example", "*.home.example", "www.home.example"};
  for (int start = 0; start < 3; ++start) EXPECT_FALSE(pass().failed);
  EXPECT_EQ(orders_, 1);
}

TEST_F(Pass, AFailedDeploymentIsRetriedAloneAndNeverOrders) {
  nas_error_ = Error{.code = ErrorCode::Unreachable, .what = "off"};
  for (int day = 0; day < 20; ++day) {
    EXPECT_TRUE(pass().failed);
    clock_.advance(days(1));
  }
  EXPECT_EQ(orders_, 1);
  EXPECT_EQ(deployments_, 20);
  nas_error_.reset();
  EXPECT_FALSE(pass().failed);
}

TEST_F(Pass, AFullDiskOrdersNothing) {
  disk_.refuseWrites(
      Error{.code = ErrorCode::Storage, .what = "cannot write: No space left on device", .hint = "free some space"});
  const PassResult outcome = pass();
  EXPECT_TRUE(outcome.failed);
  EXPECT_EQ(orders_, 0);
  EXPECT_TRUE(log_.contains("nothing is ordered"));
  EXPECT_EQ(worstOf(outcome.facts), Severity::Alarm);
  EXPECT_TRUE(log_.contains("No space left on device"));
}

TEST_F(Pass, AMonthOfSuspendIsMadeUpForAtOnce) {
  EXPECT_FALSE(pass().failed);
  clock_.jumpTo(kTestStart + days(65));
  EXPECT_FALSE(pass().failed);
  EXPECT_EQ(orders_, 2);
  EXPECT_EQ(deployments_, 2);
}

TEST_F(Pass, AClockThatWasTenYearsAheadHoldsNothingBackOnceItIsRight) {
  clock_.jumpTo(kTestStart + days(3650));
  ca_error_ = Error{.code = ErrorCode::Untrusted, .what = "the CA's certificate has expired"};
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(pass().failed);
    clock_.advance(days(1));
  }
  clock_.jumpTo(kTestStart);
  ca_error_.reset();
  EXPECT_FALSE(pass().failed);
  EXPECT_EQ(deployments_, 1);
}

TEST_F(Pass, AClockThatGoesADayBackAsksNobodyTwice) {
  EXPECT_FALSE(pass().failed);
  clock_.jumpTo(kTestStart - days(1));
  EXPECT_FALSE(pass().failed);
  EXPECT_EQ(orders_, 1);
}

// Without its record a certificate had no renewal time, so nothing happened before it had expired.
TEST_F(Pass, ACertificateWhoseRecordIsLostIsRenewedInTime) {
  EXPECT_FALSE(pass().failed);
  ASSERT_TRUE(disk_.writeSynced("/data/certificates/home.example/record.json", "{\"half", 0600));
  EXPECT_FALSE(pass().failed);
  EXPECT_EQ(orders_, 1);
  clock_.jumpTo(kTestStart + days(62));
  EXPECT_FALSE(pass().failed);
  EXPECT_EQ(orders_, 2);
}

// The power goes at each change of a whole first pass: what is there afterwards is good for the rest.
TEST_F(Pass, APowerCutAnywhereLeavesAStateTheNextPassFinishesFrom) {
  for (const auto unsynced : {CrashingFileSystem::Unsynced::Dropped, CrashingFileSystem::Unsynced::Kept}) {
    for (int step = 0;; ++step) {
      SCOPED_TRACE(step);
      ASSERT_LT(step, 1000);
      disk_.remove("/data").value();
      disk_.cutPowerAt(step);
      const bool undisturbed = !pass().failed;
      disk_.restart(unsynced);
      clock_.advance(minutes(2));
      EXPECT_FALSE(pass().failed);
      EXPECT_FALSE(log_.contains("set aside"));
      clock_.advance(days(8));
      if (undisturbed) break;
    }
  }
}

}  // namespace
}  // namespace sidecert::app
