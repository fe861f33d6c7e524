// What `sidecert status` promises to people and to programs.
#include "app/report/status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>

#include "support/manual_clock.h"

namespace sidecert::app {
namespace {

using state::Json;
using std::chrono::days;
using std::chrono::hours;
using ::testing::HasSubstr;
using testing::kTestStart;
using ::testing::Not;

config::Settings settings() {
  config::NasSettings attic;
  attic.host = "attic.lan";
  attic.port = 5001;
  config::CertificateSettings home;
  home.names = {"home.example", "*.home.example"};
  home.servers = {"https://ca.example/dir"};
  home.targets = {config::NasSettings{}, attic};
  config::Settings all;
  all.certificates = {home};
  return all;
}

Attempts failing(ErrorCode code) {
  return {.failures = 2,
          .next = kTestStart + hours(1),
          .last_success = kTestStart - days(60),
          .last_failure = kTestStart - hours(1),
          .last_error = Error{.code = code, .what = "it said no", .hint = "say please"},
          .settings = {}};
}

/// Everything that can be there is there.
View full() {
  View seen{.title = "home.example",
            .current = Current{.names = {"home.example", "*.home.example"},
                               .not_before = kTestStart - days(60),
                               .not_after = kTestStart + days(30),
                               .sha256 = "abcd",
                               .key_type = "EC P-256"},
            .record = {}};
  seen.record.directory = "https://ca.example/dir";
  seen.record.profile = "classic";
  seen.record.issued = kTestStart - days(60);
  seen.record.renewal = {.window = acme::RenewalWindow{.start = kTestStart - days(1),
                                                       .end = kTestStart + days(1),
                                                       .explanation_url = "https://ca.example/why"},
                         .at = kTestStart,
                         .ask_again = kTestStart + hours(6)};
  seen.record.issuing = failing(ErrorCode::RateLimited);
  seen.record.dns = failing(ErrorCode::Settings);
  seen.record.targets["localhost:5000"] = {.certificate_id = "xY12",
                                           .sha256 = "abcd",
                                           .deployed = kTestStart - days(60),
                                           .verified = kTestStart - days(1),
                                           .proof = dsm::Proof::Served,
                                           .proof_detail = "seen at localhost:5001",
                                           .services = {"DSM Desktop Service"},
                                           .holders = {{.certificate = "home", .services = {"DSM Desktop Service"}}},
                                           .check = kTestStart + days(1),
                                           .attempts = failing(ErrorCode::Refused)};
  return seen;
}

Standing standingOf(std::vector<View> views) {
  Standing all{.settings = settings(), .at = kTestStart};
  all.remembered.certificates = std::move(views);
  all.facts = judge(&*all.settings, {}, all.remembered, all.at);
  return all;
}

Standing withFaults(std::vector<View> views) {
  Standing all{.settings = std::nullopt, .faults = {"ACME_DNS: is not set"}, .at = kTestStart};
  all.remembered.certificates = std::move(views);
  all.facts = judge(nullptr, all.faults, all.remembered, all.at);
  return all;
}

void flatten(const Json& value, const std::string& path, std::set<std::string>& into) {
  if (value.is_object()) {
    for (const auto& [name, member] : value.items()) flatten(member, path.empty() ? name : path + "." + name, into);
  } else if (value.is_array()) {
    for (const auto& member : value) flatten(member, path + "[]", into);
  } else {
    into.insert(path);
  }
}

TEST(StatusForPrograms, IsWhatThePageDocuments) {
  std::ifstream page(SIDECERT_SOURCE "/docs/status-json.md");
  ASSERT_TRUE(page) << "docs/status-json.md is not there";
  std::set<std::string> documented;
  static const std::regex kRow(R"(^\| `([^`]+)` \|.*)");
  for (std::string line; std::getline(page, line);) {
    if (std::smatch row; std::regex_match(line, row, kRow)) documented.insert(row[1]);
  }
  Json status = statusForPrograms(standingOf({full()}));
  status["faults"].push_back("there can be some");
  status["certificates"][0]["targets"].erase(1);  // the one nothing is known of; its nulls have no members
  std::set<std::string> written;
  flatten(status, "", written);
  EXPECT_EQ(written, documented);
}

TEST(StatusForPrograms, KeepsTheFourFactsApart) {
  const Json status = statusForPrograms(standingOf({full()}));
  const Json& home = status["certificates"][0];
  EXPECT_EQ(home["ordered"]["error"]["mend"], "say please");
  EXPECT_EQ(home["issued"]["notAfter"], "2026-03-31T12:00:00Z");
  EXPECT_EQ(home["targets"][0]["deployed"]["current"], true);
  EXPECT_EQ(home["targets"][0]["verified"]["proof"], "served");
  EXPECT_EQ(home["targets"][1]["nas"], "attic.lan:5001");
  EXPECT_TRUE(home["targets"][1]["deployed"]["at"].is_null());
}

TEST(StatusForPrograms, ShowsACertificateThatWasNeverOrdered) {
  const Json status = statusForPrograms(standingOf({}));
  ASSERT_EQ(status["certificates"].size(), 1U);
  EXPECT_TRUE(status["certificates"][0]["issued"].is_null());
  EXPECT_EQ(status["certificates"][0]["next"]["why"], "there is no certificate yet");
  EXPECT_EQ(status["health"]["healthy"], false);
}

TEST(StatusForPrograms, ShowsWhatIsThereThoughTheSettingsHaveFaults) {
  const Json status = statusForPrograms(withFaults({full()}));
  EXPECT_EQ(status["faults"][0], "ACME_DNS: is not set");
  EXPECT_EQ(status["health"]["healthy"], false);
  EXPECT_EQ(status["certificates"][0]["title"], "home.example");
  EXPECT_TRUE(status["certificates"][0]["next"].is_null());
  EXPECT_TRUE(status["certificates"][0]["wanted"].empty());
}

TEST(StatusForPeople, SaysWhatFailedHowItIsMendedAndWhatIsNext) {
  const std::string text = statusForPeople(standingOf({full()}));
  for (const char* part : {"certificate home.example\n", "issued    2025-12-31 12:00 UTC by ca.example, EC P-256",
                           "expires   2026-03-31 12:00 UTC (in 30 d)", "renewal   2026-03-01 12:00 UTC, as the CA advises",
                           "failed    2 times in a row, last at 2026-03-01 11:00 UTC: it said no", "mend      say please",
                           "next try  2026-03-01 13:00 UTC", "DNS       a renewal would fail", "NAS localhost:5000\n",
                           "proof     DSM serves it: seen at", "services  DSM Desktop Service",
                           "NAS attic.lan:5001\n    deployed  not yet", "\n  next      ", "unhealthy: "})
    EXPECT_THAT(text, HasSubstr(part));
}

TEST(StatusForPeople, MarksACertificateNobodyAsksForAnyMore) {
  View old = full();
  old.title = "old.example";
  EXPECT_THAT(statusForPeople(standingOf({old})), HasSubstr("certificate old.example (no setting names it any more)"));
}

TEST(StatusForPeople, SaysThatThereIsNothingYet) {
  EXPECT_THAT(statusForPeople(withFaults({})),
              HasSubstr("wrong setting: ACME_DNS: is not set\nthere is no certificate yet\n"));
}

}  // namespace
}  // namespace sidecert::app
