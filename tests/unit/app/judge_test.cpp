// What is wrong and what is not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "app/plan/facts.h"
#include "app/plan/trouble.h"
#include "unit/app/scene.h"

namespace sidecert::app {
namespace {

using std::chrono::days;
using std::chrono::hours;

std::vector<std::string> told(const Scene& scene) {
  std::vector<std::string> keys;
  for (const Fact& fact : scene.standing().facts) {
    if (fact.severity >= Severity::Warning) keys.push_back(fact.key() + "=" + fact.value);
  }
  return keys;
}

TEST(Judge, FindsNothingWrongWhereAllIsWell) {
  EXPECT_THAT(told(Scene()), ::testing::IsEmpty());
}

TEST(Judge, WhatMayPassByItselfIsToldTheThirdTime) {
  Scene scene;
  scene.seen.record.issuing = failed(2, ErrorCode::Unreachable);
  EXPECT_THAT(told(scene), ::testing::IsEmpty());
  scene.seen.record.issuing = failed(3, ErrorCode::Unreachable);
  EXPECT_THAT(told(scene), ::testing::ElementsAre("order/home.example=failing"));
}

TEST(Judge, WhatOnlyTheOwnerMendsIsToldAtOnce) {
  Scene scene;
  scene.seen.record.issuing = failed(1, ErrorCode::Settings);
  EXPECT_THAT(told(scene), ::testing::ElementsAre("order/home.example=owner"));
  scene.seen.record.issuing = failed(1, ErrorCode::RateLimited);
  EXPECT_THAT(told(scene), ::testing::IsEmpty());
  scene.seen.record.issuing.last_error->what = "the CA says: paused, open https://portal.example/unpause";
  EXPECT_THAT(told(scene), ::testing::ElementsAre("order/home.example=owner"));
}

TEST(Judge, TheEndIsAnnouncedInThreeSteps) {
  Scene scene;
  for (const auto& [after, value] : std::map<int, std::string>{{66, "near"}, {76, "very-near"}, {81, "passed"}}) {
    scene.now = kTestStart + days(after);
    EXPECT_THAT(told(scene), ::testing::Contains("expiring/home.example=" + value));
  }
}

TEST(Judge, ATotpSecretStandsInForADeviceToken) {
  Scene scene;
  scene.logins[kNas] = {.by_token = true, .token_proved = kTestStart - days(22)};
  EXPECT_THAT(told(scene), ::testing::ElementsAre("token/localhost:5000=unused"));
  scene.nas().totp_secret = Secret("JBSWY3DPEHPK3PXP");
  EXPECT_THAT(told(scene), ::testing::IsEmpty());
}

// DSM listed a certificate that no service used, and the owner was told that all is done.
TEST(Judge, ACertificateNobodyUsesIsNotDone) {
  Scene scene;
  scene.target().services.clear();
  const auto facts = scene.standing().facts;
  EXPECT_FALSE(std::ranges::contains(facts, FactKind::Deployed, &Fact::kind));
  EXPECT_THAT(told(scene), ::testing::ElementsAre("unused/home.example/localhost:5000=abcd"));
}

TEST(Judge, WhatDsmDoesNotServeYetIsNoAlarmBeforeItWasImportedOnceMore) {
  Scene scene;
  scene.target().proof = dsm::Proof::NotServedYet;
  EXPECT_THAT(told(scene), ::testing::IsEmpty());
  EXPECT_FALSE(std::ranges::contains(scene.standing().facts, FactKind::Deployed, &Fact::kind));
  scene.target().proof = dsm::Proof::NotServed;
  EXPECT_THAT(told(scene), ::testing::ElementsAre("not-served/home.example/localhost:5000=lasting"));
}

TEST(Judge, ANasThatWasNeverReachedIsSaidAtOnceAndAnUpdateThatWaitsIsNot) {
  Scene scene;
  scene.target() = {.attempts = failed(1, ErrorCode::Unreachable)};
  EXPECT_THAT(told(scene), ::testing::ElementsAre("nas/home.example/localhost:5000=first"));
  scene.target().deployed = kTestStart - days(80);
  scene.target().sha256 = "older";
  EXPECT_THAT(told(scene), ::testing::IsEmpty());
}

TEST(Judge, SinceIsWhenItWasFirstSo) {
  Scene scene;
  scene.seen.record.issuing = failed(3, ErrorCode::Unreachable);
  Standing standing = scene.standing();
  standing.remembered.since["order/home.example"] = kTestStart - days(2);
  const auto facts = judge(&scene.settings, {}, standing.remembered, kTestStart);
  const auto found = std::ranges::find(facts, FactKind::RenewalFailing, &Fact::kind);
  ASSERT_NE(found, facts.end());
  EXPECT_EQ(found->since, kTestStart - days(2));
}

TEST(DeadlineOf, IsAQuestionOfTheShareThatIsLeft) {
  const TimePoint end = kTestStart + hours(160);
  EXPECT_EQ(deadlineOf(kTestStart, end, kTestStart + hours(130)), Deadline::Far);
  EXPECT_EQ(deadlineOf(kTestStart, end, kTestStart + hours(140)), Deadline::Near);
  EXPECT_EQ(deadlineOf(kTestStart, end, kTestStart + hours(152)), Deadline::VeryNear);
  EXPECT_EQ(deadlineOf(kTestStart, end, end), Deadline::Passed);
}

}  // namespace
}  // namespace sidecert::app
