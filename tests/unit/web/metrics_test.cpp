#include "web/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>

namespace sidecert::web {
namespace {

using state::Json;
using ::testing::HasSubstr;
using ::testing::Not;

Json attempts(int failures) {
  return {{"lastSuccess", "2026-02-01T12:00:00Z"},
          {"lastFailure", nullptr},
          {"failuresInARow", failures},
          {"nextTry", nullptr},
          {"error", nullptr}};
}

Json measured(const std::string& title = "home.example", const std::string& proof = "served") {
  const Json target{{"nas", "localhost:5000"},
                    {"deployed", {{"at", "2026-02-01T12:00:00Z"}, {"current", true}}},
                    {"verified", {{"at", "2026-02-28T12:00:00Z"}, {"proof", proof}, {"detail", ""}}},
                    {"attempts", attempts(3)}};
  return {{"sidecert", "1.2.3"},
          {"health", {{"healthy", true}, {"why", ""}}},
          {"faults", Json::array()},
          {"facts", Json::array({{{"severity", "alarm"}}, {{"severity", "news"}}})},
          {"certificates",
           Json::array({{{"title", title},
                         {"ordered", attempts(0)},
                         {"issued", {{"notBefore", "2026-02-01T11:00:00Z"}, {"notAfter", "2026-05-02T11:00:00Z"}}},
                         {"renewal", {{"at", "2026-04-01T00:00:00Z"}}},
                         {"dns", attempts(2)},
                         {"targets", Json::array({target})}}})}};
}

TEST(Metrics, SayWhatTheStatusSays) {
  const std::string text = metrics(measured());
  EXPECT_THAT(text, HasSubstr("sidecert_build_info{version=\"1.2.3\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("\nsidecert_healthy 1\n"));
  EXPECT_THAT(text, HasSubstr("sidecert_facts{severity=\"alarm\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("sidecert_facts{severity=\"warning\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("sidecert_certificate_expiration_timestamp_seconds{name=\"home.example\"} 1777719600\n"));
  EXPECT_THAT(text, HasSubstr("sidecert_dns_look_failures{name=\"home.example\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("sidecert_nas_served{name=\"home.example\",nas=\"localhost:5000\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("sidecert_nas_deploy_failures{name=\"home.example\",nas=\"localhost:5000\"} 3\n"));
  EXPECT_THAT(metrics(measured("home.example", "not-served")),
              HasSubstr("sidecert_nas_served{name=\"home.example\",nas=\"localhost:5000\"} 0\n"));
}

TEST(Metrics, LeaveOutWhatIsNotKnown) {
  Json early = measured();
  early["certificates"][0]["issued"] = nullptr;
  early["certificates"][0]["renewal"]["at"] = nullptr;
  const std::string text = metrics(early);
  EXPECT_THAT(text, HasSubstr("sidecert_certificate_ready_status{name=\"home.example\"} 0\n"));
  EXPECT_THAT(text, Not(HasSubstr("expiration_timestamp")));
  EXPECT_THAT(text, Not(HasSubstr("renewal_timestamp")));
}

TEST(Metrics, EscapeWhatStandsInALabel) {
  EXPECT_THAT(metrics(measured("a\"b\\c\nd")), HasSubstr(R"(ready_status{name="a\"b\\c\nd"} 1)"));
}

TEST(Metrics, EachHasItsHelpAndTypeOnceAndIsInTheDocs) {
  const std::string text = metrics(measured());
  std::ifstream file(std::string(SIDECERT_SOURCE) + "/docs/metrics.md");
  const std::string page((std::istreambuf_iterator<char>(file)), {});
  static const std::regex kType("# TYPE (\\w+) gauge");
  std::set<std::string> seen;
  for (std::sregex_iterator at(text.begin(), text.end(), kType), end; at != end; ++at) {
    EXPECT_TRUE(seen.insert((*at)[1]).second) << (*at)[1] << " stands twice";
    EXPECT_THAT(page, HasSubstr("| `" + (*at)[1].str() + "`"));
    EXPECT_THAT(text, HasSubstr("# HELP " + (*at)[1].str() + " "));
  }
  EXPECT_EQ(seen.size(), 15U);
}

}  // namespace
}  // namespace sidecert::web
