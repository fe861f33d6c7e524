#include "app/plan/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/plan/deploy_window.h"

namespace sidecert::app {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr TimePoint kToday = std::chrono::sys_days{std::chrono::year{2026} / 3 / 1};

config::CertificateSettings oneCertificate() {
  config::CertificateSettings wanted;
  wanted.names = {"home.example", "*.home.example"};
  wanted.servers = {"https://ca.example/dir"};
  wanted.providers = {{.zone = "", .provider = "dns_cf"}};
  return wanted;
}

config::CertificateSettings settingsWithNas() {
  config::CertificateSettings wanted = oneCertificate();
  config::NasSettings nas;
  nas.username = "u";
  nas.password = Secret("p");
  wanted.targets.push_back(nas);
  return wanted;
}

Current current() {
  return {.names = {"*.home.example", "home.example"},
          .not_before = kToday - days(10),
          .not_after = kToday + days(80),
          .sha256 = "aa",
          .key_type = "EC P-256"};
}

Record record() {
  Record known;
  known.leaf = "aa";
  known.directory = "https://ca.example/dir";
  known.renewal.at = kToday + days(50);
  known.renewal.ask_again = kToday + hours(6);
  recordDnsSeen(known, oneCertificate(), kToday);
  return known;
}

Plan plan(const config::CertificateSettings& wanted, const std::optional<Current>& kept, const Record& known,
          TimePoint now) {
  return plan(wanted, Known{.current = kept, .record = known, .ledger = {}}, now, 0.5);
}

TEST(Plan, LooksAtDnsAWeekAfterItWasLastSeen) {
  const config::CertificateSettings wanted = oneCertificate();
  EXPECT_FALSE(plan(wanted, current(), record(), kToday + days(7) - minutes(1)).look_at_dns);
  EXPECT_TRUE(plan(wanted, current(), record(), kToday + days(7)).look_at_dns);
  Record never = record();
  never.dns = {};
  EXPECT_TRUE(plan(wanted, current(), never, kToday).look_at_dns);
  Record from_another_clock = record();
  recordDnsSeen(from_another_clock, wanted, kToday + days(3650));
  EXPECT_TRUE(plan(wanted, current(), from_another_clock, kToday).look_at_dns);
  config::CertificateSettings changed = wanted;
  changed.basis = Secret("another token");
  EXPECT_TRUE(plan(changed, current(), record(), kToday).look_at_dns);
}

TEST(Plan, DoesNotLookAtDnsWhereAnOrderFindsOutOrNobodyIsAsked) {
  Record never = record();
  never.dns = {};
  EXPECT_FALSE(plan(oneCertificate(), std::nullopt, never, kToday).look_at_dns);
  EXPECT_FALSE(plan(oneCertificate(), current(), never, kToday + days(51)).look_at_dns);
  config::CertificateSettings standing_record = oneCertificate();
  standing_record.providers.clear();
  EXPECT_FALSE(plan(standing_record, current(), never, kToday).look_at_dns);
  config::CertificateSettings files = oneCertificate();
  files.deploy_from = "/certs";
  EXPECT_FALSE(plan(files, current(), never, kToday).look_at_dns);
}

TEST(Plan, OrdersWhenThereIsNoCertificate) {
  const Plan due = plan(oneCertificate(), std::nullopt, {}, kToday);
  EXPECT_TRUE(due.order);
  EXPECT_EQ(due.wake, kToday);
  EXPECT_THAT(due.deploy, IsEmpty());
}

TEST(Plan, DoesNothingWhileNothingIsDue) {
  const Plan due = plan(oneCertificate(), current(), record(), kToday);
  EXPECT_FALSE(due.order);
  EXPECT_FALSE(due.ask_advice);
  EXPECT_EQ(due.wake, kToday + hours(6));
}

TEST(Plan, RenewsAtTheChosenInstantAndNotBefore) {
  EXPECT_FALSE(plan(oneCertificate(), current(), record(), kToday + days(50) - std::chrono::milliseconds(1)).order);
  EXPECT_TRUE(plan(oneCertificate(), current(), record(), kToday + days(50)).order);
}

// Once ordered again at every pass: the order leaves out what a wildcard covers, and some CAs add names of their own.
TEST(Plan, NothingButARevocationOrdersAgainBeforeTheLeastAge) {
  Record advised_at_once = record();
  advised_at_once.issued = kToday;
  advised_at_once.renewal.at = kToday;
  advised_at_once.renewal.ask_again = kToday + days(2);
  EXPECT_FALSE(plan(oneCertificate(), current(), advised_at_once, kToday + hours(23)).order);
  EXPECT_EQ(plan(oneCertificate(), current(), advised_at_once, kToday + hours(23)).wake, kToday + days(1));
  EXPECT_TRUE(plan(oneCertificate(), current(), advised_at_once, kToday + days(1)).order);
  Record revoked = advised_at_once;
  revoked.revoked = kToday;
  EXPECT_TRUE(plan(oneCertificate(), current(), revoked, kToday + hours(1)).order);
}

TEST(Plan, AClockThatIsFarAheadDoesNotOrderAgainWhatWasJustIssued) {
  Record just_issued = record();
  just_issued.issued = kToday + days(900);
  EXPECT_FALSE(plan(oneCertificate(), current(), just_issued, kToday + days(900) + minutes(1)).order);
  EXPECT_TRUE(plan(oneCertificate(), current(), just_issued, kToday + days(902)).order);
}

TEST(Plan, TakesANameThatAWildcardCoversForCovered) {
  auto wanted = oneCertificate();
  wanted.names.emplace_back("nas.home.example");
  EXPECT_FALSE(plan(wanted, current(), record(), kToday).order);
}

TEST(Plan, TakesNamesTheCaAddedForNoChange) {
  Record known = record();
  known.names = oneCertificate().names;
  Current issued = current();
  issued.names.emplace_back("www.home.test");
  EXPECT_FALSE(plan(oneCertificate(), issued, known, kToday).order);
}

// A record that was lost once meant that nothing was renewed before it had expired.
TEST(Plan, RenewsByTheCertificatesOwnDatesWithoutARecord) {
  EXPECT_FALSE(plan(oneCertificate(), current(), {}, kToday).order);
  EXPECT_TRUE(plan(oneCertificate(), current(), {}, kToday + days(51)).order);
}

// A kill between storing the new certificate and saving the record once ordered another.
TEST(Plan, DoesNotRenewANewCertificateByWhatWasSaidOfTheOldOne) {
  Record about_the_old = record();
  about_the_old.leaf = "old";
  about_the_old.renewal.at = kToday - hours(1);
  const Plan due = plan(oneCertificate(), current(), about_the_old, kToday);
  EXPECT_FALSE(due.order);
  EXPECT_TRUE(due.ask_advice);
}

// The process ends for that alone; everything else happens in place.
TEST(Plan, TellsTheWakeForARenewalFromEveryOther) {
  Record known = record();
  const TimePoint day_before = kToday + days(49) + hours(12);
  known.renewal.ask_again = day_before + hours(20);
  recordDnsSeen(known, oneCertificate(), day_before);
  EXPECT_TRUE(plan(oneCertificate(), current(), known, day_before).wake_to_order);
  known.renewal.ask_again = day_before + hours(1);
  EXPECT_FALSE(plan(oneCertificate(), current(), known, day_before).wake_to_order) << "the CA's advice comes first";
  known.issuing.settings = issuingDigest(oneCertificate());
  recordFailure(known.issuing, {.code = ErrorCode::Unreachable, .what = "x", .hint = {}}, kToday + days(51), std::nullopt);
  const Plan retry = plan(oneCertificate(), current(), known, kToday + days(51));
  EXPECT_FALSE(retry.wake_to_order) << "a retry";
  EXPECT_TRUE(plan(oneCertificate(), current(), record(), kToday + days(51)).wake_to_order) << "what the advice made due";
}

// A failure noted while the clock was ten years ahead once held orders back for ten years.
TEST(Plan, IsNotHeldByAFailureFromTheFuture) {
  Record known = record();
  known.issuing.settings = issuingDigest(oneCertificate());
  recordFailure(known.issuing, {.code = ErrorCode::Unreachable, .what = "x", .hint = {}}, kToday + days(3650), std::nullopt);
  EXPECT_TRUE(plan(oneCertificate(), std::nullopt, known, kToday).order);
}

TEST(Plan, OrdersWhenNamesKeyOrCaChanged) {
  auto names = oneCertificate();
  names.names.emplace_back("other.example");
  EXPECT_THAT(plan(names, current(), record(), kToday).order_reason, HasSubstr("ACME_DOMAINS"));
  auto key = oneCertificate();
  key.key_length = config::KeyLength::Rsa2048;
  EXPECT_THAT(plan(key, current(), record(), kToday).order_reason, HasSubstr("ACME_KEYLENGTH"));
  auto server = oneCertificate();
  server.servers = {"https://other.example/dir"};
  EXPECT_THAT(plan(server, current(), record(), kToday).order_reason, HasSubstr("ACME_SERVER"));
}

TEST(Plan, HoldsAnOrderBackAfterAFailureWhateverRestarts) {
  Record failed;
  failed.issuing.settings = issuingDigest(oneCertificate());
  recordFailure(failed.issuing, {.code = ErrorCode::Refused, .what = "no"}, kToday, std::nullopt);
  const Plan due = plan(oneCertificate(), std::nullopt, failed, kToday + minutes(1) - std::chrono::milliseconds(1));
  EXPECT_FALSE(due.order);
  EXPECT_FALSE(due.order_reason.empty());
  EXPECT_EQ(due.wake, kToday + minutes(1));
  EXPECT_TRUE(plan(oneCertificate(), std::nullopt, failed, kToday + minutes(1)).order);
}

TEST(Plan, ChangedSettingsMakeAFreshStart) {
  Record failed;
  failed.issuing.settings = issuingDigest(oneCertificate());
  for (int i = 0; i < 5; ++i)
    recordFailure(failed.issuing, {.code = ErrorCode::Refused, .what = "no"}, kToday, std::nullopt);
  auto mended = oneCertificate();
  mended.basis = Secret("the right token");
  EXPECT_FALSE(plan(oneCertificate(), std::nullopt, failed, kToday).order);
  EXPECT_TRUE(plan(mended, std::nullopt, failed, kToday).order);
}

TEST(Plan, DeploysWhatANasHasNotGot) {
  EXPECT_THAT(plan(settingsWithNas(), current(), record(), kToday).deploy, ElementsAre("localhost:5000"));
}

TEST(Plan, LeavesANasAloneThatHasIt) {
  Record known = record();
  Target& target = known.targets["localhost:5000"];
  target.sha256 = "aa";
  target.attempts.settings = targetDigest(settingsWithNas().targets.front());
  target.check = kToday + days(1);
  EXPECT_THAT(plan(settingsWithNas(), current(), known, kToday).deploy, IsEmpty());
  EXPECT_THAT(plan(settingsWithNas(), current(), known, kToday + days(1)).deploy, ElementsAre("localhost:5000"));
}

TEST(Plan, AFailedDeploymentNeverOrders) {
  Record known = record();
  Target& target = known.targets["localhost:5000"];
  target.attempts.settings = targetDigest(settingsWithNas().targets.front());
  recordVisitFailure(target.attempts, {.code = ErrorCode::Unreachable, .what = "down"}, kToday, current().not_after);
  const Plan due = plan(settingsWithNas(), current(), known, kToday);
  EXPECT_FALSE(due.order);
  EXPECT_THAT(due.deploy, IsEmpty());
  EXPECT_EQ(due.wake, kToday + minutes(1));
}

TEST(Plan, AnExpiredCertificateIsNotDeployed) {
  const Plan due = plan(settingsWithNas(), current(), record(), kToday + days(81));
  EXPECT_TRUE(due.order);
  EXPECT_THAT(due.deploy, IsEmpty());
}

// SYNO_DEPLOY_WINDOW 02:00-05:00, one hour east of UTC; kToday is 01:00 there.
config::CertificateSettings settingsWithWindow() {
  auto wanted = settingsWithNas();
  wanted.targets.front().deploy_window = {.begin = hours(2), .end = hours(5), .utc_offset = hours(1)};
  return wanted;
}

TEST(DeployWindow, OpensAtItsLocalTimeAndIsOpenUntilItsEnd) {
  const config::DeployWindow window{.begin = hours(2), .end = hours(5), .utc_offset = hours(1)};
  EXPECT_EQ(windowOpens(window, kToday), kToday + hours(1));
  EXPECT_EQ(windowOpens(window, kToday + hours(1)), kToday + hours(1));
  EXPECT_EQ(windowOpens(window, kToday + hours(4) - minutes(1)), kToday + hours(4) - minutes(1));
  EXPECT_EQ(windowOpens(window, kToday + hours(4)), kToday + hours(25));
}

TEST(DeployWindow, MayCrossMidnight) {
  const config::DeployWindow window{.begin = hours(23), .end = hours(1)};
  EXPECT_EQ(windowOpens(window, kToday), kToday);
  EXPECT_EQ(windowOpens(window, kToday + hours(23) + minutes(30)), kToday + hours(23) + minutes(30));
  EXPECT_EQ(windowOpens(window, kToday + hours(1)), kToday + hours(23));
}

TEST(Plan, ImportsInsideTheOwnersWindow) {
  const Plan before = plan(settingsWithWindow(), current(), record(), kToday);
  EXPECT_THAT(before.deploy, IsEmpty());
  EXPECT_EQ(before.wake, kToday + hours(1));
  EXPECT_THAT(before.wake_reason, HasSubstr("SYNO_DEPLOY_WINDOW"));
  EXPECT_THAT(plan(settingsWithWindow(), current(), record(), kToday + hours(1)).deploy, ElementsAre("localhost:5000"));
}

TEST(Plan, NeverWaitsForTheWindowLongerThanAThirdOfTheLife) {
  // 36 hours of life, issued after the window closed: the next opens when more than half of it is gone.
  Current brief = current();
  brief.not_before = kToday + hours(5);
  brief.not_after = kToday + hours(41);
  Record known = record();
  known.issued = kToday + hours(5);
  EXPECT_THAT(plan(settingsWithWindow(), brief, known, kToday + hours(17) - minutes(1)).deploy, IsEmpty());
  EXPECT_EQ(plan(settingsWithWindow(), brief, known, kToday + hours(6)).wake, kToday + hours(6));  // the CA's advice first
  EXPECT_THAT(plan(settingsWithWindow(), brief, known, kToday + hours(17)).deploy, ElementsAre("localhost:5000"));
}

TEST(Plan, RepairsInsideTheWindowOrAfterADay) {
  Record known = record();
  known.renewal.ask_again = kToday + hours(30);
  Target& target = known.targets["localhost:5000"];
  target.sha256 = "aa";
  target.attempts.settings = targetDigest(settingsWithWindow().targets.front());
  target.check = kToday + hours(6);  // the window of that day is over
  EXPECT_THAT(plan(settingsWithWindow(), current(), known, kToday + hours(6)).deploy, IsEmpty());
  EXPECT_EQ(plan(settingsWithWindow(), current(), known, kToday + hours(6)).wake, kToday + hours(25));
  EXPECT_THAT(plan(settingsWithWindow(), current(), known, kToday + hours(25)).deploy, ElementsAre("localhost:5000"));
  EXPECT_THAT(plan(settingsWithWindow(), current(), known, kToday + hours(31)).deploy, ElementsAre("localhost:5000"));
}

TEST(Plan, OrdersNothingWhenTheFilesAreMadeElsewhere) {
  auto wanted = settingsWithNas();
  wanted.names.clear();
  wanted.deploy_from = "/certs";
  EXPECT_FALSE(plan(wanted, std::nullopt, {}, kToday).order);
  const Plan due = plan(wanted, current(), {}, kToday + days(79));
  EXPECT_FALSE(due.order);
  EXPECT_FALSE(due.ask_advice);
  EXPECT_THAT(due.deploy, ElementsAre("localhost:5000"));
}

TEST(RecordFailure, WaitsOneTenAndAHundredMinutesThenADay) {
  Attempts attempts;
  std::vector<Duration> pauses;
  for (int i = 0; i < 5; ++i) {
    recordFailure(attempts, {.code = ErrorCode::Unreachable, .what = "x"}, kToday, std::nullopt);
    pauses.push_back(*attempts.next - kToday);
  }
  EXPECT_THAT(pauses, ElementsAre(minutes(1), minutes(10), minutes(100), hours(24), hours(24)));
  EXPECT_EQ(attempts.failures, 5);
}

TEST(RecordFailure, ComesSoonerWhenTheCertificateIsNearItsEnd) {
  Attempts attempts{.failures = 7};
  recordFailure(attempts, {.code = ErrorCode::Unreachable, .what = "x"}, kToday, kToday + hours(80));
  EXPECT_EQ(*attempts.next - kToday, hours(10));
}

TEST(RecordFailure, ObeysRetryAfterButNotBeyondTheExpiry) {
  Attempts first;
  recordFailure(first, {.code = ErrorCode::RateLimited, .what = "x", .retry_after = hours(30)}, kToday, std::nullopt);
  EXPECT_EQ(*first.next - kToday, hours(30));
  Attempts second;
  recordFailure(second, {.code = ErrorCode::RateLimited, .what = "x", .retry_after = days(365)}, kToday, kToday + hours(20));
  EXPECT_EQ(*second.next - kToday, hours(10));
}

TEST(RecordFailure, ARefusedLoginWaitsADayAtOnce) {
  Attempts attempts;
  recordVisitFailure(attempts, {.code = ErrorCode::Refused, .what = "wrong password"}, kToday, kToday + days(3));
  EXPECT_EQ(*attempts.next - kToday, hours(24));
}

TEST(LocalRenewal, LeavesAThirdOfTheLifeAndNeverFallsDueAtOnce) {
  const Current fresh{.names = {}, .not_before = kToday, .not_after = kToday + days(90), .sha256 = "", .key_type = ""};
  EXPECT_EQ(localRenewal(oneCertificate(), fresh, 0.0), kToday + days(60));
  auto eager = oneCertificate();
  eager.renew_days = days(300);
  EXPECT_EQ(localRenewal(eager, fresh, 0.0), kToday + hours(90 * 6));
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
