// What is found between renewals: a DNS provider that no longer lets us in, a certificate that was taken back, strange
// files.
#include "unit/app/pass_fixture.h"

namespace sidecert::app {
namespace {

using sidecert::testing::kTestStart;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using ::testing::HasSubstr;

TEST_F(Pass, LooksAtDnsOnceAWeekBetweenRenewals) {
  EXPECT_FALSE(pass().failed);
  for (int day = 1; day <= 29; ++day) {
    clock_.jumpTo(kTestStart + days(day) + minutes(1));
    EXPECT_FALSE(pass().failed);
  }
  EXPECT_EQ(orders_, 1);
  EXPECT_EQ(looks_at_dns_, 4);
}

TEST_F(Pass, ATokenThatDiedIsKnownBeforeTheRenewal) {
  EXPECT_FALSE(pass().failed);
  dns_error_ = Error{.code = ErrorCode::Settings, .what = "the provider refuses the token", .hint = "check CF_Token"};
  clock_.jumpTo(kTestStart + days(8));
  EXPECT_TRUE(pass().failed);
  EXPECT_TRUE(log_.contains("a renewal would fail at the DNS provider: the provider refuses the token"));

  // Asked once a day at most, and at once when the owner has changed something.
  EXPECT_FALSE(isHealthy(pass().facts));
  EXPECT_EQ(looks_at_dns_, 1);
  EXPECT_TRUE(log_.contains("still: home.example: a renewal would fail at the DNS provider"));
  dns_error_.reset();
  settings_.certificates.front().basis = Secret("another token");
  EXPECT_TRUE(isHealthy(pass().facts));
  EXPECT_EQ(looks_at_dns_, 2);
  EXPECT_EQ(orders_, 1);
}

TEST_F(Pass, WhereAnOrderIsDueItSaysWhatIsWrongAndTheOldLookDoesNot) {
  EXPECT_FALSE(pass().failed);
  dns_error_ = Error{.code = ErrorCode::Settings, .what = "the provider refuses the token"};
  clock_.jumpTo(kTestStart + days(8));
  EXPECT_TRUE(pass().failed);
  ca_error_ = Error{.code = ErrorCode::Settings, .what = "the provider refuses the token, says the order"};
  clock_.jumpTo(kTestStart + days(65));
  EXPECT_TRUE(pass().failed);
  EXPECT_TRUE(log_.contains("says the order"));
  EXPECT_EQ(looks_at_dns_, 1);
}

TEST_F(Pass, AProviderThatIsNoLongerUsedIsForgotten) {
  EXPECT_FALSE(pass().failed);
  dns_error_ = Error{.code = ErrorCode::Settings, .what = "the provider refuses the token"};
  clock_.jumpTo(kTestStart + days(8));
  EXPECT_TRUE(pass().failed);
  settings_.certificates.front().challenge = config::ChallengeKind::DnsPersist01;
  settings_.certificates.front().providers.clear();
  EXPECT_TRUE(isHealthy(pass().facts));
}

TEST_F(Pass, AProviderThatIsAwayForAnHourAlarmsNobody) {
  EXPECT_FALSE(pass().failed);
  dns_error_ = Error{.code = ErrorCode::Unreachable, .what = "away"};
  clock_.jumpTo(kTestStart + days(8));
  const PassResult outcome = pass();
  EXPECT_TRUE(outcome.failed);
  EXPECT_EQ(outcome.wake, clock_.now() + minutes(1));
  EXPECT_TRUE(isHealthy(outcome.facts));
}

bool says(const PassResult& outcome, FactKind kind) {
  return std::ranges::contains(outcome.facts, kind, &Fact::kind);
}

acme::RenewalAdvice advice(TimePoint start, TimePoint end) {
  return {.window = {.start = start, .end = end, .explanation_url = "https://ca.example/incident"}, .ask_again = hours(6)};
}

// It was "healthy, valid until …": what another program, a person at the CA's web site or the CA itself takes back is
// known by the CA's list alone.
TEST_F(Pass, ACertificateThatTheCaTookBackIsSaidUnhealthyAndReplacedAtOnceWithAnotherKey) {
  settings_.certificates.front().reuse_key = true;
  EXPECT_FALSE(pass().failed);
  revoked_leaf_ = last_leaf_;
  clock_.jumpTo(kTestStart + hours(3));
  advice_ = advice(kTestStart + hours(1), kTestStart + hours(2));
  clock_.jumpTo(kTestStart + days(1) - hours(1));
  PassResult outcome = pass();
  for (int look = 0; look < 5 && !says(outcome, FactKind::Revoked); ++look) {
    clock_.jumpTo(outcome.wake);
    outcome = pass();
  }
  ASSERT_TRUE(says(outcome, FactKind::Revoked));
  EXPECT_FALSE(isHealthy(outcome.facts));
  EXPECT_EQ(outcome.wake, clock_.now());
  EXPECT_TRUE(outcome.wake_to_order);
  outcome = pass();
  EXPECT_FALSE(says(outcome, FactKind::Revoked));
  EXPECT_TRUE(isHealthy(outcome.facts));
  EXPECT_EQ(orders_, 2);
  EXPECT_THAT(reused_, ::testing::ElementsAre(false, false));
}

TEST_F(Pass, ACaThatWantsARenewalSoonIsNotAskedForItsRevocationList) {
  EXPECT_FALSE(pass().failed);
  const int looks = looks_for_revocation_;
  advice_ = advice(kTestStart + days(40), kTestStart + days(41));
  for (int day = 1; day < 5; ++day) {
    clock_.jumpTo(kTestStart + days(day) + hours(1));
    EXPECT_FALSE(says(pass(), FactKind::Revoked));
  }
  EXPECT_EQ(looks_for_revocation_, looks);
  EXPECT_EQ(orders_, 1);
}

// A file such as .DS_Store, or a folder of a newer program, broke health, status and all messages, and every pass.
TEST_F(Pass, WhatLiesInTheFolderAndIsNotOursBreaksNothing) {
  config::CertificateSettings other = settings_.certificates.front();
  other.names = {"shop.example"};
  settings_.certificates.push_back(other);
  for (const char* stray : {"/data/certificates/.DS_Store", "/data/certificates/notes.txt"})
    ASSERT_TRUE(disk_.makeDirectories("/data/certificates", 0700) && disk_.writeSynced(stray, "Bud1", 0600));
  ASSERT_TRUE(disk_.makeDirectories("/data/certificates/home.example", 0700));
  ASSERT_TRUE(disk_.writeSynced("/data/certificates/home.example/record.json", R"({"schema": 99})", 0600));
  const PassResult result = pass();
  EXPECT_EQ(orders_, 1) << "for shop.example";
  EXPECT_EQ(deployments_, 1);
  EXPECT_TRUE(says(result, FactKind::Unreadable));
  EXPECT_TRUE(says(result, FactKind::Deployed));
  EXPECT_FALSE(log_.contains("notes.txt"));
}

}  // namespace
}  // namespace sidecert::app
