// Every fact through every outlet: log, health, status, status.json, page, message, exit code. A kind of fact without a row
// fails.
#include "app/plan/facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "app/report/fact_lines.h"
#include "app/report/health.h"
#include "app/report/outbox.h"
#include "app/report/status.h"
#include "support/memory_log.h"
#include "support/scripted_http.h"
#include "support/temp_directory.h"
#include "unit/app/scene.h"
#include "web/page.h"

namespace sidecert::app {
namespace {

using std::chrono::days;
using std::chrono::hours;
using ::testing::HasSubstr;
using ::testing::Not;

struct Row {
  FactKind kind;
  std::function<void(Scene&)> make;
  Severity severity;
  const char* event;  // of the message; null: none is sent
  const char* says;   // in every outlet that shows text
};

void hold(Scene& scene) {
  scene.seen.record.names = {"old.example"};
  for (int i = 0; i < 5; ++i)
    scene.seen.ledger.orders.push_back({.at = kTestStart,
                                        .certificate = "home.example",
                                        .directory = "https://ca.example/dir",
                                        .names = {"home.example"},
                                        .placed = true,
                                        .stage = acme::OrderStage::Finalizing,
                                        .end = OrderAttempt::End::Issued,
                                        .error = {}});
}

const std::array<Row, kFactKinds> kRows{{
    {FactKind::WrongSettings, [](Scene& s) { s.faults = {"ACME_DNS: is not set"}; }, Severity::Alarm, "action-needed",
     "ACME_DNS: is not set"},
    {FactKind::FolderUnusable, [](Scene& s) { s.unusable = Error{.code = ErrorCode::Storage, .what = "no space left"}; },
     Severity::Alarm, "action-needed", "no space left"},
    {FactKind::Unreadable,
     [](Scene& s) {
       s.seen.unreadable = Error{.code = ErrorCode::Storage, .what = "written by a newer version", .hint = "use that one"};
     },
     Severity::Alarm, "action-needed", "written by a newer version"},
    {FactKind::NoCertificate,
     [](Scene& s) {
       s.seen.current.reset();
       s.seen.record.issuing = failed(1, ErrorCode::Unreachable);
     },
     Severity::Warning, "failing", "there is no certificate yet: it said no"},
    {FactKind::RenewalFailing, [](Scene& s) { s.seen.record.issuing = failed(3, ErrorCode::Unreachable); },
     Severity::Warning, "failing", "the renewal fails: it said no; the certificate in use is valid until 2026-05-20"},
    {FactKind::OrderHeld, hold, Severity::Note, nullptr, "a new certificate is due, but not ordered yet"},
    {FactKind::Expiring, [](Scene& s) { s.now = kTestStart + days(66); }, Severity::Alarm, "expiring", "14 d left"},
    {FactKind::Revoked, [](Scene& s) { s.seen.record.revoked = kTestStart; }, Severity::Alarm, "action-needed",
     "the certificate was revoked"},
    {FactKind::CaAdvice,
     [](Scene& s) {
       s.seen.record.renewal.window = acme::RenewalWindow{
           .start = kTestStart, .end = kTestStart + hours(1), .explanation_url = "https://ca.example/incident"};
     },
     Severity::News, "ca-advice", "https://ca.example/incident"},
    {FactKind::DnsAtRisk, [](Scene& s) { s.seen.record.dns = failed(1, ErrorCode::Settings); }, Severity::Warning,
     "dns-at-risk", "a renewal would fail at the DNS provider: it said no"},
    {FactKind::NotDeployed, [](Scene& s) { s.target() = {.attempts = failed(1, ErrorCode::Refused)}; }, Severity::Alarm,
     "action-needed", "the NAS cannot be given the certificate: it said no"},
    {FactKind::WaitsForWindow,
     [](Scene& s) {
       s.target().sha256 = "older";
       s.seen.record.issued = kTestStart;
       s.nas().deploy_window = config::DeployWindow{
           .begin = std::chrono::minutes(120), .end = std::chrono::minutes(300), .utc_offset = std::chrono::minutes(0)};
     },
     Severity::Note, nullptr, "the certificate waits for SYNO_DEPLOY_WINDOW"},
    {FactKind::LookFailing, [](Scene& s) { s.target().attempts = failed(3, ErrorCode::Unreachable); }, Severity::Alarm,
     "failing", "the certificate is there, but the regular look at DSM fails: it said no"},
    {FactKind::Unused, [](Scene& s) { s.target().services.clear(); }, Severity::Alarm, "unused",
     "DSM has the certificate, but nothing on the NAS uses it"},
    {FactKind::NotServed,
     [](Scene& s) {
       s.target().proof = dsm::Proof::NotServed;
       s.target().proof_detail = "localhost:5001 shows another certificate";
     },
     Severity::Alarm, "not-served", "localhost:5001 shows another certificate"},
    {FactKind::NotSeen,
     [](Scene& s) {
       s.target().proof = dsm::Proof::NotReachable;
       s.target().proof_detail = "nobody answers https at localhost:5001";
     },
     Severity::Note, nullptr, "nobody answers https at localhost:5001"},
    {FactKind::NotMoved, [](Scene& s) { s.target().not_moved = {"FTPS"}; }, Severity::Note, nullptr, "FTPS"},
    {FactKind::TokenAtRisk, [](Scene& s) { s.logins[kNas] = {.by_token = true, .token_proved = kTestStart - days(22)}; },
     Severity::Warning, "login-at-risk", "the device token may die"},
    {FactKind::Deployed, [](Scene&) {}, Severity::News, "deployed",
     "the NAS has the new certificate: It is valid until 2026-05-20 12:00 UTC. DSM was seen serving it. Used by: DSM"},
    {FactKind::Issued,
     [](Scene& s) {
       s.settings.certificates.front().targets.clear();
       s.seen.record.issued = kTestStart;
     },
     Severity::News, "issued", "No NAS is set, so it is kept as files"},
}};

class FakeMail final : public notify::Sender {
 public:
  Result<> send(const notify::Address&, const notify::Message& message, const Effort&) override {
    messages.push_back(message);
    return {};
  }
  std::vector<notify::Message> messages;
};

class Outlets : public ::testing::TestWithParam<std::size_t> {
 protected:
  Outlets() {
    row_.make(scene_);
    standing_ = scene_.standing();
    for (const Fact& fact : standing_.facts) {
      if (fact.kind == row_.kind) fact_ = &fact;
    }
  }
  void SetUp() override { ASSERT_NE(fact_, nullptr) << "the scene makes no such fact"; }

  [[nodiscard]] bool bad() const { return row_.severity >= Severity::Warning; }

  const Row& row_ = kRows.at(GetParam());
  Scene scene_;
  Standing standing_;
  const Fact* fact_ = nullptr;
};

TEST_P(Outlets, TheRowStandsInItsPlaceAndTheFactIsWhatItSays) {
  EXPECT_EQ(static_cast<std::size_t>(row_.kind), GetParam());
  EXPECT_EQ(fact_->severity, row_.severity);
  EXPECT_THAT(lineOf(*fact_), HasSubstr(row_.says));
  EXPECT_FALSE(fact_->value.empty()) << "without a value no change of it is told";
  if (bad() && row_.kind != FactKind::Revoked && row_.kind != FactKind::FolderUnusable && row_.kind != FactKind::Expiring) {
    EXPECT_FALSE(fact_->mend.empty()) << "what the owner can do is not said";
  }
}

TEST_P(Outlets, LogSaysItWhenItAppearsAndWhenItGoesAndOnceMoreWhileItIsBad) {
  testing::MemoryLog lines;
  sayInLog(Log(lines), {*fact_}, {});
  const LogLevel level = row_.severity == Severity::Alarm     ? LogLevel::Error
                         : row_.severity == Severity::Warning ? LogLevel::Warning
                                                              : LogLevel::Info;
  EXPECT_EQ(lines.count(level), 1U);
  EXPECT_THAT(lines.text(), HasSubstr(row_.says));
  lines.clear();
  sayInLog(Log(lines), {*fact_}, asSaid({*fact_}));
  EXPECT_EQ(lines.lines().size(), bad() ? 1U : 0U);
  lines.clear();
  sayInLog(Log(lines), {}, asSaid({*fact_}));
  EXPECT_EQ(lines.lines().size(), wordsOf(row_.kind).over.empty() ? 0U : 1U);
}

TEST_P(Outlets, HealthAndExitCodeFollowTheSeverity) {
  const Health health = healthOf(standing_);
  EXPECT_EQ(health.healthy, !bad());
  EXPECT_EQ(exitCodeOf(standing_.facts), bad() ? 1 : 0);
  if (bad()) {
    EXPECT_THAT(health.line, HasSubstr(fact_->headline));
  }
}

TEST_P(Outlets, StatusShowsItToPeopleAndToPrograms) {
  EXPECT_THAT(statusForPeople(standing_), HasSubstr(fact_->title()));
  const state::Json status = statusForPrograms(standing_);
  EXPECT_EQ(status["health"]["healthy"], !bad());
  const auto& facts = status["facts"];
  const auto found = std::ranges::find_if(facts, [&](const state::Json& fact) { return fact["key"] == fact_->key(); });
  ASSERT_NE(found, facts.end());
  EXPECT_EQ((*found)["severity"], std::string(toString(row_.severity)));
  EXPECT_EQ((*found)["mend"], fact_->mend);
  EXPECT_EQ((*found)["nextTry"].is_null(), !fact_->next_try.has_value());
}

TEST_P(Outlets, ThePageShowsWhatIsNoNews) {
  const std::string page = web::statusPage(statusForPrograms(standing_));
  EXPECT_THAT(page, HasSubstr(bad() ? "Something needs you" : "All is well"));
  if (row_.severity != Severity::News) {
    EXPECT_THAT(page, HasSubstr(fact_->headline));
  }
}

TEST_P(Outlets, OneMessageIsSentWhereTheOwnerHasToKnow) {
  const testing::TempDirectory folder;
  testing::ManualClock clock(scene_.now);
  testing::ScriptedHttp http;
  testing::MemoryLog lines;
  PosixFileSystem files;
  FakeMail mail;
  config::Settings settings;
  settings.data = folder.path();
  settings.notify_urls = {Secret("ntfy://topic")};
  for (int pass = 0; pass < 3; ++pass) {
    const Ports ports{clock, http, files, Log(lines), {}};
    Outbox outbox(settings, memoryIn(settings.data, ports), mail, ports);
    static_cast<void>(outbox.tell({*fact_}, Outbox::About::Passes));
  }
  ASSERT_EQ(mail.messages.size(), row_.event == nullptr ? 0U : 1U);
  if (row_.event == nullptr) return;
  const notify::Message& message = mail.messages.front();
  EXPECT_EQ(message.event, row_.event);
  EXPECT_EQ(message.title, fact_->title());
  if (!fact_->mend.empty()) {
    EXPECT_THAT(message.text, HasSubstr("To mend it: " + fact_->mend));
  }
  if (fact_->next_try) {
    EXPECT_THAT(message.text, HasSubstr("Next try: " + toWords(*fact_->next_try)));
  }
}

INSTANTIATE_TEST_SUITE_P(EveryFact, Outlets, ::testing::Range<std::size_t>(0, kFactKinds), [](const auto& row) {
  std::string name(wordsOf(static_cast<FactKind>(row.param)).key);
  std::erase(name, '-');
  return name;
});

}  // namespace
}  // namespace sidecert::app
