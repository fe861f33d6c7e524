// What goes wrong on the way: each is said in words that lead to its cause, nothing is tried that cannot help, and nothing
// is taken for an empty list that is none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

#include "dns/providers/answer.h"
#include "dns/providers/engine.h"
#include "support/manual_clock.h"
#include "support/memory_log.h"

namespace sidecert::dns::providers {
namespace {

using sidecert::testing::ManualClock;
using sidecert::testing::MemoryLog;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class ApiOfATest final : public HttpTransport {
 public:
  Result<HttpResponse> send(const HttpRequest& request, const Effort&) override {
    asked.push_back(request.method + " " + request.url + (request.body.empty() ? "" : " " + request.body));
    return answer(request);
  }
  Result<std::string> peerCertificate(const std::string&, std::uint16_t, const std::string&, const Effort&) override {
    return fail(ErrorCode::Internal, "not asked for here");
  }
  std::function<Result<HttpResponse>(const HttpRequest&)> answer;
  std::vector<std::string> asked;
};

HttpResponse answerWith(int status, std::string body, HttpHeaders headers = {}) {
  return {status, std::move(headers), std::move(body), ""};
}

constexpr char kListed[] = R"("records": {"list": {"get": "/list", "items": "/all", "where": {"/type": "TXT"}, "name": "/n",
  "value": "/v", "capture": {"id": "/id"}}, "add": {"post": "/add", "json": {"n": "{fqdn}", "v": "{value}"}}, "remove": {"delete": "/{id}"}})";

class EngineFaults : public ::testing::Test {
 protected:
  EngineFaults() {
    http_.answer = [this](const HttpRequest& request) -> Result<HttpResponse> {
      const auto found = std::ranges::find_if(answers_, [&](const auto& one) { return request.url.ends_with(one.first); });
      const HttpResponse answer = found != answers_.end() ? found->second : answerWith(200, "{}");
      if (request.method != "GET" && !afterwards_.empty()) answers_ = std::exchange(afterwards_, {});
      return answer;
    };
  }
  Result<> run(const std::string& more, bool adding = true, const std::map<std::string, std::string>& set = {},
               const std::string& cut = "home.example", const std::string& name = "_acme-challenge.home.example") {
    auto tree = nlohmann::ordered_json::parse(R"({"id": "dns_x", "name": "X", "docs": "d", "base": "https://x.example",
      "variables": [], "credentials": [{"needs": []}], "zone": {"given": "home.example"},
      "records": {"add": {"post": "/add", "json": {"n": "{fqdn}", "v": "{value}"}}, "remove": {"delete": "/{fqdn}/{value}"}}})");
    const auto changes = nlohmann::ordered_json::parse("{" + more + "}");
    if (changes.contains("set")) tree.erase("records");
    tree.update(changes);
    auto definition = loadDefinition(tree.dump(), "x.json");
    if (!definition) return std::unexpected(definition.error());
    config::ProviderVariables variables;
    for (const auto& [key, value] : set) variables.emplace(key, Secret(value));
    auto provider = makeDefined(std::move(*definition), variables, {clock_, http_, files_, Log(log_), {}});
    if (!provider) return std::unexpected(provider.error());
    const std::vector<TxtRecord> records{{name, "value"}};
    return adding ? (*provider)->add(cut, records, Effort(clock_, {}))
                  : (*provider)->remove(cut, records, Effort(clock_, {}));
  }
  std::string whatFails(const std::string& more, bool adding = true, const std::map<std::string, std::string>& set = {}) {
    const auto done = run(more, adding, set);
    return done ? "it went well" : describe(done.error());
  }

  ManualClock clock_;
  ApiOfATest http_;
  std::vector<std::pair<std::string, HttpResponse>> answers_;     // by how the URL ends
  std::vector<std::pair<std::string, HttpResponse>> afterwards_;  // instead of them, once something was changed
  PosixFileSystem files_;
  MemoryLog log_;
};

// It was taken for a lost answer of the network, and tried for 30 s.
TEST_F(EngineFaults, ARequestThatCannotBeMadeIsNotTriedAgain) {
  answers_ = {{"/login", answerWith(200, "{}")}};
  const std::string said = whatFails(R"("login": {"post": "/login", "unsigned": true, "capture": {"t": "/token"}},
    "records": {"add": {"post": "/add/{t}", "json": {"n": "{fqdn}", "v": "{value}"}},
      "remove": {"delete": "/{fqdn}/{value}"}})");
  EXPECT_THAT(said, HasSubstr("POST /add/{t}: no answer gave a value for {t}"));
  EXPECT_THAT(http_.asked, SizeIs(1));
  EXPECT_THAT(clock_.sleeps(), IsEmpty());
}

// The member was left out, and the rest sent.
TEST_F(EngineFaults, NothingIsLeftOutOfAChange) {
  answers_ = {{"/zones", answerWith(200, R"([{"name": "home.example"}])")}};
  const std::string zone = R"("zone": {"list": {"get": "/zones", "name": "/name", "capture": {"id": "/id"}}})";
  const auto adding = [&](const std::string& id) {
    return whatFails(zone + R"(, "records": {"add": {"post": "/add", "form": {"id": ")" + id +
                     R"(", "n": "{fqdn}", "v": "{value}"}}, "remove": {"delete": "/{fqdn}/{value}"}})");
  };
  EXPECT_THAT(adding("{id}"), HasSubstr("no answer gave a value for {id}"));
  EXPECT_THAT(http_.asked, ElementsAre("GET https://x.example/zones"));
  EXPECT_EQ(adding("{id|optional}"), "it went well");
  EXPECT_EQ(adding("{id|else:none}"), "it went well");
  EXPECT_EQ(http_.asked.back(), "POST https://x.example/add id=none&n=_acme-challenge.home.example&v=value");
}

TEST_F(EngineFaults, ALoginThatIsBusyIsAskedFiveTimesInAll) {
  answers_ = {{"/login", answerWith(503, "")}};
  EXPECT_THAT(whatFails(R"("login": {"post": "/login", "unsigned": true})"), HasSubstr("logging in"));
  EXPECT_THAT(http_.asked, SizeIs(5));
}

// A token that came with something else than success was printed.
TEST_F(EngineFaults, NothingOfALoginsAnswerIsShown) {
  answers_ = {{"/login", answerWith(200, R"({"token": "very-secret", "state": "half", "say": "try later"})")}};
  const std::string login =
      R"("login": {"post": "/login", "unsigned": true, "ok": {"/state": "done"}, "capture": {"t": "/token"}})";
  EXPECT_THAT(whatFails(login), HasSubstr("status 200, not what a successful login has at /state"));
  EXPECT_THAT(whatFails(login + R"(, "message": ["/say"])"), HasSubstr("status 200, try later"));
  EXPECT_THAT(whatFails(login + R"(, "message": [""])"), Not(HasSubstr("very-secret")));
  EXPECT_THAT(log_.text(), Not(HasSubstr("very-secret")));
}

TEST_F(EngineFaults, TheVariableThatMakesNoUrlIsNamed) {
  const std::string base =
      R"("base": "{X_Url|unslash}/api", "variables": [{"name": "X_Url", "meaning": "address of the server"}],
    "credentials": [{"needs": ["X_Url"]}])";
  EXPECT_THAT(whatFails(base, true, {{"X_Url", "nas.local:5380"}}),
              HasSubstr("X_Url: \"nas.local:5380/api\" is no URL for it: it has to start with https:// or http://"));
  EXPECT_THAT(whatFails(base, true, {{"X_Url", "https://nas.local/?a=b"}}), HasSubstr("X_Url: "));
  const std::string said = whatFails(base, true, {{"X_Url", "https://me:pass-word@nas.local"}});
  EXPECT_THAT(said, HasSubstr("X_Url: leave out the user name and password"));
  EXPECT_THAT(said, Not(HasSubstr("pass-word")));
  EXPECT_THAT(http_.asked, IsEmpty());
}

// What an answer says may lead to another path, never to another server: the credentials would go there.
TEST_F(EngineFaults, NoAnswerLeadsToAnotherServer) {
  const auto zone = [](const std::string& capture) {
    return R"("zone": {"list": {"get": "/zones", "items": "/z", "name": "/name", "capture": {"path": "/path"}, )" + capture +
           R"(}}, "records": {"add": {"post": "{path|raw}/{fqdn}/{value}"}, "remove": {"delete": "/{fqdn}/{value}"}})";
  };
  for (const char* path : {"https://evil.example/", "//evil.example/", ".evil.example/", "@evil.example/"}) {
    answers_ = {{"/zones", answerWith(200, R"({"z": [{"name": "home.example", "path": ")" + std::string(path) + "\"}]}")}};
    EXPECT_THAT(run(zone(R"("where": {"/name": "home.example"})")).error().code, ErrorCode::BadAnswer) << path;
    EXPECT_EQ(http_.asked.back(), "GET https://x.example/zones") << path;
  }
  for (const char* next : {"https://evil.example/zones", "//evil.example/zones", "https://x.example:444/zones"}) {
    answers_ = {{"/zones", answerWith(200, R"({"z": [], "next": ")" + std::string(next) + "\"}")}};
    EXPECT_THAT(run(zone(R"("pages": {"next": "/next"})")).error().code, ErrorCode::BadAnswer) << next;
  }
  answers_ = {{"/zones", answerWith(200, R"({"z": [{"name": "home.example", "path": "/sub"}], "next": "/zones?page=2"})")},
              {"/zones?page=2", answerWith(200, R"({"z": []})")}};
  EXPECT_TRUE(run(zone(R"("pages": {"next": "/next"})")));
  EXPECT_EQ(http_.asked.back(), "POST https://x.example/sub/_acme-challenge.home.example/value");
}

TEST_F(EngineFaults, WhatAnAnswerAsksForIsBounded) {
  answers_ = {{"/add", answerWith(429, R"({"wait": 1e300, "pace": 9223372036854775808})")}};
  const auto done = run(R"("retry_from": "/wait", "pace_from": "/pace")");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().retry_after, std::chrono::seconds(86400));
  EXPECT_THAT(clock_.sleeps(), IsEmpty());
  answers_ = {{"/add", answerWith(429, R"({"wait": -1, "pace": "nan"})")}};
  EXPECT_FALSE(run(R"("retry_from": "/wait", "pace_from": "/pace")"));
}

TEST_F(EngineFaults, AnAnswerBeyondTheLimitsIsAskedForOnce) {
  answers_ = {{"/list", answerWith(200, std::string(100'000, '['))}};
  EXPECT_THAT(whatFails(kListed, false), HasSubstr("the answer has more than 64 levels inside each other"));
  EXPECT_THAT(http_.asked, SizeIs(1));
}

TEST_F(EngineFaults, ANeedWithAValueIsNamedAsTheVariableItIs) {
  answers_ = {{"/add", answerWith(401, "")}};
  const std::string said = whatFails(R"("variables": [{"name": "KIND", "meaning": "k"}, {"name": "ID", "meaning": "i"}],
    "credentials": [{"needs": ["KIND=robot", "ID"]}])",
                                     true, {{"KIND", "robot"}, {"ID", "12345"}});
  EXPECT_THAT(said, HasSubstr("check KIND (set to robot), ID (set, 5 characters)"));
}

TEST_F(EngineFaults, WhatTheAccountHasInsteadOfTheZoneIsSaid) {
  const std::string zones = R"("zone": {"list": {"get": "/zones", "items": "/z", "name": "/name"}})";
  answers_ = {{"/zones", answerWith(200, R"({"z": [{"name": "a.example"}, {"name": "b.example"}]})")}};
  EXPECT_THAT(whatFails(zones), HasSubstr("it has 2 zones, and none of them fits, as a.example"));
  answers_ = {{"/zones", answerWith(200, R"({"z": []})")}};
  EXPECT_THAT(whatFails(zones), HasSubstr("the list of zones is empty"));
}

TEST_F(EngineFaults, ACutThatTheAccountDoesNotHaveIsSaid) {
  const std::string zones = R"("zone": {"list": {"get": "/zones", "name": "/name"}})";
  answers_ = {{"/zones", answerWith(200, R"([{"name": "home.example"}])")}};
  ASSERT_TRUE(run(zones, true, {}, "deep.home.example", "_acme-challenge.deep.home.example"));
  EXPECT_THAT(log_.text(), HasSubstr("DNS shows the zone deep.home.example, which this account does not have"));
}

TEST_F(EngineFaults, AZoneThatIsConfirmedHasToBeTheOne) {
  const std::string zones = R"("zone": {"list": {"get": "/zones", "name": "/name", "capture": {"id": "/id"}},
    "confirm": {"get": "/zone/{id}", "name": "/name", "capture": {"server": "/server"}}},
    "records": {"add": {"post": "/{server}/{fqdn}/{value}"}, "remove": {"delete": "/{fqdn}/{value}"}})";
  answers_ = {{"/zones", answerWith(200, R"([{"name": "home.example", "id": 7}])")},
              {"/zone/7", answerWith(200, R"({"name": "HOME.example", "server": "ns1"})")}};
  ASSERT_TRUE(run(zones));
  EXPECT_EQ(http_.asked.back(), "POST https://x.example/ns1/_acme-challenge.home.example/value");
  answers_[1].second.body = R"({"name": "other.example", "server": "ns1"})";
  EXPECT_THAT(whatFails(zones), HasSubstr("confirming the zone home.example: /name is \"other.example\""));
}

// INWX takes such zones in Unicode only.
TEST_F(EngineFaults, AZoneGoesBackAsTheApiSpelledIt) {
  answers_ = {{"/zones", answerWith(200, R"([{"name": "bücher.example"}])")}};
  const std::string zones = R"("zone": {"list": {"get": "/zones", "name": "/name"}},
    "records": {"add": {"post": "/add", "json": {"z": "{zone}", "n": "{fqdn}", "r": "{relative}",
    "v": "{value}"}}, "remove": {"delete": "/{fqdn}/{value}"}})";
  ASSERT_TRUE(run(zones, true, {}, "xn--bcher-kva.example", "_acme-challenge.xn--bcher-kva.example"));
  EXPECT_EQ(http_.asked.back(),
            "POST https://x.example/add "
            R"({"z":"bücher.example","n":"_acme-challenge.bücher.example","r":"_acme-challenge","v":"value"})");
}

TEST_F(EngineFaults, TheProvidersNameStandsOnceInALine) {
  answers_ = {{"/add", answerWith(400, "no")}};
  EXPECT_EQ(whatFails("\"keys_at\": \"k\""), "POST https://x.example/add: status 400, no");
  EXPECT_THAT(log_.text(), HasSubstr("status 400, 2 octets: it failed"));
}

// A list of ids: only those that matter are asked for.
TEST_F(EngineFaults, DetailIsAskedForWhatItIsFor) {
  answers_ = {{"/list", answerWith(200, R"([{"id": 1, "type": "A"}, {"id": 2, "type": "TXT"}])")},
              {"/2", answerWith(200, R"({"id": 2, "n": "_acme-challenge", "v": "value"})")}};
  afterwards_ = {{"/list", answerWith(200, R"([{"id": 1, "type": "A"}])")}};
  ASSERT_TRUE(run(R"("records": {"list": {"get": "/list", "items": "", "detail": {"get": "/{item/id}"},
    "detail_for": {"/type": "TXT"}, "name": "/n", "value": "/v", "capture": {"id": "/id"}},
    "add": {"post": "/{fqdn}/{value}"}, "remove": {"delete": "/{id}"}})",
                  false));
  EXPECT_THAT(http_.asked, ElementsAre("GET https://x.example/list", "GET https://x.example/2", "DELETE https://x.example/2",
                                       "GET https://x.example/list"));
}

// Each page keeps within the limits of one answer; all of them would be a gigabyte.
TEST_F(EngineFaults, AListHasALimitOverAllItsPages) {
  const std::string pages =
      R"("records": {"list": {"get": "/list?p={page}", "pages": {"page": 1, "size": 100}, "items": "/all",
    "name": "/n", "value": "/v", "capture": {"id": "/id"}}, "add": {"post": "/add", "json": {"n": "{fqdn}", "v": "{value}"}},
    "remove": {"delete": "/{id}"}})";
  std::string page = R"({"all": [)";
  for (int i = 0; i < 10'000; ++i) page += R"({"n": "a", "v": "b", "id": [1, 2, 3, 4]},)";
  page.back() = ']';
  http_.answer = [&](const HttpRequest&) { return answerWith(200, page + "}"); };
  EXPECT_THAT(whatFails(pages), HasSubstr("the list holds more than 250000 values"));
  EXPECT_THAT(http_.asked, SizeIs(::testing::Lt(6U)));
  http_.asked.clear();
  page = R"({"all": [)" + std::string(7U << 20U, ' ');
  for (int i = 0; i < 100; ++i) page += "{},";
  page.back() = ']';
  EXPECT_THAT(whatFails(pages), HasSubstr("the list is larger than 33554432 octets"));
  EXPECT_THAT(http_.asked, SizeIs(::testing::Lt(7U)));
}

TEST_F(EngineFaults, TheIdMayBeTheKey) {
  answers_ = {{"/list", answerWith(200, R"({"records": {"17": {"n": "_acme-challenge", "v": "value"}}})")}};
  afterwards_ = {{"/list", answerWith(200, R"({"records": {}})")}};
  ASSERT_TRUE(
      run(R"("records": {"list": {"get": "/list", "items": "/records|entries", "name": "/value/n", "value": "/value/v",
    "capture": {"id": "/key"}}, "add": {"post": "/{fqdn}/{value}"}, "remove": {"delete": "/{id}"}})",
          false));
  EXPECT_THAT(http_.asked,
              ElementsAre("GET https://x.example/list", "DELETE https://x.example/17", "GET https://x.example/list"));
}

TEST_F(EngineFaults, OneValueMayStandAlone) {
  answers_ = {{"/_acme-challenge.home.example", answerWith(200, R"({"r": []})")}};
  afterwards_ = {{"/_acme-challenge.home.example", answerWith(200, R"({"r": ["value"]})")}};
  ASSERT_TRUE(run(R"("set": {"read": {"get": "/{fqdn}", "records": "/r"},
    "write": {"put": "/w", "json": {"content": {"each": "records", "give": "{value}", "alone": true}}}})"));
  EXPECT_THAT(http_.asked, Contains(R"(PUT https://x.example/w {"content":"value"})"));
}

TEST_F(EngineFaults, EveryXmlBodyMayHaveAnEnvelope) {
  ASSERT_TRUE(run(R"("xml": {"packet": {"@version": "1", "login": "me"}},
    "records": {"add": {"post": "/add", "xml": {"packet": {"add": {"name": "{fqdn}", "value": "{value}"}}}},
    "remove": {"delete": "/{fqdn}/{value}"}})"));
  EXPECT_THAT(http_.asked.back(), HasSubstr("<packet version=\"1\"><login>me</login><add>"
                                            "<name>_acme-challenge.home.example</name><value>value</value></add></packet>"));
}

TEST_F(EngineFaults, OfFewTimesToLiveTheNextLargerIsTaken) {
  const std::string ttl =
      R"("variables": [{"name": "T", "meaning": "t"}], "ttl": {"use": 100, "variable": "T", "allowed": [60, 300, 3600]},
    "records": {"add": {"post": "/{fqdn}/{value}/{ttl}"}, "remove": {"delete": "/{fqdn}/{value}"}})";
  for (const auto& [typed, sent] : {std::pair{"", "/300"}, std::pair{"60", "/60"}, std::pair{"9999", "/3600"}}) {
    ASSERT_TRUE(run(ttl, true, {{"T", typed}}));
    EXPECT_THAT(http_.asked.back(), ::testing::EndsWith(sent));
  }
  EXPECT_THAT(whatFails(ttl, true, {{"T", "soon"}}),
              HasSubstr("T: \"soon\" is no number of seconds; X takes 0 to 2147483647"));
}

TEST(ReadAnswer, TakesAPageForWholeByWhatADefinitionSays) {
  const auto problem = [](int status, const char* body, const char* end = "</html>") {
    return readAnswer(answerWith(status, body), Format::Html, end).problem;
  };
  EXPECT_EQ(problem(200, "<html><body></body></HTML>\n<!-- 0.1 s -->"), "");
  EXPECT_EQ(problem(200, "<html><body><tr><td>"), "a page without its end, </html>");
  EXPECT_EQ(problem(302, "<html><body>moved"), "");
  EXPECT_EQ(problem(302, ""), "");
  EXPECT_EQ(problem(200, "<p>a piece that never had one"), "");
  EXPECT_EQ(problem(200, "<html><table></TABLE>", "</table>"), "");
  EXPECT_EQ(problem(200, "<html><table>", "</table>"), "a page without its end, </table>");
  EXPECT_EQ(problem(200, "<html>", ""), "");
  EXPECT_EQ(problem(200, ""), "an empty page");
}

}  // namespace
}  // namespace sidecert::dns::providers
