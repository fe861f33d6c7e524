// Who is told what, and how often.
#include "app/announce.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "app/outbox.h"
#include "app/trouble.h"
#include "support/manual_clock.h"
#include "support/memory_log.h"
#include "support/scripted_http.h"
#include "support/temp_directory.h"

namespace sidecert::app {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kTestStart;
using ::testing::Not;
using ::testing::SizeIs;

config::Settings settings() {
  config::CertificateSettings home;
  home.names = {"home.example"};
  home.servers = {"https://ca.example/dir"};
  home.targets = {config::NasSettings{}};
  config::Settings all;
  all.certificates = {home};
  return all;
}

View healthy() {
  View seen{.title = "home.example",
            .current = Current{.names = {"home.example"},
                               .not_before = kTestStart - days(10),
                               .not_after = kTestStart + days(80),
                               .sha256 = "abcd",
                               .key_type = "EC P-256"},
            .record = {}};
  seen.record.issued = kTestStart - days(10);
  seen.record.targets["localhost:5000"] = {.sha256 = "abcd",
                                           .deployed = kTestStart,
                                           .verified = kTestStart,
                                           .proof = dsm::Proof::Served,
                                           .proof_detail = "seen",
                                           .services = {"DSM Desktop Service"},
                                           .attempts = {}};
  return seen;
}

Attempts failed(int times, ErrorCode code, std::string what = "no answer") {
  return {.failures = times,
          .next = kTestStart + hours(1),
          .last_success = std::nullopt,
          .last_failure = kTestStart,
          .last_error = Error{.code = code, .what = std::move(what), .hint = "look at the NAS"},
          .settings = {}};
}

std::vector<std::string> keys(const std::vector<Fact>& facts) {
  std::vector<std::string> all;
  for (const Fact& fact : facts) all.push_back(fact.key + "=" + fact.value);
  return all;
}

std::vector<Fact> facts(const View& seen, TimePoint now = kTestStart) {
  return factsOf(settings(), {seen}, {}, now);
}

TEST(FactsOf, ADeploymentSaysWhereUntilWhenAndWhoUsesIt) {
  const auto all = facts(healthy());
  ASSERT_THAT(keys(all), ElementsAre("deployed/home.example/localhost:5000=abcd"));
  EXPECT_EQ(all.front().message.title, "home.example: NAS localhost:5000 has the new certificate");
  EXPECT_THAT(all.front().message.text, HasSubstr("Valid until 2026-05-20 12:00 UTC. DSM was seen serving it."));
  EXPECT_THAT(all.front().message.text, HasSubstr("Used by: DSM Desktop Service"));
}

TEST(FactsOf, WhatMayPassByItselfIsToldTheThirdTime) {
  View seen = healthy();
  seen.record.issuing = failed(2, ErrorCode::Unreachable);
  EXPECT_THAT(facts(seen), SizeIs(1));
  seen.record.issuing = failed(3, ErrorCode::Unreachable);
  const auto all = facts(seen);
  ASSERT_THAT(keys(all), ElementsAre("deployed/home.example/localhost:5000=abcd", "order/home.example=failing"));
  EXPECT_EQ(all[1].message.title, "home.example: the renewal fails");
  for (const char* part : {"no answer.", "To mend it: look at the NAS.", "Next try: 2026-03-01 13:00 UTC.",
                           "The certificate in use is valid until 2026-05-20 12:00 UTC."})
    EXPECT_THAT(all[1].message.text, HasSubstr(part));
}

TEST(FactsOf, WhatOnlyTheOwnerMendsIsToldAtOnce) {
  View seen = healthy();
  seen.record.issuing = failed(1, ErrorCode::Settings);
  EXPECT_EQ(facts(seen)[1].message.event, "action-needed");
  seen.record.issuing = failed(1, ErrorCode::RateLimited, "the CA says: paused, open https://portal.example/unpause");
  EXPECT_EQ(facts(seen)[1].message.event, "action-needed");
  EXPECT_THAT(facts(seen)[1].message.text, HasSubstr("https://portal.example/unpause"));
  seen.record.issuing = failed(1, ErrorCode::RateLimited, "too many requests");
  EXPECT_THAT(facts(seen), SizeIs(1));
}

TEST(FactsOf, ARefusedLoginAtDsmIsToldAtOnce) {
  View seen = healthy();
  seen.record.targets["localhost:5000"].attempts = failed(1, ErrorCode::Refused);
  EXPECT_THAT(keys(facts(seen)),
              ElementsAre("deployed/home.example/localhost:5000=abcd", "nas/home.example/localhost:5000=owner"));
}

TEST(FactsOf, TheEndIsAnnouncedInThreeSteps) {
  const View seen = healthy();
  EXPECT_THAT(facts(seen, kTestStart + days(64)), SizeIs(1));
  EXPECT_EQ(keys(facts(seen, kTestStart + days(66)))[1], "expiring/home.example=near");
  EXPECT_EQ(facts(seen, kTestStart + days(66))[1].message.title, "home.example: 14 d left");
  EXPECT_EQ(keys(facts(seen, kTestStart + days(76)))[1], "expiring/home.example=very-near");
  EXPECT_EQ(keys(facts(seen, kTestStart + days(81)))[1], "expiring/home.example=passed");
}

TEST(FactsOf, ADeviceTokenThatMayDieIsToldUnlessATotpSecretStandsIn) {
  dsm::TargetState login;
  login.device_token = Secret("canary");
  login.token_proved = kTestStart - days(22);
  const std::map<std::string, dsm::TargetState> logins{{"localhost:5000", login}};
  const auto all = factsOf(settings(), {healthy()}, logins, kTestStart);
  ASSERT_THAT(keys(all), ElementsAre("deployed/home.example/localhost:5000=abcd", "token/localhost:5000=unused"));
  EXPECT_THAT(all[1].message.text, Not(HasSubstr("canary")));
  config::Settings totp = settings();
  totp.certificates.front().targets.front().totp_secret = Secret("JBSWY3DPEHPK3PXP");
  EXPECT_THAT(factsOf(totp, {healthy()}, logins, kTestStart), SizeIs(1));
}

TEST(FactsOf, TheCasExplanationOfAnEarlyRenewalIsPassedOn) {
  View seen = healthy();
  seen.record.renewal.window = acme::RenewalWindow{
      .start = kTestStart, .end = kTestStart + hours(1), .explanation_url = "https://ca.example/incident"};
  EXPECT_EQ(keys(facts(seen))[0], "advice/home.example=https://ca.example/incident");
}

TEST(FactsOf, ADnsProviderThatWouldRefuseARenewalIsToldOf) {
  View seen = healthy();
  seen.record.dns = {
      .failures = 1,
      .next = kTestStart + days(1),
      .last_failure = kTestStart,
      .last_error = Error{.code = ErrorCode::Settings, .what = "the token is refused", .hint = "check CF_Token"},
      .settings = {}};
  const auto all = facts(seen);
  ASSERT_EQ(keys(all)[1], "dns/home.example=failing");
  EXPECT_EQ(all[1].message.event, "dns-at-risk");
  EXPECT_THAT(all[1].message.text, AllOf(HasSubstr("the token is refused"), HasSubstr("check CF_Token")));
  seen.record.dns.last_error->code = ErrorCode::Unreachable;
  EXPECT_THAT(facts(seen), SizeIs(1)) << "once is no news";
}

TEST(FactsOf, WithoutANasTheFilesAreTheNews) {
  config::Settings files = settings();
  files.certificates.front().targets.clear();
  EXPECT_THAT(keys(factsOf(files, {healthy()}, {}, kTestStart)), ElementsAre("issued/home.example=abcd"));
}

TEST(DeadlineOf, IsAQuestionOfTheShareThatIsLeft) {
  const TimePoint end = kTestStart + hours(160);
  EXPECT_EQ(deadlineOf(kTestStart, end, kTestStart + hours(130)), Deadline::Far);
  EXPECT_EQ(deadlineOf(kTestStart, end, kTestStart + hours(140)), Deadline::Near);
  EXPECT_EQ(deadlineOf(kTestStart, end, kTestStart + hours(152)), Deadline::VeryNear);
  EXPECT_EQ(deadlineOf(kTestStart, end, end), Deadline::Passed);
}

/// Keeps what it is given, and refuses when told so.
class FakeSender final : public notify::Sender {
 public:
  Result<> send(const notify::Address& address, const notify::Message& message) override {
    ++tries;
    if (refuse.contains(address.title)) return fail(ErrorCode::Unreachable, address.title + " is not there");
    titles.push_back(message.title);
    return {};
  }
  std::vector<std::string> titles;
  std::set<std::string> refuse;
  int tries = 0;
};

class OutboxTest : public ::testing::Test {
 protected:
  OutboxTest() {
    settings_ = settings();
    settings_.data = folder_.path();
    settings_.notify_urls = {Secret("ntfy://canary-topic"), Secret("gotify://push.example/canary-token")};
  }

  std::optional<TimePoint> tell(const std::vector<Fact>& all, Outbox::About about = Outbox::About::Passes) {
    Outbox outbox(settings_, sender_, ports());  // each time as after a restart
    return outbox.tell(all, about);
  }
  Ports ports() { return {clock_, http_, files_, Log(lines_), stop_.get_token()}; }

  Fact fact(std::string value = "failing") const {
    return {.key = "order/home.example",
            .value = std::move(value),
            .message = {.event = "failing",
                        .severity = notify::Severity::Warning,
                        .title = "it fails",
                        .text = "why",
                        .certificate = "home.example",
                        .nas = {},
                        .time = clock_.now()},
            .over = "it works again"};
  }

  testing::TempDirectory folder_;
  testing::ManualClock clock_;
  testing::ScriptedHttp http_;
  testing::MemoryLog lines_;
  PosixFileSystem files_;
  std::stop_source stop_;
  config::Settings settings_;
  FakeSender sender_;
};

TEST_F(OutboxTest, AChangeIsToldOnceToEveryAddressHoweverOftenItStarts) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(tell({fact()}), std::nullopt);
  EXPECT_THAT(sender_.titles, ElementsAre("it fails", "it fails"));  // two addresses
}

TEST_F(OutboxTest, AnotherValueIsAnotherMessageAndTheEndIsToldToo) {
  EXPECT_EQ(tell({fact()}), std::nullopt);
  EXPECT_EQ(tell({fact("owner")}), std::nullopt);
  EXPECT_EQ(tell({}), std::nullopt);
  EXPECT_EQ(tell({}), std::nullopt);
  EXPECT_THAT(sender_.titles,
              ElementsAre("it fails", "it fails", "it fails", "it fails", "it works again", "it works again"));
}

TEST_F(OutboxTest, WhatCouldNotBeSentIsTriedAgainThereAndOnlyThere) {
  sender_.refuse = {"ntfy at ntfy.sh"};
  EXPECT_EQ(tell({fact()}), kTestStart + minutes(10));
  EXPECT_EQ(tell({fact()}), kTestStart + minutes(10)) << "not before its time";
  EXPECT_EQ(sender_.tries, 2);
  clock_.advance(minutes(10));
  EXPECT_EQ(tell({fact()}), clock_.now() + hours(1));
  clock_.advance(hours(1));
  sender_.refuse.clear();
  EXPECT_EQ(tell({fact()}), std::nullopt);
  EXPECT_THAT(sender_.titles, ElementsAre("it fails", "it fails"));
  EXPECT_EQ(lines_.count(LogLevel::Warning), 1U) << "a broken address is logged once\n" << lines_.text();
}

TEST_F(OutboxTest, NewsDoesNotWaitForOlderNews) {
  sender_.refuse = {"ntfy at ntfy.sh"};
  static_cast<void>(tell({fact()}));
  static_cast<void>(tell({fact("owner")}));
  EXPECT_THAT(sender_.titles, ElementsAre("it fails", "it fails"));
}

TEST_F(OutboxTest, OldNewsIsDropped) {
  sender_.refuse = {"ntfy at ntfy.sh"};
  static_cast<void>(tell({fact()}));
  clock_.advance(days(15));
  EXPECT_EQ(tell({fact()}), std::nullopt);
}

TEST_F(OutboxTest, WhoSetsAnAddressLaterHearsNothingOfLastMonth) {
  Fact old = fact();
  old.message.severity = notify::Severity::Good;
  old.message.time = kTestStart - days(30);
  EXPECT_EQ(tell({old}), std::nullopt);
  EXPECT_THAT(sender_.titles, IsEmpty());
}

TEST_F(OutboxTest, AnAddressTakenAwayIsNotWaitedFor) {
  sender_.refuse = {"ntfy at ntfy.sh"};
  static_cast<void>(tell({fact()}));
  settings_.notify_urls.erase(settings_.notify_urls.begin());
  clock_.advance(minutes(11));
  EXPECT_EQ(tell({fact()}), std::nullopt);
}

TEST_F(OutboxTest, GoodNewsOfTheSameThingStandsForItsRecovery) {
  Fact nas = fact();
  nas.key = "nas/home.example/localhost:5000";
  static_cast<void>(tell({nas}));
  Fact deployed = fact("abcd");
  deployed.key = "deployed/home.example/localhost:5000";
  deployed.message.title = "it has the new one";
  deployed.message.severity = notify::Severity::Good;
  deployed.over.clear();
  static_cast<void>(tell({deployed}));
  EXPECT_THAT(sender_.titles, ElementsAre("it fails", "it fails", "it has the new one", "it has the new one"));
}

TEST_F(OutboxTest, FaultsOfTheSettingsEndNothingElse) {
  static_cast<void>(tell({fact()}));
  Fact faults = fact("digest");
  faults.key = "settings";
  faults.message.title = "the settings have faults";
  faults.over = "they are right again";
  static_cast<void>(tell({faults}, Outbox::About::Settings));
  static_cast<void>(tell({fact()}));
  EXPECT_THAT(sender_.titles, ElementsAre("it fails", "it fails", "the settings have faults", "the settings have faults",
                                          "they are right again", "they are right again"));
}

TEST_F(OutboxTest, NothingOpensAnAddressInItsFileOrInTheLog) {
  sender_.refuse = {"ntfy at ntfy.sh", "Gotify at push.example"};
  static_cast<void>(tell({fact()}));
  const auto bytes = files_.read(folder_ / "notify.json");
  ASSERT_TRUE(bytes && *bytes);
  EXPECT_THAT(**bytes, Not(HasSubstr("canary")));
  EXPECT_FALSE(lines_.contains("canary"));
}

TEST_F(OutboxTest, WithoutAMemoryNothingIsSent) {
  settings_.data = "/proc/sidecert";
  EXPECT_EQ(tell({fact()}), std::nullopt);
  EXPECT_EQ(sender_.tries, 0);
  EXPECT_THAT(lines_.text(), HasSubstr("no message is sent"));
}

TEST_F(OutboxTest, APassWithNothingToSayWritesNothing) {
  static_cast<void>(tell({fact()}));
  const auto before = std::filesystem::last_write_time(folder_ / "notify.json");
  const auto id = std::filesystem::hard_link_count(folder_ / "notify.json");
  std::filesystem::create_hard_link(folder_ / "notify.json", folder_ / "same");
  static_cast<void>(tell({fact()}));
  EXPECT_EQ(std::filesystem::last_write_time(folder_ / "notify.json"), before);
  EXPECT_EQ(std::filesystem::hard_link_count(folder_ / "notify.json"), id + 1) << "it was replaced";
}

}  // namespace
}  // namespace sidecert::app
