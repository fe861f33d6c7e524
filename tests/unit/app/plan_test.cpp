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

TEST(Plan, LooksAtDnsAWeekAfterItWasLastSeen) {
  const config::CertificateSettings wanted = oneCertificate();
  EXPECT_FALSE(plan(wanted, current(), record(), kPlanToday + days(7) - minutes(1)).look_at_dns);
  EXPECT_TRUE(plan(wanted, current(), record(), kPlanToday + days(7)).look_at_dns);
  Record never = record();
  never.dns = {};
  EXPECT_TRUE(plan(wanted, current(), never, kPlanToday).look_at_dns);
  Record from_another_clock = record();
  recordDnsSeen(from_another_clock, wanted, kPlanToday + days(3650));
  EXPECT_TRUE(plan(wanted, current(), from_another_clock, kPlanToday).look_at_dns);
  config::CertificateSettings changed = wanted;
  changed.basis = Secret("another token");
  EXPECT_TRUE(plan(changed, current(), record(), kPlanToday).look_at_dns);
}

TEST(Plan, DoesNotLookAtDnsWhereAnOrderFindsOutOrNobodyIsAsked) {
  Record never = record();
  never.dns = {};
  EXPECT_FALSE(plan(oneCertificate(), std::nullopt, never, kPlanToday).look_at_dns);
  EXPECT_FALSE(plan(oneCertificate(), current(), never, kPlanToday + days(51)).look_at_dns);
  config::CertificateSettings standing_record = oneCertificate();
  standing_record.providers.clear();
  EXPECT_FALSE(plan(standing_record, current(), never, kPlanToday).look_at_dns);
  config::CertificateSettings files = oneCertificate();
  files.deploy_from = "/certs";
  EXPECT_FALSE(plan(files, current(), never, kPlanToday).look_at_dns);
}

TEST(Plan, OrdersWhenThereIsNoCertificate) {
  const Plan due = plan(oneCertificate(), std::nullopt, {}, kPlanToday);
  EXPECT_TRUE(due.order);
  EXPECT_EQ(due.wake, kPlanToday);
  EXPECT_THAT(due.deploy, IsEmpty());
}

TEST(Plan, DoesNothingWhileNothingIsDue) {
  const Plan due = plan(oneCertificate(), current(), record(), kPlanToday);
  EXPECT_FALSE(due.order);
  EXPECT_FALSE(due.ask_advice);
  EXPECT_EQ(due.wake, kPlanToday + hours(6));
}

TEST(Plan, RenewsAtTheChosenInstantAndNotBefore) {
  EXPECT_FALSE(plan(oneCertificate(), current(), record(), kPlanToday + days(50) - std::chrono::milliseconds(1)).order);
  EXPECT_TRUE(plan(oneCertificate(), current(), record(), kPlanToday + days(50)).order);
}

// Once ordered again at every pass: the order leaves out what a wildcard covers, and some CAs add names of their own.
TEST(Plan, NothingButARevocationOrdersAgainBeforeTheLeastAge) {
  Record advised_at_once = record();
  advised_at_once.issued = kPlanToday;
  advised_at_once.renewal.at = kPlanToday;
  advised_at_once.renewal.ask_again = kPlanToday + days(2);
  EXPECT_FALSE(plan(oneCertificate(), current(), advised_at_once, kPlanToday + hours(23)).order);
  EXPECT_EQ(plan(oneCertificate(), current(), advised_at_once, kPlanToday + hours(23)).wake, kPlanToday + days(1));
  EXPECT_TRUE(plan(oneCertificate(), current(), advised_at_once, kPlanToday + days(1)).order);
  Record revoked = advised_at_once;
  revoked.revoked = kPlanToday;
  EXPECT_TRUE(plan(oneCertificate(), current(), revoked, kPlanToday + hours(1)).order);
}

TEST(Plan, AClockThatIsFarAheadDoesNotOrderAgainWhatWasJustIssued) {
  Record just_issued = record();
  just_issued.issued = kPlanToday + days(900);
  EXPECT_FALSE(plan(oneCertificate(), current(), just_issued, kPlanToday + days(900) + minutes(1)).order);
  EXPECT_TRUE(plan(oneCertificate(), current(), just_issued, kPlanToday + days(902)).order);
}

TEST(Plan, TakesANameThatAWildcardCoversForCovered) {
  auto wanted = oneCertificate();
  wanted.names.emplace_back("nas.home.example");
  EXPECT_FALSE(plan(wanted, current(), record(), kPlanToday).order);
}

TEST(Plan, TakesNamesTheCaAddedForNoChange) {
  Record known = record();
  known.names = oneCertificate().names;
  Current issued = current();
  issued.names.emplace_back("www.home.test");
  EXPECT_FALSE(plan(oneCertificate(), issued, known, kPlanToday).order);
}

// A record that was lost once meant that nothing was renewed before it had expired.
TEST(Plan, RenewsByTheCertificatesOwnDatesWithoutARecord) {
  EXPECT_FALSE(plan(oneCertificate(), current(), {}, kPlanToday).order);
  EXPECT_TRUE(plan(oneCertificate(), current(), {}, kPlanToday + days(51)).order);
}

// A kill between storing the new certificate and saving the record once ordered another.
TEST(Plan, DoesNotRenewANewCertificateByWhatWasSaidOfTheOldOne) {
  Record about_the_old = record();
  about_the_old.leaf = "old";
  about_the_old.renewal.at = kPlanToday - hours(1);
  const Plan due = plan(oneCertificate(), current(), about_the_old, kPlanToday);
  EXPECT_FALSE(due.order);
  EXPECT_TRUE(due.ask_advice);
}

// The process ends for that alone; everything else happens in place.
TEST(Plan, TellsTheWakeForARenewalFromEveryOther) {
  Record known = record();
  const TimePoint day_before = kPlanToday + days(49) + hours(12);
  known.renewal.ask_again = day_before + hours(20);
  recordDnsSeen(known, oneCertificate(), day_before);
  EXPECT_TRUE(plan(oneCertificate(), current(), known, day_before).wake_to_order);
  known.renewal.ask_again = day_before + hours(1);
  EXPECT_FALSE(plan(oneCertificate(), current(), known, day_before).wake_to_order) << "the CA's advice comes first";
  known.issuing.settings = issuingDigest(oneCertificate());
  recordFailure(known.issuing, {.code = ErrorCode::Unreachable, .what = "x", .hint = {}}, kPlanToday + days(51),
                std::nullopt);
  const Plan retry = plan(oneCertificate(), current(), known, kPlanToday + days(51));
  EXPECT_FALSE(retry.wake_to_order) << "a retry";
  EXPECT_TRUE(plan(oneCertificate(), current(), record(), kPlanToday + days(51)).wake_to_order)
      << "what the advice made due";
}

// A failure noted while the clock was ten years ahead once held orders back for ten years.
TEST(Plan, IsNotHeldByAFailureFromTheFuture) {
  Record known = record();
  known.issuing.settings = issuingDigest(oneCertificate());
  recordFailure(known.issuing, {.code = ErrorCode::Unreachable, .what = "x", .hint = {}}, kPlanToday + days(3650),
                std::nullopt);
  EXPECT_TRUE(plan(oneCertificate(), std::nullopt, known, kPlanToday).order);
}

TEST(Plan, OrdersWhenNamesKeyOrCaChanged) {
  auto names = oneCertificate();
  names.names.emplace_back("other.example");
  EXPECT_THAT(plan(names, current(), record(), kPlanToday).order_reason, HasSubstr("ACME_DOMAINS"));
  auto key = oneCertificate();
  key.key_length = config::KeyLength::Rsa2048;
  EXPECT_THAT(plan(key, current(), record(), kPlanToday).order_reason, HasSubstr("ACME_KEYLENGTH"));
  auto server = oneCertificate();
  server.servers = {"https://other.example/dir"};
  EXPECT_THAT(plan(server, current(), record(), kPlanToday).order_reason, HasSubstr("ACME_SERVER"));
}

TEST(Plan, HoldsAnOrderBackAfterAFailureWhateverRestarts) {
  Record failed;
  failed.issuing.settings = issuingDigest(oneCertificate());
  recordFailure(failed.issuing, {.code = ErrorCode::Refused, .what = "no"}, kPlanToday, std::nullopt);
  const Plan due = plan(oneCertificate(), std::nullopt, failed, kPlanToday + minutes(1) - std::chrono::milliseconds(1));
  EXPECT_FALSE(due.order);
  EXPECT_FALSE(due.order_reason.empty());
  EXPECT_EQ(due.wake, kPlanToday + minutes(1));
  EXPECT_TRUE(plan(oneCertificate(), std::nullopt, failed, kPlanToday + minutes(1)).order);
}

TEST(Plan, ChangedSettingsMakeAFreshStart) {
  Record failed;
  failed.issuing.settings = issuingDigest(oneCertificate());
  for (int i = 0; i < 5; ++i)
    recordFailure(failed.issuing, {.code = ErrorCode::Refused, .what = "no"}, kPlanToday, std::nullopt);
  auto mended = oneCertificate();
  mended.basis = Secret("the right token");
  EXPECT_FALSE(plan(oneCertificate(), std::nullopt, failed, kPlanToday).order);
  EXPECT_TRUE(plan(mended, std::nullopt, failed, kPlanToday).order);
}

TEST(Plan, DeploysWhatANasHasNotGot) {
  EXPECT_THAT(plan(settingsWithNas(), current(), record(), kPlanToday).deploy, ElementsAre("localhost:5000"));
}

TEST(Plan, LeavesANasAloneThatHasIt) {
  Record known = record();
  Target& target = known.targets["localhost:5000"];
  target.sha256 = "aa";
  target.attempts.settings = targetDigest(settingsWithNas().targets.front());
  target.check = kPlanToday + days(1);
  EXPECT_THAT(plan(settingsWithNas(), current(), known, kPlanToday).deploy, IsEmpty());
  EXPECT_THAT(plan(settingsWithNas(), current(), known, kPlanToday + days(1)).deploy, ElementsAre("localhost:5000"));
}

TEST(Plan, AFailedDeploymentNeverOrders) {
  Record known = record();
  Target& target = known.targets["localhost:5000"];
  target.attempts.settings = targetDigest(settingsWithNas().targets.front());
  recordVisitFailure(target.attempts, {.code = ErrorCode::Unreachable, .what = "down"}, kPlanToday, current().not_after);
  const Plan due = plan(settingsWithNas(), current(), known, kPlanToday);
  EXPECT_FALSE(due.order);
  EXPECT_THAT(due.deploy, IsEmpty());
  EXPECT_EQ(due.wake, kPlanToday + minutes(1));
}

TEST(Plan, AnExpiredCertificateIsNotDeployed) {
  const Plan due = plan(settingsWithNas(), current(), record(), kPlanToday + days(81));
  EXPECT_TRUE(due.order);
  EXPECT_THAT(due.deploy, IsEmpty());
}

TEST(Plan, OrdersNothingWhenTheFilesAreMadeElsewhere) {
  auto wanted = settingsWithNas();
  wanted.names.clear();
  wanted.deploy_from = "/certs";
  EXPECT_FALSE(plan(wanted, std::nullopt, {}, kPlanToday).order);
  const Plan due = plan(wanted, current(), {}, kPlanToday + days(79));
  EXPECT_FALSE(due.order);
  EXPECT_FALSE(due.ask_advice);
  EXPECT_THAT(due.deploy, ElementsAre("localhost:5000"));
}

}  // namespace
}  // namespace sidecert::app
