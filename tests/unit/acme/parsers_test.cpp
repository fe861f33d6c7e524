// What strangers send, good and bad.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "acme/directory.h"
#include "acme/problem.h"
#include "acme/renewal_info.h"
#include "acme/resources.h"
#include "base/http/links.h"
#include "support/manual_clock.h"
#include "support/memory_log.h"
#include "support/scripted_http.h"

namespace sidecert::acme {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kDirectory =
    R"({"newNonce":"https://ca.example/n","newAccount":"https://ca.example/a","newOrder":"https://ca.example/o",
        "keyChange":"https://ca.example/k","renewalInfo":"https://ca.example/ari/",
        "meta":{"profiles":{"classic":"ninety days"},"caaIdentities":["ca.example"],"externalAccountRequired":true}})";

TEST(ParseDirectory, ReadsWhatTheCaOffers) {
  const auto directory = parseDirectory("https://ca.example/dir", kDirectory);
  ASSERT_TRUE(directory);
  EXPECT_EQ(directory->renewal_info, "https://ca.example/ari") << "without the slash at its end";
  EXPECT_TRUE(directory->offersProfile("classic"));
  EXPECT_THAT(directory->caa_identities, ElementsAre("ca.example"));
  EXPECT_TRUE(directory->external_account_required);
  EXPECT_THAT(directory->revoke_certificate, IsEmpty());
}

TEST(ParseDirectory, NamesTheMemberThatIsMissing) {
  const auto directory =
      parseDirectory("https://ca.example/dir", R"({"newNonce":"https://ca.example/n","newAccount":null})");
  ASSERT_FALSE(directory);
  EXPECT_THAT(directory.error().what, HasSubstr("newAccount"));
}

TEST(ParseDirectory, RefusesToLeaveHttps) {
  const auto directory = parseDirectory(
      "https://ca.example/dir",
      R"({"newNonce":"http://ca.example/n","newAccount":"https://ca.example/a","newOrder":"https://ca.example/o"})");
  EXPECT_FALSE(directory);
}

TEST(ParseDirectory, TakesNoOtherJson) {
  for (const std::string body : {"", "[]", "null", "\"text\"", "<html>", "{", "{\"meta\":7}"}) {
    EXPECT_FALSE(parseDirectory("https://ca.example/dir", body)) << body;
  }
}

TEST(ParseOrder, NamesTheLimitThatAHostileAnswerExceeds) {
  const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
  EXPECT_THAT(parseOrder(R"({"status":"pending","x":)" + deep + "}").error().what, HasSubstr("deeper than 32 levels"));
  EXPECT_THAT(parseAuthorization("https://ca.example/z", R"({"x":)" + deep + "}").error().what, HasSubstr("deeper"));
  EXPECT_THAT(readProblem(500, R"({"detail":)" + deep + "}").words(), HasSubstr("status 500"));
}

TEST(RenewalWindow, ThatEndedBeforeTheCertificateWasIssuedIsNotFollowed) {
  constexpr TimePoint kIssued = std::chrono::sys_days{std::chrono::year{2026} / 3 / 1};
  using std::chrono::hours;
  EXPECT_FALSE(canBeFollowed({.start = kIssued - hours(2), .end = kIssued, .explanation_url = {}}, kIssued));
  EXPECT_TRUE(canBeFollowed({.start = kIssued - hours(2), .end = kIssued + hours(1), .explanation_url = {}}, kIssued));
}

TEST(RenewalWindow, ExplanationThatIsNoHttpsPageIsLeftOut) {
  const std::string window =
      R"({"suggestedWindow":{"start":"2026-03-01T00:00:00Z","end":"2026-03-02T00:00:00Z"},"explanationURL":")";
  EXPECT_EQ(parseRenewalWindow(window + R"(https://ca.example/why"})")->explanation_url, "https://ca.example/why");
  EXPECT_THAT(parseRenewalWindow(window + R"(javascript:alert"})")->explanation_url, IsEmpty());
  EXPECT_THAT(parseRenewalWindow(window + "https://ca.example/" + std::string(600, 'a') + "\"}")->explanation_url,
              IsEmpty());
}

struct Asking {
  testing::ScriptedHttp http;
  testing::ManualClock clock;
  testing::MemoryLog log;
  PosixFileSystem files;
  Result<Directory> directory(const std::string& url = "https://ca.example/dir") {
    return fetchDirectory(url, {clock, http, files, Log(log), {}});
  }
};

TEST(FetchDirectory, WantsHttps) {
  Asking asking;
  for (const std::string url : {"http://ca.example/dir", "letsencript", "", "ftp://ca.example/"}) {
    const auto directory = asking.directory(url);
    ASSERT_FALSE(directory);
    EXPECT_EQ(directory.error().code, ErrorCode::Settings);
    EXPECT_THAT(directory.error().hint, HasSubstr("ACME_SERVER"));
  }
  EXPECT_THAT(asking.http.asked(), IsEmpty());
}

TEST(FetchDirectory, SaysProductAndLanguage) {
  Asking asking;
  asking.http.answer(200, kDirectory);
  ASSERT_TRUE(asking.directory());
  const auto request = asking.http.requests().front();
  EXPECT_THAT(request.headers.first("User-Agent").value_or(""), ::testing::StartsWith("sidecert/"));
  EXPECT_EQ(request.headers.first("Accept-Language"), "en");
}

TEST(FetchDirectory, NamesTheVariableWhenNobodyAnswers) {
  Asking asking;
  for (int i = 0; i < 3; ++i) asking.http.refuse(ErrorCode::Unreachable, "connection refused");
  const auto directory = asking.directory();
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error().code, ErrorCode::Unreachable);
  EXPECT_THAT(directory.error().hint, HasSubstr("ACME_SERVER"));
}

TEST(FetchDirectory, PointsToTheExtraTrustForAPrivateRoot) {
  Asking asking;
  asking.http.refuse(ErrorCode::Untrusted, "self-signed certificate");
  EXPECT_THAT(asking.directory().error().hint, HasSubstr("SSL_CERT_FILE"));
}

TEST(FetchDirectory, IsAWrongSettingWhenThereIsNone) {
  Asking asking;
  asking.http.answer(404, "<html>not here</html>");
  const auto directory = asking.directory();
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error().code, ErrorCode::Settings);
}

TEST(FetchDirectory, KeepsTheTimeABusyServerAskedFor) {
  Asking asking;
  asking.http.answer(503, "busy", {{"Retry-After", "120"}});
  const auto directory = asking.directory();
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error().code, ErrorCode::RateLimited);
  EXPECT_EQ(directory.error().retry_after, std::chrono::seconds(120));
}

TEST(FetchDirectory, DoesNotFollowRedirectsForEverNorToHttp) {
  Asking asking;
  asking.http.always([](const HttpRequest&) { return HttpResponse{.status = 301, .headers = {{"Location", "/again"}}}; });
  EXPECT_EQ(asking.directory().error().code, ErrorCode::BadAnswer);
  EXPECT_LT(asking.http.asked().size(), 10U);
  Asking other;
  other.http.answer(301, "", {{"Location", "http://ca.example/dir"}});
  EXPECT_FALSE(other.directory());
  EXPECT_EQ(other.http.asked().size(), 1U);
}

TEST(ReadProblem, KeepsSubproblemsWithTheirNames) {
  const auto problem = readProblem(403, R"({"type":"urn:ietf:params:acme:error:compound","detail":"several","subproblems":[
      {"type":"urn:ietf:params:acme:error:caa","detail":"forbidden","identifier":{"type":"dns","value":"a.example"}}, 7, null]})");
  EXPECT_TRUE(problem.is("compound"));
  ASSERT_EQ(problem.subproblems.size(), 1U);
  EXPECT_EQ(problem.subproblems.front().identifier, "a.example");
  EXPECT_EQ(problem.words(), "several [a.example: forbidden]");
}

TEST(ReadProblem, ShowsStatusAndBeginningOfWhatIsNoProblemDocument) {
  EXPECT_THAT(readProblem(502, "<html>\nBad gateway").words(), ::testing::AllOf(HasSubstr("502"), HasSubstr("<html>")));
  EXPECT_THAT(readProblem(500, "").words(), HasSubstr("500"));
  EXPECT_EQ(readProblem(500, R"({"status":500})").type, "");
}

TEST(ReadProblem, IgnoresMembersOfAnotherType) {
  const auto problem = readProblem(400, R"({"type":7,"detail":null,"subproblems":"none","instance":{}})");
  EXPECT_EQ(problem.type, "");
  EXPECT_EQ(problem.words(), "status 400");
}

TEST(ToError, TellsLimitsSettingsAndOutagesApart) {
  const auto code = [](int status, const std::string& type) {
    return toError({.status = status, .type = type, .detail = "words"}, std::nullopt).code;
  };
  EXPECT_EQ(code(429, "rateLimited"), ErrorCode::RateLimited);
  EXPECT_EQ(code(429, ""), ErrorCode::RateLimited);
  EXPECT_EQ(code(503, ""), ErrorCode::RateLimited);
  EXPECT_EQ(code(500, "serverInternal"), ErrorCode::BadAnswer);
  EXPECT_EQ(code(400, "externalAccountRequired"), ErrorCode::Settings);
  EXPECT_EQ(code(400, "rejectedIdentifier"), ErrorCode::Settings);
  EXPECT_EQ(code(403, "userActionRequired"), ErrorCode::Settings);
  EXPECT_EQ(code(403, "caa"), ErrorCode::Refused);
  EXPECT_EQ(code(400, "malformed"), ErrorCode::Refused);
}

TEST(ToError, LeadsToThePageOfNewTerms) {
  const auto error =
      toError({.status = 403, .type = "userActionRequired", .detail = "agree", .instance = "https://ca.example/terms"}, {});
  EXPECT_THAT(error.hint, HasSubstr("https://ca.example/terms"));
}

TEST(LinkTargets, ReadsSeveralFieldsListsAndQuotedCommas) {
  const std::vector<std::string> fields{R"(<https://ca.example/1>;rel="alternate", <https://ca.example/dir>; rel="index")",
                                        R"(<https://ca.example/2>; title="a, b; c"; rel=alternate)",
                                        R"(<https://ca.example/3> ; REL="up Alternate")"};
  EXPECT_THAT(linkTargets(fields, "alternate"),
              ElementsAre("https://ca.example/1", "https://ca.example/2", "https://ca.example/3"));
}

TEST(LinkTargets, SurvivesBrokenFields) {
  for (const std::string field : {"", "<", "<>", "<https://ca.example", "garbage", "<a>;", "<a>;rel",
                                  "<a>;rel=", "<a>;rel=\"alternate", ";;;,,,", "<a>;rel=\"\\"}) {
    (void)linkTargets({field}, "alternate");
  }
  EXPECT_THAT(linkTargets({R"(<https://ca.example/1>;rel="alternate", garbage)"}, "alternate"),
              ElementsAre("https://ca.example/1"));
}

TEST(ResolveReference, TakesAbsoluteAndRootedReferencesOnly) {
  EXPECT_EQ(resolveReference("https://ca.example:14000/dir", "/x?y"), "https://ca.example:14000/x?y");
  EXPECT_EQ(resolveReference("https://ca.example/dir", "//other.example/x"), "https://other.example/x");
  EXPECT_FALSE(resolveReference("https://ca.example/dir", "http://ca.example/x"));
  EXPECT_FALSE(resolveReference("https://ca.example/dir", "x"));
  EXPECT_FALSE(resolveReference("https://ca.example/dir", "javascript:alert(1)"));
}

const std::string kOrder =
    R"({"status":"pending","identifiers":[{"type":"dns","value":"Home.Example"}],"authorizations":["https://ca.example/z/1"],
        "finalize":"https://ca.example/f"})";

TEST(ParseOrder, ReadsNamesInLowerCase) {
  const auto order = parseOrder(kOrder);
  ASSERT_TRUE(order);
  EXPECT_THAT(order->names, ElementsAre("home.example"));
  EXPECT_EQ(order->status, Status::Pending);
}

TEST(ParseOrder, WantsWhatEachStateNeeds) {
  const auto missing = [](const std::string& body) { return parseOrder(body).error().what; };
  EXPECT_THAT(missing(R"({"status":"valid","identifiers":[{"type":"dns","value":"a.example"}]})"), HasSubstr("certificate"));
  EXPECT_THAT(missing(R"({"status":"ready","identifiers":[{"type":"dns","value":"a.example"}]})"), HasSubstr("finalize"));
  EXPECT_THAT(missing(R"({"status":"strange","identifiers":[]})"), HasSubstr("status"));
  EXPECT_THAT(missing(R"({"status":"processing"})"), HasSubstr("identifiers"));
  EXPECT_TRUE(parseOrder(R"({"status":"invalid"})")) << "an invalid order needs nothing more";
}

TEST(ParseAuthorization, TellsApexAndWildcardApart) {
  const auto apex =
      parseAuthorization("u", R"({"status":"pending","identifier":{"type":"dns","value":"a.example"},"challenges":[]})");
  const auto wild = parseAuthorization(
      "u", R"({"status":"pending","identifier":{"type":"dns","value":"a.example"},"wildcard":true,"challenges":[]})");
  ASSERT_TRUE(apex && wild);
  EXPECT_EQ(apex->name(), "a.example");
  EXPECT_EQ(wild->name(), "*.a.example");
}

TEST(ParseAuthorization, LeavesOutAChallengeWhoseTokenIsNoBase64Url) {
  const auto authorization = parseAuthorization("u", R"({"status":"pending","identifier":{"type":"dns","value":"a.example"},
      "challenges":[{"type":"dns-01","url":"https://ca.example/1","token":"a b"},
                    {"type":"dns-persist-01","url":"https://ca.example/2","issuer-domain-names":["ca.example"]}]})");
  ASSERT_TRUE(authorization);
  EXPECT_EQ(authorization->challenge("dns-01"), nullptr);
  ASSERT_NE(authorization->challenge("dns-persist-01"), nullptr);
  EXPECT_THAT(authorization->challenge("dns-persist-01")->issuer_domain_names, ElementsAre("ca.example"));
}

TEST(ParseRenewalWindow, NamesTheFieldThatIsMissing) {
  EXPECT_THAT(parseRenewalWindow(R"({"suggestedWindow":{"start":"2026-01-01T00:00:00Z"}})").error().what, HasSubstr("end"));
  EXPECT_THAT(parseRenewalWindow(R"({})").error().what, HasSubstr("suggestedWindow"));
  EXPECT_THAT(parseRenewalWindow(R"({"suggestedWindow":{"start":"soon","end":"2026-01-01T00:00:00Z"}})").error().what,
              HasSubstr("start"));
}

TEST(ParseRenewalWindow, ReadsFractionsAndOffsets) {
  const auto window =
      parseRenewalWindow(R"({"suggestedWindow":{"start":"2026-01-01T01:00:00.123+01:00","end":"2026-01-01T00:30:00Z"}})");
  ASSERT_TRUE(window);
  EXPECT_EQ(window->end - window->start, std::chrono::minutes(30) - Duration(123));
}

TEST(ChooseRenewalTime, LiesInsideTheWindowAndNeverBeforeNow) {
  const RenewalWindow window{testing::kTestStart, testing::kTestStart + std::chrono::hours(10), ""};
  EXPECT_EQ(chooseRenewalTime(window, testing::kTestStart - std::chrono::days(1), 0.0), window.start);
  EXPECT_EQ(chooseRenewalTime(window, testing::kTestStart - std::chrono::days(1), 0.5),
            window.start + std::chrono::hours(5));
  EXPECT_LT(chooseRenewalTime(window, testing::kTestStart, 0.999999), window.end);
  const TimePoint inside = window.start + std::chrono::hours(7);
  EXPECT_EQ(chooseRenewalTime(window, inside, 0.5), inside);
}

TEST(LocalRenewalTime, LeavesAThirdOrHalfOfAShortLife) {
  const TimePoint start = testing::kTestStart;
  EXPECT_EQ(localRenewalTime(start, start + std::chrono::days(90)), start + std::chrono::days(60));
  EXPECT_EQ(localRenewalTime(start, start + std::chrono::hours(160)), start + std::chrono::hours(80));
}

}  // namespace
}  // namespace sidecert::acme
