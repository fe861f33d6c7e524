// What the language can say, one feature at a time, on an API that exists nowhere.
#include "dns/providers/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crypto/digest.h"
#include "support/manual_clock.h"
#include "support/memory_log.h"

namespace sidecert::dns::providers {
namespace {

using sidecert::testing::kTestStart;
using sidecert::testing::ManualClock;
using sidecert::testing::MemoryLog;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// Answers each request by a function and keeps what was asked.
class AnsweringHttp final : public HttpTransport {
 public:
  Result<HttpResponse> send(const HttpRequest& request, const Effort&) override {
    asked.push_back(request.method + " " + request.url + (request.body.empty() ? "" : " " + request.body));
    last = request;
    return answer(request);
  }
  Result<std::string> peerCertificate(const std::string&, std::uint16_t, const std::string&, const Effort&) override {
    return fail(ErrorCode::Internal, "not asked for here");
  }
  std::function<Result<HttpResponse>(const HttpRequest&)> answer = [](const HttpRequest&) {
    return HttpResponse{200, {}, "{}", ""};
  };
  std::vector<std::string> asked;
  HttpRequest last;
};

HttpResponse with(int status, std::string body, HttpHeaders headers = {}) {
  return {status, std::move(headers), std::move(body), ""};
}

class Engine : public ::testing::Test {
 protected:
  /// @param more  members beside those every definition has; "credentials", "variables", "base", "zone" may be among them.
  Result<std::unique_ptr<Provider>> make(const std::string& more, const std::map<std::string, std::string>& set = {}) {
    nlohmann::ordered_json tree =
        nlohmann::ordered_json::parse(R"({"id": "dns_x", "name": "X", "docs": "d", "base": "https://x.example",
      "variables": [], "credentials": [{"needs": []}], "zone": {"given": "home.example"},
      "records": {"add": {"post": "/add", "headers": {"At": "{fqdn}"}, "json": {"v": "{value}"}},
                  "remove": {"delete": "/{value}", "headers": {"At": "{fqdn}"}}}})");
    tree.update(nlohmann::ordered_json::parse(more));
    if (tree.contains("slot")) tree.erase("records");
    auto definition = loadDefinition(tree.dump(), "x.json");
    if (!definition) return std::unexpected(definition.error());
    config::ProviderVariables variables;
    for (const auto& [name, value] : set) variables.emplace(name, Secret(value));
    return makeDefined(std::move(*definition), variables, {clock_, http_, files_, Log(log_), {}});
  }
  Result<> add(const std::string& more, const std::map<std::string, std::string>& set = {}) {
    auto provider = make(more, set);
    if (!provider) return std::unexpected(provider.error());
    return (*provider)->add("home.example", std::vector<TxtRecord>{{"_acme-challenge.home.example", "value"}},
                            Effort(clock_, {}));
  }

  ManualClock clock_;
  AnsweringHttp http_;
  PosixFileSystem files_;
  MemoryLog log_;
};

TEST_F(Engine, SaysOfAServerThatGaveNoAnswerThatItIsSilent) {
  auto provider = make("{}");
  ASSERT_TRUE(provider) << describe(provider.error());
  const std::vector<TxtRecord> records{{"_acme-challenge.home.example", "value"}};
  const auto silentAfter = [&](Duration waited, ErrorCode code) {
    http_.answer = [&, waited, code](const HttpRequest&) -> Result<HttpResponse> {
      clock_.advance(waited);
      return fail(code, "cut");
    };
    EXPECT_FALSE((*provider)->add("home.example", records, Effort(clock_, {})));
    return (*provider)->silent();
  };
  EXPECT_TRUE(silentAfter(kSilence, ErrorCode::Stopped));
  EXPECT_FALSE(silentAfter(Duration{10}, ErrorCode::Stopped)) << "it had no time to answer";
  EXPECT_FALSE(silentAfter(kSilence, ErrorCode::BadAnswer)) << "it answered nonsense";
  EXPECT_TRUE(silentAfter(kSilence, ErrorCode::Stopped));
  http_.answer = [](const HttpRequest&) { return with(200, "{}"); };
  EXPECT_TRUE((*provider)->add("home.example", records, Effort(clock_, {})));
  EXPECT_FALSE((*provider)->silent());
}

// Thirty seconds are for cleaning up, also where every request has to wait its turn.
TEST_F(Engine, CleansUpAtItsPaceWithinTheTimeThereIs) {
  auto provider = make(R"({"pace": 2})");
  ASSERT_TRUE(provider) << describe(provider.error());
  const std::vector<TxtRecord> records{{"_acme-challenge.a.home.example", "1"},
                                       {"_acme-challenge.b.home.example", "2"},
                                       {"_acme-challenge.c.home.example", "3"},
                                       {"_acme-challenge.d.home.example", "4"}};
  EXPECT_TRUE((*provider)->remove("home.example", records, Effort::within(clock_, Duration{30'000}, {})));
  EXPECT_THAT(http_.asked, ::testing::SizeIs(4));
  http_.asked.clear();
  const auto cut = (*provider)->remove("home.example", records, Effort::within(clock_, Duration{3'000}, {}));
  ASSERT_FALSE(cut);
  EXPECT_LT(http_.asked.size(), 4U) << "no request is begun that the time is not there for";
}

TEST_F(Engine, TakesTheFirstTemplateThatIsComplete) {
  const std::string more = R"({"variables": [{"name": "A", "meaning": "a"}, {"name": "B", "meaning": "b", "default": "b"}],
    "let": {"chosen": ["{A}", "{B}"]}, "headers": {"X": "{chosen}"}})";
  ASSERT_TRUE(add(more, {{"A", "a"}}));
  EXPECT_EQ(http_.last.headers.first("X"), "a");
  ASSERT_TRUE(add(more));
  EXPECT_EQ(http_.last.headers.first("X"), "b");
}

TEST_F(Engine, ReadsAVariableThatIsJson) {
  const std::string more = R"({"variables": [{"name": "KEY", "meaning": "the key", "json": true, "secret": true}],
    "credentials": [{"needs": ["KEY"]}], "headers": {"X": "{KEY/inner/name}"}})";
  ASSERT_TRUE(add(more, {{"KEY", R"({"inner": {"name": "home"}})"}}));
  EXPECT_EQ(http_.last.headers.first("X"), "home");
  const auto refused = add(more, {{"KEY", "home"}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::Settings);
  EXPECT_THAT(refused.error().what, HasSubstr("KEY: not the JSON object"));
}

TEST_F(Engine, ChoosesACredentialSetByAValue) {
  const std::string more = R"({"variables": [{"name": "KIND", "meaning": "k"}, {"name": "ID", "meaning": "i"}],
    "credentials": [{"needs": ["KIND=robot", "ID"], "headers": {"X": "robot"}}, {"needs": ["ID"], "headers": {"X": "person"}}]})";
  ASSERT_TRUE(add(more, {{"KIND", "robot"}, {"ID", "1"}}));
  EXPECT_EQ(http_.last.headers.first("X"), "robot");
  ASSERT_TRUE(add(more, {{"KIND", "other"}, {"ID", "1"}}));
  EXPECT_EQ(http_.last.headers.first("X"), "person");
}

constexpr char kTwoRegions[] = R"({"variables": [{"name": "REGION", "meaning": "r"}],
  "base": "{address}",
  "login": {"get": "https://login.example/", "unsigned": true, "capture": {"address": [
    "/list/[type=dns,region={REGION}]/url", "/list/[type=dns]/url"]}}})";

TEST_F(Engine, HandsOverToAnotherDefinitionByTheLengthOfAKey) {
  const std::string text = R"({"id": "dns_%", "name": "%", "docs": "d", "base": "https://%.example",
    "variables": [{"name": "KEY", "meaning": "the key", "secret": true}, {"name": "PW", "meaning": "a password"}],
    "credentials": [$ {"needs": ["KEY", "PW"]}], "zone": {"given": "home.example"},
    "records": {"add": {"post": "/add", "headers": {"{fqdn}": "{value}"}},
                "remove": {"delete": "/{value}", "headers": {"At": "{fqdn}"}}}})";
  const auto definition = [&](const std::string& id, const std::string& set) {
    std::string filled = text;
    for (auto at = filled.find('%'); at != std::string::npos; at = filled.find('%')) filled.replace(at, 1, id);
    filled.replace(filled.find('$'), 1, set);
    return loadDefinition(filled, id).value();
  };
  const std::string by_length = R"({"needs": ["KEY"], "length": {"KEY": 8}, "use": "dns_new"},)";
  const auto other = [&](const std::string& id) {
    EXPECT_EQ(id, "dns_new");
    return Result<Definition>(definition("new", R"({"needs": ["KEY"]},)"));
  };
  const std::vector<TxtRecord> records{{"_acme-challenge.home.example", "value"}};
  const Ports ports{clock_, http_, files_, Log(log_), {}};
  const auto by_new = makeDefined(definition("old", by_length), {{"KEY", Secret("12345678")}}, ports, other);
  ASSERT_TRUE(by_new) << describe(by_new.error());
  ASSERT_TRUE((*by_new)->add("home.example", records, Effort(clock_, {})));
  EXPECT_THAT(http_.asked.back(), HasSubstr("https://new.example/add"));
  const auto by_old =
      makeDefined(definition("old", by_length), {{"KEY", Secret("1234")}, {"PW", Secret("pw")}}, ports, other);
  ASSERT_TRUE(by_old) << describe(by_old.error());
  ASSERT_TRUE((*by_old)->add("home.example", records, Effort(clock_, {})));
  EXPECT_THAT(http_.asked.back(), HasSubstr("https://old.example/add"));
  const auto missing = makeDefined(definition("old", by_length), {{"KEY", Secret("1234")}}, ports, other);
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().what, HasSubstr("not set: PW (needed: KEY of 8 characters; or KEY and PW)"));
  const auto circle = [&](const std::string&) { return Result<Definition>(definition("new", by_length)); };
  const auto refused = makeDefined(definition("old", by_length), {{"KEY", Secret("12345678")}}, ports, circle);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::Settings);
}

TEST_F(Engine, SendsNothingWithoutWhatAStepDemands) {
  const auto added = add(R"({"note": "It writes below x only.",
    "records": {"add": {"post": "/add", "demands": ["{relative|below:x}"], "json": {"{fqdn}": "{value}"}},
                "remove": {"delete": "/{fqdn}/{value}"}}})");
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, ErrorCode::Settings);
  EXPECT_THAT(added.error().what, HasSubstr("X cannot write at _acme-challenge.home.example"));
  EXPECT_THAT(added.error().hint, HasSubstr("below x only"));
  EXPECT_THAT(http_.asked, IsEmpty());
}

TEST_F(Engine, TakesTheAddressFromTheLogin) {
  http_.answer = [](const HttpRequest& request) {
    return with(200, request.url == "https://login.example/" ? R"({"list": [{"type": "mail", "url": "https://mail.example"},
                               {"type": "dns", "region": "one", "url": "https://one.example"},
                               {"type": "dns", "region": "two", "url": "https://two.example"}]})"
                                                             : "{}");
  };
  ASSERT_TRUE(add(kTwoRegions, {{"REGION", "two"}}));
  EXPECT_EQ(http_.last.url, "https://two.example/add");
  ASSERT_TRUE(add(kTwoRegions));
  EXPECT_EQ(http_.last.url, "https://one.example/add");
}

TEST_F(Engine, WaitsAsLongAsTheAnswerSays) {
  int calls = 0;
  http_.answer = [&](const HttpRequest&) {
    return ++calls == 1 ? with(429, R"({"wait": "40"})", {{"Retry-After", "1"}}) : with(200, "{}");
  };
  ASSERT_TRUE(add(R"({"retry_from": "/wait"})"));
  EXPECT_THAT(clock_.sleeps(), ElementsAre(std::chrono::seconds(40)));
}

// A step's "any error is a missing zone" made an account without zones of one that was asked too often.
TEST_F(Engine, TakesSlowDownForNothingElse) {
  int calls = 0;
  http_.answer = [&](const HttpRequest& request) {
    if (!request.url.ends_with("/home.example")) return with(200, "{}");
    return ++calls == 1 ? with(400, R"({"error": "too many requests"})") : with(200, "{}");
  };
  EXPECT_TRUE(add(R"({"slow": {"/error": {"contains": "too many"}},
    "zone": {"walk": {"get": "/zones/{candidate}", "missing": {"status": 400}}}})"));
  EXPECT_EQ(calls, 2);
}

TEST_F(Engine, SaysWhatTheServerSaidOfTheZoneThatIsMissing) {
  http_.answer = [&](const HttpRequest& request) {
    return with(404, request.url.ends_with("/home.example") ? R"({"error": "this zone moved away"})" : "{}");
  };
  const auto added = add(R"({"message": ["/error"], "rights": "the right to see zones",
    "zone": {"walk": {"get": "/zones/{candidate}"}}})");
  ASSERT_FALSE(added);
  EXPECT_THAT(added.error().what, HasSubstr("no zone for _acme-challenge.home.example in this account"));
  EXPECT_THAT(added.error().what, HasSubstr("this zone moved away"));
  EXPECT_THAT(added.error().hint, HasSubstr("the right to see zones"));
}

TEST_F(Engine, HeedsRetryAfterOfABusyServer) {
  int calls = 0;
  http_.answer = [&](const HttpRequest&) { return ++calls == 1 ? with(503, "", {{"Retry-After", "11"}}) : with(200, "{}"); };
  ASSERT_TRUE(add("{}"));
  EXPECT_THAT(clock_.sleeps(), ElementsAre(std::chrono::seconds(11)));
}

constexpr char kCodes[] = R"({"variables": [{"name": "SECRET", "meaning": "s", "secret": true}],
  "credentials": [{"needs": ["SECRET"], "totp": "{SECRET}",
    "login": {"post": "/login", "unsigned": true, "json": {"code": "{totp}"}, "capture": {"token": "/token"}}}],
  "headers": {"Token": "{token}"}})";
// RFC 6238 appendix B: "12345678901234567890" in base32.
const std::map<std::string, std::string> kCodeSecret = {{"SECRET", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"}};

std::string codeAt(std::chrono::seconds after_start) {
  const auto time = kTestStart + after_start;
  return "POST https://x.example/login {\"code\":\"" +
         crypto::totp("12345678901234567890", time.time_since_epoch().count() / 1000) + "\"}";
}

TEST_F(Engine, GivesTheNextCodeWhenOneIsRefused) {
  int logins = 0;
  http_.answer = [&](const HttpRequest& request) {
    if (request.url.ends_with("/login") && ++logins == 1) return with(401, "{}");
    return with(200, R"({"token": "long-enough-token"})");
  };
  ASSERT_TRUE(add(kCodes, kCodeSecret));
  EXPECT_THAT(http_.asked, ElementsAre(codeAt(std::chrono::seconds(0)), codeAt(std::chrono::seconds(30)),
                                       "POST https://x.example/add {\"v\":\"value\"}"));
}

TEST_F(Engine, GivesUpAfterTwoRefusedCodes) {
  http_.answer = [&](const HttpRequest&) { return with(401, "{}"); };
  const auto refused = add(kCodes, kCodeSecret);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::Settings);
  EXPECT_EQ(http_.asked.size(), 2U);
}

TEST_F(Engine, NeverUsesACodeTwice) {
  auto provider = make(kCodes, kCodeSecret);
  ASSERT_TRUE(provider);
  bool expired = false;
  http_.answer = [&](const HttpRequest& request) {
    if (request.url.ends_with("/add") && !std::exchange(expired, true)) return with(401, "{}");
    return with(200, R"({"token": "long-enough-token"})");
  };
  ASSERT_TRUE((*provider)->add("home.example", std::vector<TxtRecord>{{"_acme-challenge.home.example", "value"}},
                               Effort(clock_, {})));
  EXPECT_EQ(http_.asked.at(0), codeAt(std::chrono::seconds(0)));
  EXPECT_EQ(http_.asked.at(2), codeAt(std::chrono::seconds(30)));
}

TEST_F(Engine, NamesTheVariablesWhenTheSetThatNeedsNothingFails) {
  http_.answer = [&](const HttpRequest&) -> Result<HttpResponse> {
    return fail(ErrorCode::Unreachable, "no answer from 169.254.169.254");
  };
  const auto refused = add(R"({"variables": [{"name": "KEY", "meaning": "k"}, {"name": "SECRET", "meaning": "s"}],
    "credentials": [{"needs": ["KEY", "SECRET"]}, {"needs": [], "login": {"get": "http://169.254.169.254/", "unsigned": true}}]})");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().hint, "set KEY and SECRET");
}

TEST_F(Engine, KeepsThePaceTheOwnerAskedFor) {
  const std::string more = R"({"variables": [{"name": "PACE", "meaning": "p"}], "pace": 0.5, "pace_variable": "PACE"})";
  auto provider = make(more, {{"PACE", "3"}});
  ASSERT_TRUE(provider);
  const std::vector<TxtRecord> two = {{"_acme-challenge.home.example", "one"}, {"_acme-challenge.home.example", "two"}};
  ASSERT_TRUE((*provider)->add("home.example", two, Effort(clock_, {})));
  EXPECT_THAT(clock_.sleeps(), ElementsAre(std::chrono::seconds(3)));
  const auto refused = make(more, {{"PACE", "fast"}});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().what, HasSubstr("PACE: \"fast\""));
}

// A page of HTML with status 200 was taken for success where a definition said ok by the status alone.
TEST_F(Engine, TakesNoHtmlForSuccess) {
  int calls = 0;
  http_.answer = [&](const HttpRequest&) { return ++calls == 1 ? with(200, "<html>Maintenance") : with(200, "{}"); };
  ASSERT_TRUE(add(R"({"ok": {"status": 200}})"));
  EXPECT_EQ(calls, 2);
}

TEST_F(Engine, TellsAMistypedCondition) {
  const auto refused = add(R"({"denied": {"stauts": 403}})");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().what, HasSubstr("x.json: /denied: \"stauts\": expected \"status\""));
}

constexpr char kBatch[] = R"({"exists": {"status": 409}, "batch": 10, "records": {
  "list": {"get": "/list", "items": "", "name": "/n", "value": "/v"},
  "add": {"post": "/add", "headers": {"At": "{zone}"}, "json": {"all": {"each": "additions", "give": "{fqdn}={value}"}}},
  "remove": {"delete": "/{value}"}}})";

// "It exists" about a batch says nothing about the others in it.
TEST_F(Engine, LooksAgainWhenPartOfABatchExists) {
  auto provider = make(kBatch);
  ASSERT_TRUE(provider);
  std::string list = "[]";
  int posts = 0;
  http_.answer = [&](const HttpRequest& request) {
    if (request.method == "GET") return with(200, list);
    const bool first = ++posts == 1;
    list = first ? R"([{"n": "_acme-challenge", "v": "one"}])"
                 : R"([{"n": "_acme-challenge", "v": "one"}, {"n": "_acme-challenge", "v": "two"}])";
    return first ? with(409, "{}") : with(200, "{}");
  };
  const std::vector<TxtRecord> two = {{"_acme-challenge.home.example", "one"}, {"_acme-challenge.home.example", "two"}};
  ASSERT_TRUE((*provider)->add("home.example", two, Effort(clock_, {})));
  const std::string at = "_acme-challenge.home.example=";
  EXPECT_THAT(http_.asked,
              ElementsAre("GET https://x.example/list",
                          R"(POST https://x.example/add {"all":[")" + at + R"(one",")" + at + R"(two"]})",
                          "GET https://x.example/list", R"(POST https://x.example/add {"all":[")" + at + R"(two"]})",
                          "GET https://x.example/list"));
}

// 100 names in one zone: what goes over the wire is bounded by the batches, not by the names.
TEST_F(Engine, PutsAHundredNamesIntoAsFewRequestsAsTheApiAllows) {
  auto provider = make(kBatch);
  ASSERT_TRUE(provider);
  nlohmann::json listed = nlohmann::json::array();
  http_.answer = [&](const HttpRequest& request) {
    if (request.method == "GET") return with(200, listed.dump());
    for (const nlohmann::json& one : nlohmann::json::parse(request.body).at("all")) {
      const std::string text = one.get<std::string>();
      listed.push_back({{"n", text.substr(0, text.find('='))}, {"v", text.substr(text.find('=') + 1)}});
    }
    return with(200, "{}");
  };
  std::vector<TxtRecord> hundred;
  for (int i = 0; i < 100; ++i) hundred.push_back({"_acme-challenge.n" + std::to_string(i) + ".home.example", "value"});
  ASSERT_TRUE((*provider)->add("home.example", hundred, Effort(clock_, {})));
  EXPECT_EQ(http_.asked.size(), 1U + 10U + 1U);
}

TEST_F(Engine, ShowsNoTokenOfALogin) {
  http_.answer = [&](const HttpRequest& request) {
    return request.url.ends_with("/login") ? with(200, R"({"token": "abcdef-0123456789"})")
                                           : with(400, "what is abcdef-0123456789 supposed to be?");
  };
  const auto refused = add(R"({"login": {"post": "/login", "unsigned": true, "capture": {"token": "/token"}},
    "headers": {"Token": "{token}"}})");
  ASSERT_FALSE(refused);
  EXPECT_THAT(describe(refused.error()) + log_.text(), Not(HasSubstr("abcdef-0123456789")));
}

TEST_F(Engine, SaysHowManyValuesASlotTakesAtATime) {
  const std::string slot =
      R"({"slot": {"name": "{fqdn|before:.home.example|label}", "holds": 2, "write": {"post": "/w", "form": {"v": "{value}"}}}})";
  auto provider = make(slot);
  ASSERT_TRUE(provider) << describe(provider.error());
  const std::vector<TxtRecord> records = {{"_acme-challenge.a.home.example", "1"},
                                          {"_acme-challenge.b.home.example", "2"},
                                          {"_acme-challenge.a.home.example", "3"},
                                          {"_acme-challenge.a.home.example", "4"}};
  EXPECT_THAT((*provider)->together("home.example", records, Effort(clock_, {})),
              ElementsAre(records[0], records[1], records[2]));
  EXPECT_THAT(http_.asked, IsEmpty());
}

TEST_F(Engine, TakesAnyNumberOfValuesWhereRecordsHaveALifeOfTheirOwn) {
  const std::vector<TxtRecord> records = {{"_acme-challenge.home.example", "1"}, {"_acme-challenge.home.example", "2"}};
  auto provider = make("{}");
  ASSERT_TRUE(provider);
  EXPECT_EQ((*provider)->together("home.example", records, Effort(clock_, {})), records);
}

}  // namespace
}  // namespace sidecert::dns::providers
