// Who is told what, and how often.
#include "app/report/outbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "support/manual_clock.h"
#include "support/memory_log.h"
#include "support/scripted_http.h"
#include "support/temp_directory.h"

namespace sidecert::app {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kTestStart;
using ::testing::Not;

constexpr const char* kOver = "a certificate was issued again";

/// Keeps what it is given, and refuses when told so.
class FakeSender final : public notify::Sender {
 public:
  Result<> send(const notify::Address& address, const notify::Message& message, const Effort&) override {
    ++tries;
    if (refuse.contains(address.title) || (!address.to.empty() && refuse.contains(address.to.front())))
      return fail(ErrorCode::Unreachable, address.title + " is not there");
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
    settings_.data = folder_.path();
    settings_.notify_urls = {Secret("ntfy://canary-topic"), Secret("gotify://push.example/canary-token")};
  }

  std::optional<TimePoint> tell(const std::vector<Fact>& all, Outbox::About about = Outbox::About::Passes) {
    Outbox outbox(settings_, memoryIn(settings_.data, ports()), sender_, ports());  // each time as after a restart
    return outbox.tell(all, about);
  }
  Ports ports() { return {clock_, http_, files_, Log(lines_), stop_.get_token()}; }

  Fact fact(std::string value = "failing") const {
    return {.kind = FactKind::RenewalFailing,
            .certificate = "home.example",
            .severity = Severity::Warning,
            .headline = "it fails",
            .what = "why",
            .since = clock_.now(),
            .value = std::move(value)};
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
  EXPECT_THAT(sender_.titles, ElementsAre("it fails", "it fails", "it fails", "it fails", kOver, kOver));
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

// A dead chat among several made the good ones get copies at every try, or, standing first, nothing at all.
TEST_F(OutboxTest, ADeadRecipientKeepsNothingFromTheOthersAndCostsThemNoCopies) {
  settings_.notify_urls = {Secret("tgram://123:token/dead/alive/well")};
  sender_.refuse = {"dead"};
  static_cast<void>(tell({fact()}));
  EXPECT_THAT(sender_.titles, ElementsAre("it fails", "it fails"));
  for (int i = 0; i < 3; ++i) {
    clock_.advance(hours(24));
    static_cast<void>(tell({fact()}));
  }
  EXPECT_THAT(sender_.titles, ElementsAre("it fails", "it fails"));
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
  old.severity = Severity::News;
  old.since = kTestStart - days(30);
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
  nas.kind = FactKind::NotDeployed;
  nas.nas = "localhost:5000";
  static_cast<void>(tell({nas}));
  Fact deployed = fact("abcd");
  deployed.kind = FactKind::Deployed;
  deployed.nas = "localhost:5000";
  deployed.headline = "it has the new one";
  deployed.severity = Severity::News;
  static_cast<void>(tell({deployed}));
  EXPECT_THAT(sender_.titles, ElementsAre("it fails", "it fails", "it has the new one", "it has the new one"));
}

TEST_F(OutboxTest, FaultsOfTheSettingsEndNothingElse) {
  static_cast<void>(tell({fact()}));
  Fact faults = fact("digest");
  faults.kind = FactKind::WrongSettings;
  faults.certificate.clear();
  faults.headline = "the settings have faults";
  static_cast<void>(tell({faults}, Outbox::About::Settings));
  static_cast<void>(tell({fact()}));
  EXPECT_THAT(sender_.titles, ElementsAre("it fails", "it fails", "the settings have faults", "the settings have faults",
                                          "the settings are right again", "the settings are right again"));
}

TEST_F(OutboxTest, WhatIsOnlyShownIsNotTold) {
  Fact note = fact("first");
  note.severity = Severity::Note;
  static_cast<void>(tell({note}));
  EXPECT_THAT(sender_.titles, IsEmpty());
  static_cast<void>(tell({fact()}));
  static_cast<void>(tell({note}));
  EXPECT_THAT(sender_.titles, ElementsAre("it fails", "it fails")) << "a milder form of it is no recovery";
}

// A proof that is lost for a day and found again made "it has the new certificate" come twice.
TEST_F(OutboxTest, GoodNewsIsToldOnceThoughItIsNotSoForAWhile) {
  Fact deployed = fact("abcd");
  deployed.kind = FactKind::Deployed;
  deployed.severity = Severity::News;
  static_cast<void>(tell({deployed}));
  static_cast<void>(tell({}));
  static_cast<void>(tell({deployed}));
  EXPECT_THAT(sender_.titles, ElementsAre("it fails", "it fails"));
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
