#include "web/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sidecert::web {
namespace {

using state::Json;
using ::testing::HasSubstr;
using ::testing::Not;

Json attempts(Json error) {
  return {{"lastSuccess", nullptr},
          {"lastFailure", "2026-03-01T11:00:00Z"},
          {"failuresInARow", error.is_null() ? 0 : 2},
          {"nextTry", "2026-03-01T13:00:00Z"},
          {"error", std::move(error)}};
}

Json status() {
  const Json target{
      {"nas", "localhost:5000"},
      {"deployed", {{"at", "2026-02-01T12:00:00Z"}, {"current", true}}},
      {"verified", {{"at", "2026-02-28T12:00:00Z"}, {"proof", "served"}, {"detail", "seen at localhost:5001"}}},
      {"services", {"DSM Desktop Service"}},
      {"inUse", Json::array({{{"certificate", "old"}, {"services", {"FTPS"}}}})},
      {"attempts", attempts({{"kind", "refused"}, {"what", "a wrong password"}, {"mend", "set SYNO_PASSWORD"}})}};
  return {{"schema", 1},
          {"sidecert", "0.1.0"},
          {"at", "2026-03-01T12:00:00Z"},
          {"health", {{"healthy", false}, {"why", "NAS localhost:5000: a wrong password"}}},
          {"faults", Json::array()},
          {"certificates",
           Json::array({{{"title", "home.example"},
                         {"wanted", {"home.example"}},
                         {"ordered", attempts(nullptr)},
                         {"issued",
                          {{"at", "2026-02-01T12:00:00Z"},
                           {"directory", "https://ca.example/dir"},
                           {"names", {"home.example", "*.home.example"}},
                           {"notAfter", "2026-03-31T12:00:00Z"}}},
                         {"renewal", {{"at", "2026-03-20T12:00:00Z"}, {"explanation", "https://ca.example/why"}}},
                         {"targets", Json::array({target})},
                         {"next", {{"at", "2026-03-02T12:00:00Z"}, {"why", "to try NAS localhost:5000 again"}}}}})}};
}

TEST(StatusPage, SaysWhatStatusSays) {
  const std::string page = statusPage(status());
  for (const char* part :
       {"<b>Something needs you</b>NAS localhost:5000: a wrong password", "<h2>home.example</h2>",
        "<dd>home.example, *.home.example</dd>", "2026-03-31 12:00 UTC, in 30 d", "2026-03-20 12:00 UTC",
        "https://ca.example/why", "2026-03-02 12:00 UTC, to try NAS localhost:5000 again", "<h3>NAS localhost:5000</h3>",
        "DSM serves it: seen at localhost:5001", "DSM Desktop Service", "&quot;old&quot; by FTPS",
        "2 times in a row, last at 2026-03-01 11:00 UTC: a wrong password", "set SYNO_PASSWORD", "2026-03-01 13:00 UTC"})
    EXPECT_THAT(page, HasSubstr(part));
}

TEST(StatusPage, IsGreenWhenAllIsWell) {
  Json well = status();
  well["health"] = {{"healthy", true}, {"why", "home.example valid until 2026-03-31 12:00 UTC"}};
  EXPECT_THAT(statusPage(well), HasSubstr("class=\"health good\"><b>All is well</b>home.example valid until"));
}

TEST(StatusPage, ListsWrongSettings) {
  Json wrong = status();
  wrong["faults"] = {"ACME_DNS: 'dns_cff' is no provider; did you mean dns_cf?"};
  EXPECT_THAT(statusPage(wrong), HasSubstr("<li>ACME_DNS: &#39;dns_cff&#39; is no provider; did you mean dns_cf?</li>"));
}

TEST(StatusPage, ShowsACertificateOfWhichNothingIsKnownYet) {
  Json fresh = status();
  Json& one = fresh["certificates"][0];
  one["issued"] = nullptr;
  one["renewal"] = {{"at", nullptr}, {"window", nullptr}, {"explanation", ""}};
  one["targets"][0]["deployed"] = {{"at", nullptr}, {"current", false}};
  one["targets"][0]["attempts"] = attempts(nullptr);
  const std::string page = statusPage(fresh);
  EXPECT_THAT(page, HasSubstr("<dt>issued</dt><dd>not yet</dd>"));
  EXPECT_THAT(page, HasSubstr("<dt>deployed</dt><dd>not yet</dd>"));
  EXPECT_THAT(page, Not(HasSubstr("null")));
}

// Errors quote what strangers sent: a CA's problem document, a description from DSM.
TEST(StatusPage, LetsNoStrangerWriteHtml) {
  Json hostile = status();
  const std::string script = "<script>alert('x')</script>\"onload=\"";
  hostile["health"]["why"] = script;
  hostile["faults"] = {script};
  Json& one = hostile["certificates"][0];
  one["title"] = script;
  one["issued"]["names"] = {script};
  one["renewal"]["explanation"] = script;
  one["next"]["why"] = script;
  Json& target = one["targets"][0];
  target["nas"] = script;
  target["verified"]["detail"] = script;
  target["services"] = {script};
  target["inUse"][0] = {{"certificate", script}, {"services", {script}}};
  target["attempts"]["error"] = {{"kind", script}, {"what", script}, {"mend", script}};
  const std::string page = statusPage(hostile);
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("\"onload")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;"));
}

TEST(StatusPage, BearsAnything) {
  for (const char* odd : {"null", "{}", "[]", "3", R"({"certificates": 3, "health": [], "faults": {}})",
                          R"({"certificates": [null, 3, {"targets": [null, {}]}]})"})
    EXPECT_THAT(statusPage(Json::parse(odd)), HasSubstr("</html>")) << odd;
}

}  // namespace
}  // namespace sidecert::web
