// Traps that ACME clients fell into, each as a test. Numbers 22 (empty volume) and 27 (two containers) are about the data
// folder and are tested there.
#include <nlohmann/json.hpp>
#include <fstream>
#include <regex>

#include "acme/jws.h"
#include "acme/renewal_info.h"
#include "base/encoding.h"
#include "base/poco_http.h"
#include "support/altering_proxy.h"
#include "support/scripted_http.h"
#include "support/test_ca.h"
#include "world.h"

namespace sidecert::testing {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto pass = [](const ProxyRequest&, const AlteringProxy::Pass& ask) { return ask(); };

/// A world whose CA is Pebble behind a proxy.
struct ProxiedWorld {
  explicit ProxiedWorld(AlteringProxy::Rule rule = pass, PebbleServer& server = sharedPebble())
      : proxy(server, std::move(rule)), world(server) {
    world.directory = proxy.directory();
  }
  AlteringProxy proxy;
  World world;
};

PebbleServer& reusingPebble() {
  static PebbleServer pebble({.environment = {{"PEBBLE_AUTHZREUSE", "100"}}});
  return pebble;
}

PebbleServer& credulousPebble() {
  static PebbleServer pebble({.environment = {{"PEBBLE_VA_ALWAYS_VALID", "1"}}});
  return pebble;
}

PebbleServer& pebbleWithAlternates() {
  static PebbleServer pebble({.environment = {{"PEBBLE_ALTERNATE_ROOTS", "2"}}});
  return pebble;
}

std::string commonNameOfRoot(PebbleServer& pebble, int chain) {
  return crypto::parseChain(pebble.issuingRoot(chain))->front().subjectCommonName();
}

TEST(Traps, Trap01_BadNonceThreeTimesAtEveryStep) {
  std::map<std::string, int> refused;
  std::mutex mutex;
  ProxiedWorld at([&](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    const std::scoped_lock lock(mutex);
    if (request.method == "POST" && ++refused[request.path] <= 3) {
      // Words of no CA: only the type may count. The refused nonce was never used, so it is good for the next try.
      ProxyAnswer answer = ProxyAnswer::problem(400, "badNonce", "try once more");
      answer.headers.add("Replay-Nonce", request.nonce);
      return answer;
    }
    return ask();
  });
  const auto issued = at.world.obtainFor({freshName()});
  ASSERT_TRUE(issued) << describe(issued.error());
  EXPECT_GE(refused.size(), 6U);
  EXPECT_EQ(at.world.log.count(LogLevel::Warning), 0U) << "nothing a person should hear of";
}

TEST(Traps, Trap02_RetryAfterAsDate) {
  ProxiedWorld at([](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    ProxyAnswer answer = ask();
    if (request.kind == "my-order" && request.number == 1) {
      json order = json::parse(answer.body);
      order["status"] = "pending";
      answer.body = order.dump();
      answer.headers.set("Retry-After", "Sat, 01 Jan 2000 00:00:00 GMT");
    }
    return answer;
  });
  const auto issued = at.world.obtainFor({freshName()});
  ASSERT_TRUE(issued) << describe(issued.error());
  EXPECT_THAT(at.world.clock.sleeps(), ::testing::Contains(Duration(300)).Times(::testing::Ge(2U)))
      << "a date in the past is no reason to ask without a pause";
}

TEST(Traps, Trap03_OrderIsReadyAtCreation) {
  const std::string name = freshName();
  World world(reusingPebble());
  ASSERT_TRUE(world.obtainFor({name}));
  world.orders.kept.reset();
  const auto again = world.obtainFor({name});
  ASSERT_TRUE(again) << describe(again.error());
  EXPECT_EQ(world.publisher.publications, 1) << "the second order was ready when it was made";
}

TEST(Traps, Trap04_AllAuthorizationsValidAtCreationNeedNoDns) {
  const std::string name = freshName();
  ProxiedWorld at(pass, reusingPebble());
  ASSERT_TRUE(at.world.obtainFor({name, "*." + name}));
  at.world.orders.kept.reset();
  at.proxy.setRule([](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    ProxyAnswer answer = ask();
    if (request.kind == "order-plz") answer.body = std::regex_replace(answer.body, std::regex("\"ready\""), "\"pending\"");
    return answer;
  });
  const auto again = at.world.obtainFor({name, "*." + name});
  ASSERT_TRUE(again) << describe(again.error());
  EXPECT_EQ(at.proxy.count("authZ"), 2);
  EXPECT_EQ(at.proxy.count("chalZ"), 0);
  EXPECT_EQ(at.world.publisher.publications, 1);
  EXPECT_EQ(at.world.publisher.withdrawals, 1);
}

TEST(Traps, Trap05_OneAuthorizationValidOnePending) {
  const std::string known = freshName();
  const std::string fresh = freshName();
  World world(reusingPebble());
  ASSERT_TRUE(world.obtainFor({known}));
  world.orders.kept.reset();
  world.publisher.published.clear();
  const auto issued = world.obtainFor({known, fresh});
  ASSERT_TRUE(issued) << describe(issued.error());
  ASSERT_EQ(world.publisher.published.size(), 1U);
  EXPECT_EQ(world.publisher.published.front().identifier, fresh);
}

TEST(Traps, Trap06_SameTokenForApexAndWildcardIsOneRecord) {
  ProxiedWorld at(
      [](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
        ProxyAnswer answer = ask();
        if (request.kind == "authZ")
          answer.body = std::regex_replace(answer.body, std::regex(R"("token": "[^"]*")"), R"("token": "same")");
        return answer;
      },
      credulousPebble());
  const std::string name = freshName();
  const auto issued = at.world.obtainFor({name, "*." + name});
  ASSERT_TRUE(issued) << describe(issued.error());
  EXPECT_EQ(at.world.publisher.published.size(), 1U);
  EXPECT_EQ(at.proxy.count("chalZ"), 2) << "both challenges are answered";
}

TEST(Traps, Trap07_ChallengeWithoutTokenUnknownTypeUnknownMembers) {
  ProxiedWorld at([](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    ProxyAnswer answer = ask();
    json object = json::parse(answer.body, nullptr, false);
    if (request.kind == "authZ" && object.contains("challenges")) {
      object["challenges"].insert(object["challenges"].begin(),
                                  {{"type", "dns-99"}, {"url", "https://ca.example/1"}, {"status", "pending"}});
      object["challenges"].push_back({{"type", "dns-01"}, {"url", 7}});
      object["challenges"].push_back("text");
      object["novelty"] = {1, 2, 3};
      answer.body = object.dump();
    }
    if ((request.kind == "order-plz" || request.kind == "my-order") && object.is_object()) {
      object["novelty"] = nullptr;
      object["replaces"] = nullptr;
      object["error"] = nullptr;
      answer.body = object.dump();
    }
    return answer;
  });
  const auto issued = at.world.obtainFor({freshName()});
  ASSERT_TRUE(issued) << describe(issued.error());
}

TEST(Traps, Trap08_FinalizeSaysOrderNotReadyFirst) {
  ProxiedWorld at([](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    if (request.kind == "finalize-order" && request.number == 1)
      return ProxyAnswer::problem(403, "orderNotReady", "not yet");
    return ask();
  });
  const auto issued = at.world.obtainFor({freshName()});
  ASSERT_TRUE(issued) << describe(issued.error());
  EXPECT_EQ(at.proxy.count("finalize-order"), 2);
  EXPECT_EQ(at.proxy.count("order-plz"), 1);
}

TEST(Traps, Trap09_InvalidOrderNamesEachNameWithTheCasWords) {
  World world(sharedPebble());
  world.publisher.wrong_value = "not what the CA looks for";
  const std::string one = freshName();
  const std::string other = freshName();
  const auto issued = world.obtainFor({one, other});
  ASSERT_FALSE(issued);
  EXPECT_EQ(issued.error().code, ErrorCode::Refused);
  EXPECT_THAT(issued.error().what,
              AllOf(HasSubstr("of 2 names"), ::testing::AnyOf(HasSubstr(one + ": "), HasSubstr(other + ": ")),
                    ::testing::AnyOf(HasSubstr("TXT record"), HasSubstr("DNS challenge"))));
  EXPECT_FALSE(world.orders.kept) << "this order is over";
  EXPECT_EQ(world.publisher.withdrawals, 1);
}

TEST(Traps, Trap09_SubproblemsOfTheOrderAreShown) {
  ProxiedWorld at([](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    ProxyAnswer answer = ask();
    if (request.kind == "my-order") {
      json order = json::parse(answer.body);
      order["status"] = "invalid";
      order["error"] = {{"type", "urn:ietf:params:acme:error:compound"},
                        {"detail", "two names failed"},
                        {"subproblems",
                         {{{"type", "urn:ietf:params:acme:error:caa"},
                           {"detail", "CAA forbids"},
                           {"identifier", {{"type", "dns"}, {"value", "a.example"}}}},
                          {{"type", "urn:ietf:params:acme:error:dns"},
                           {"detail", "SERVFAIL"},
                           {"identifier", {{"type", "dns"}, {"value", "b.example"}}}}}}};
      answer.body = order.dump();
    }
    return answer;
  });
  const auto issued = at.world.obtainFor({freshName()});
  ASSERT_FALSE(issued);
  EXPECT_THAT(issued.error().what, HasSubstr("two names failed [a.example: CAA forbids; b.example: SERVFAIL]"));
}

ProxyAnswer withBody(ProxyAnswer answer, const std::string& body) {
  answer.body = body;
  return answer;
}

TEST(Traps, Trap10_CertificateWithCrLfAndTextBetweenBlocks) {
  ProxiedWorld at([](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    ProxyAnswer answer = ask();
    if (request.kind != "certZ") return answer;
    std::string body = std::regex_replace(answer.body, std::regex("\n"), "\r\n");
    body = std::regex_replace(body, std::regex("-----BEGIN"), "subject=CN = text before\r\n-----BEGIN");
    return withBody(answer, body);
  });
  const auto issued = at.world.obtainFor({freshName()});
  ASSERT_TRUE(issued) << describe(issued.error());
  EXPECT_THAT(issued->chain.front().toPem(), Not(HasSubstr("\r")));
}

TEST(Traps, Trap10_EmptyCertificateBodyIsAskedForAgainAndNeverReturned) {
  ProxiedWorld at([](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    ProxyAnswer answer = ask();
    return request.kind == "certZ" ? withBody(answer, "") : answer;
  });
  const auto issued = at.world.obtainFor({freshName()});
  ASSERT_FALSE(issued);
  EXPECT_EQ(issued.error().code, ErrorCode::BadAnswer);
  EXPECT_EQ(at.proxy.count("certZ"), 2);
  EXPECT_TRUE(at.world.orders.kept) << "the certificate exists: the next run fetches it";
  at.proxy.setRule(pass);
  const auto later = at.world.obtainFor(at.world.orders.kept->names);
  ASSERT_TRUE(later) << describe(later.error());
  EXPECT_TRUE(later->resumed);
  EXPECT_EQ(at.proxy.count("order-plz"), 0);
}

TEST(Traps, Trap10_CertificateForAnotherKeyIsRefused) {
  const TestCa root;
  const TestCa below = root.intermediate();
  const std::string name = freshName();
  const TestCertificate foreign = below.issue({.names = {name}});
  ProxiedWorld at([&](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    ProxyAnswer answer = ask();
    return request.kind == "certZ" ? withBody(answer, foreign.fullChain()) : answer;
  });
  const auto issued = at.world.obtainFor({name});
  ASSERT_FALSE(issued);
  EXPECT_EQ(issued.error().code, ErrorCode::Refused);
  EXPECT_THAT(issued.error().what, HasSubstr("key"));
  EXPECT_FALSE(at.world.orders.kept);
}

TEST(Traps, Trap11_AlternatesInSeveralLinkFields) {
  PebbleServer& pebble = pebbleWithAlternates();
  World world(pebble);
  for (int chain = 0; chain < 3; ++chain) {
    auto wanted = world.request({freshName()});
    wanted.preferred_chain = commonNameOfRoot(pebble, chain);
    world.orders.kept.reset();
    const auto issued = world.obtain(wanted);
    ASSERT_TRUE(issued) << describe(issued.error());
    EXPECT_EQ(issued->chain.back().issuerCommonName(), wanted.preferred_chain);
  }
}

TEST(Traps, Trap11_AlternatesInOneCommaList) {
  PebbleServer& pebble = pebbleWithAlternates();
  ProxiedWorld at(
      [](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
        ProxyAnswer answer = ask();
        if (request.kind == "certZ") {
          std::string list;
          for (const std::string& link : answer.headers.all("Link")) list += (list.empty() ? "" : ", ") + link;
          answer.headers.set("Link", list);
        }
        return answer;
      },
      pebble);
  auto wanted = at.world.request({freshName()});
  wanted.preferred_chain = commonNameOfRoot(pebble, 2);
  const auto issued = at.world.obtain(wanted);
  ASSERT_TRUE(issued) << describe(issued.error());
  EXPECT_EQ(issued->chain.back().issuerCommonName(), wanted.preferred_chain);
}

TEST(Traps, Trap11_ChainNobodyOffersIsAWarning) {
  World world(pebbleWithAlternates());
  auto wanted = world.request({freshName()});
  wanted.preferred_chain = "Root of Another World";
  ASSERT_TRUE(world.obtain(wanted));
  EXPECT_TRUE(world.log.contains("ACME_PREFERRED_CHAIN"));
}

TEST(Traps, Trap12_AccountUnknownAfterTheCaLostItsDatabase) {
  PebbleServer pebble;
  World world(pebble);
  ASSERT_TRUE(world.obtainFor({freshName()}));
  const std::string key = world.accounts.kept.begin()->second.key_pem.reveal();
  const std::string url = world.accounts.kept.begin()->second.url;
  world.orders.kept.reset();
  pebble.restart();
  const auto issued = world.obtainFor({freshName()});
  ASSERT_TRUE(issued) << describe(issued.error());
  EXPECT_EQ(world.accounts.kept.begin()->second.key_pem.reveal(), key) << "the same key";
  EXPECT_NE(world.accounts.kept.begin()->second.url, url);
  EXPECT_TRUE(world.log.contains("accounturi"));
}

TEST(Traps, Trap12_AccountUnknownInTheMiddleIsLookedUpOnce) {
  for (const std::string kind : {"authZ", "chalZ", "finalize-order", "certZ"}) {
    ProxiedWorld at([&](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
      if (request.kind == kind && request.number == 1) return ProxyAnswer::problem(400, "accountDoesNotExist", "who?");
      return ask();
    });
    const auto issued = at.world.obtainFor({freshName()});
    ASSERT_TRUE(issued) << kind << ": " << describe(issued.error());
    EXPECT_EQ(at.proxy.count("sign-me-up"), 2) << kind;
    EXPECT_TRUE(at.world.publisher.in_dns.empty()) << kind;
  }
}

TEST(Traps, Trap12_AccountThatStaysUnknownIsNotAskedForAgainAndAgain) {
  ProxiedWorld at([](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    if (request.kind == "order-plz") return ProxyAnswer::problem(400, "accountDoesNotExist", "who?");
    return ask();
  });
  const auto issued = at.world.obtainFor({freshName()});
  ASSERT_FALSE(issued);
  EXPECT_EQ(at.proxy.count("order-plz"), 2);
}

/// What fetchRenewalAdvice makes of one answer.
Result<std::optional<acme::RenewalAdvice>> adviceFrom(int status, const std::string& body, HttpHeaders headers = {}) {
  static const TestCa ca;
  static const TestCertificate leaf = ca.intermediate().issue();
  ScriptedHttp http;
  http.answer(200,
              R"({"newNonce":"https://ca.example/n","newAccount":"https://ca.example/a","newOrder":"https://ca.example/o",
                       "renewalInfo":"https://ca.example/ari"})");
  http.answer(status, body, std::move(headers));
  QuickClock clock;
  MemoryLog log;
  PosixFileSystem files;
  return acme::fetchRenewalAdvice("https://ca.example/dir", leaf.certificate, {clock, http, files, Log(log), {}});
}

const std::string kWindow =
    R"({"suggestedWindow":{"start":"2026-01-01T00:00:00Z","end":"2026-01-02T00:00:00.5+01:00"},"explanationURL":"https://ca.example/why"})";

TEST(Traps, Trap13_RenewalInfoNotFoundOrHtmlWaitsSixHours) {
  for (const auto& [status, body] :
       {std::pair{404, R"({"type":"urn:ietf:params:acme:error:malformed","detail":"no"})"}, std::pair{200, "<html>"}}) {
    const auto advice = adviceFrom(status, body);
    ASSERT_FALSE(advice);
    EXPECT_EQ(advice.error().retry_after, std::chrono::hours(6));
  }
}

TEST(Traps, Trap13_InvertedWindowIsAnError) {
  EXPECT_FALSE(
      acme::parseRenewalWindow(R"({"suggestedWindow":{"start":"2026-01-02T00:00:00Z","end":"2026-01-01T00:00:00Z"}})"));
  EXPECT_FALSE(
      acme::parseRenewalWindow(R"({"suggestedWindow":{"start":"2026-01-02T00:00:00Z","end":"2026-01-02T00:00:00Z"}})"));
}

TEST(Traps, Trap13_WindowInThePastMeansNow) {
  const auto window = acme::parseRenewalWindow(kWindow);
  ASSERT_TRUE(window);
  const TimePoint now = window->end + std::chrono::hours(1);
  EXPECT_EQ(acme::chooseRenewalTime(*window, now, 0.3), now);
}

TEST(Traps, Trap13_RetryAfterMissingZeroAndTenYears) {
  EXPECT_EQ((*adviceFrom(200, kWindow))->ask_again, std::chrono::hours(6));
  EXPECT_EQ((*adviceFrom(200, kWindow, {{"Retry-After", "0"}}))->ask_again, std::chrono::minutes(1));
  EXPECT_EQ((*adviceFrom(200, kWindow, {{"Retry-After", "315360000"}}))->ask_again, std::chrono::hours(24));
  EXPECT_EQ((*adviceFrom(200, kWindow, {{"Retry-After", "7200"}}))->ask_again, std::chrono::hours(2));
}

TEST(Traps, Trap13_ExplanationIsHandedOn) {
  EXPECT_EQ((*adviceFrom(200, kWindow))->window.explanation_url, "https://ca.example/why");
}

TEST(Traps, Trap14_SerialWithTopBitSetKeepsItsLeadingZero) {
  const TestCertificate leaf = TestCa().issue({.serial = "\x87\x65\x43\x21"});
  const auto id = acme::certificateId(leaf.certificate);
  ASSERT_TRUE(id);
  EXPECT_THAT(*id, ::testing::EndsWith(".AIdlQyE"));
}

TEST(Traps, Trap14_CertificateWithoutAuthorityKeyIdHasNoId) {
  EXPECT_FALSE(acme::certificateId(selfSigned({.authority_key_id = false}).certificate));
}

TEST(Traps, Trap15_ReplacesIsDroppedOnAlreadyReplaced) {
  ProxiedWorld at;
  const std::string name = freshName();
  const auto first = at.world.obtainFor({name});
  ASSERT_TRUE(first);
  for (int run = 0; run < 2; ++run) {
    at.world.orders.kept.reset();
    auto wanted = at.world.request({name});
    wanted.replaces = first->chain.front();
    const auto issued = at.world.obtain(wanted);
    ASSERT_TRUE(issued) << describe(issued.error());
  }
  int with = 0;
  for (const auto& request : at.proxy.requests()) with += request.payload.contains("\"replaces\"") ? 1 : 0;
  EXPECT_EQ(with, 2) << "sent each time";
  EXPECT_EQ(at.proxy.count("order-plz"), 4) << "and left out after the refusal";
}

TEST(Traps, Trap15_ReplacesIsDroppedOnAnyDoubtfulRefusal) {
  for (const auto& [status, type] : {std::pair{400, "malformed"}, std::pair{401, "unauthorized"},
                                     std::pair{404, "malformed"}, std::pair{409, "conflict"}}) {
    ProxiedWorld at([&](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
      if (request.kind == "order-plz" && request.payload.contains("replaces"))
        return ProxyAnswer::problem(status, type, "no such certificate");
      return ask();
    });
    auto wanted = at.world.request({freshName()});
    wanted.replaces = TestCa().issue().certificate;
    const auto issued = at.world.obtain(wanted);
    EXPECT_TRUE(issued) << type << ": " << describe(issued.error());
  }
}

TEST(Traps, Trap15_ReplacesIsNotToBlameForALimit) {
  ProxiedWorld at([&](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    if (request.kind == "order-plz") return ProxyAnswer::problem(429, "rateLimited", "too many");
    return ask();
  });
  auto wanted = at.world.request({freshName()});
  wanted.replaces = TestCa().issue().certificate;
  const auto issued = at.world.obtain(wanted);
  ASSERT_FALSE(issued);
  EXPECT_EQ(issued.error().code, ErrorCode::RateLimited);
  EXPECT_EQ(at.proxy.count("order-plz"), 1);
}

TEST(Traps, Trap16_ProfileVanishedFromTheDirectory) {
  ProxiedWorld at;
  auto wanted = at.world.request({freshName()});
  wanted.profiles = {"vanished"};
  ASSERT_TRUE(at.world.obtain(wanted)) << "preferred only";
  for (const auto& request : at.proxy.requests()) EXPECT_THAT(request.payload, Not(HasSubstr("vanished")));
  at.world.orders.kept.reset();
  wanted.profiles = {"!vanished"};
  const auto refused = at.world.obtain(wanted);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::Settings);
  EXPECT_THAT(refused.error().hint, AllOf(HasSubstr("ACME_PROFILE"), HasSubstr("classic")));
}

TEST(Traps, Trap17_RateLimitWithDateAndPausedText) {
  constexpr auto kWords =
      "Your account is temporarily prevented from requesting certificates. Visit https://ca.example/unpause?jwt=x";
  ProxiedWorld at([&](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    if (request.kind != "order-plz") return ask();
    ProxyAnswer answer = ProxyAnswer::problem(429, "rateLimited", kWords);
    answer.headers.add("Retry-After", "Fri, 31 Dec 2038 23:59:59 GMT");
    return answer;
  });
  const auto issued = at.world.obtainFor({freshName()});
  ASSERT_FALSE(issued);
  EXPECT_EQ(issued.error().code, ErrorCode::RateLimited);
  EXPECT_THAT(issued.error().what, HasSubstr(kWords));
  EXPECT_THAT(issued.error().hint, HasSubstr("open the page"));
  ASSERT_TRUE(issued.error().retry_after);
  EXPECT_GT(*issued.error().retry_after, std::chrono::hours(24));
  EXPECT_EQ(at.proxy.count("order-plz"), 1) << "no second try";
}

TEST(Traps, Trap18_SignaturesWithShortROrSHaveFullLength) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyType::EcP256);
  for (int i = 0; i < 600; ++i) {
    const json jws =
        json::parse(acme::signJws(key, "https://ca.example/1", "nonce", "https://ca.example/2", std::to_string(i)));
    EXPECT_EQ(fromBase64Url(jws["signature"].get<std::string>())->size(), 64U);
  }
}

TEST(Traps, Trap19_ClockWrongByADayIsSaidAndExpiryIsJudgedByTheCasClock) {
  for (const int days : {-1, 1, 400}) {
    World world(sharedPebble());
    world.clock.wrong_by = std::chrono::days(days);
    const auto issued = world.obtainFor({freshName()});
    ASSERT_TRUE(issued) << days << ": " << describe(issued.error());
    EXPECT_TRUE(world.log.contains("the clock of this machine is")) << days;
    EXPECT_TRUE(world.log.contains(days < 0 ? "behind" : "ahead of")) << days;
  }
}

TEST(Traps, Trap20_CrashAfterFinalizeCostsNothing) {
  std::string finalized;
  ProxiedWorld at;
  at.proxy.setRule([&](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    ProxyAnswer answer = ask();
    if (request.kind == "finalize-order") at.world.power.cut = true;
    if (at.world.power.cut) answer.cut = ProxyAnswer::Cut::BeforeAnswer;
    return answer;
  });
  ASSERT_FALSE(at.world.obtainFor({freshName()}));
  const auto stored = at.world.orders.kept;
  ASSERT_TRUE(stored);
  at.world.power.cut = false;
  at.proxy.setRule(pass);
  const auto issued = at.world.obtainFor(stored->names);
  ASSERT_TRUE(issued) << describe(issued.error());
  EXPECT_TRUE(issued->resumed);
  EXPECT_EQ(issued->order, stored->url);
  EXPECT_EQ(issued->key_pem, stored->key_pem);
  EXPECT_EQ(at.proxy.count("order-plz"), 0);
  EXPECT_EQ(at.proxy.count("finalize-order"), 0);
}

TEST(Traps, Trap21_CrashAfterWritingTxtGoesOnWithTheSameOrder) {
  World world(sharedPebble());
  world.publisher.power_to_cut = &world.power;
  const std::string name = freshName();
  ASSERT_FALSE(world.obtainFor({name, "*." + name}));
  const auto stored = world.orders.kept;
  const auto first = world.publisher.published;
  ASSERT_TRUE(stored);
  EXPECT_FALSE(world.publisher.in_dns.empty()) << "the cut left records behind";
  world.power.cut = false;
  world.publisher.power_to_cut = nullptr;
  world.publisher.published.clear();
  const auto issued = world.obtainFor({name, "*." + name});
  ASSERT_TRUE(issued) << describe(issued.error());
  EXPECT_EQ(issued->order, stored->url);
  EXPECT_EQ(world.publisher.published.size(), first.size());
  for (const auto& record : world.publisher.published) {
    EXPECT_TRUE(std::ranges::any_of(first, [&](const auto& other) { return other.value == record.value; }))
        << "the same values";
  }
  EXPECT_TRUE(world.publisher.in_dns.empty());
}

TEST(Traps, Trap23_DirectoryWithUnknownAndNullMembers) {
  ProxiedWorld at([](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    ProxyAnswer answer = ask();
    if (request.kind == "dir") {
      json directory = json::parse(answer.body);
      directory["Xk9-w0"] = "https://community.letsencrypt.org/t/adding-random-entries-to-the-directory/33417";
      directory["newAuthz"] = nullptr;
      directory["renewalInfo"] = nullptr;
      directory["meta"]["termsOfService"] = nullptr;
      directory["meta"]["caaIdentities"] = "no list";
      directory["meta"]["externalAccountRequired"] = nullptr;
      directory["meta"]["profiles"]["classic"] = nullptr;
      answer.body = directory.dump();
    }
    return answer;
  });
  const auto issued = at.world.obtainFor({freshName()});
  ASSERT_TRUE(issued) << describe(issued.error());
}

TEST(Traps, Trap24_PrivateRootIsNamedAsTheCause) {
  World world(sharedPebble());
  MemoryLog log;
  const TestCa other;
  const TempDirectory files;
  std::ofstream(files / "other.pem") << other.pem();
  const auto stranger = makePocoHttp({.user_agent = "test",
                                      .trust_files = {(files / "other.pem").string()},
                                      .https_proxy = {},
                                      .http_proxy = {},
                                      .no_proxy = {}},
                                     Log(log));
  ASSERT_TRUE(stranger);
  world.http = stranger->get();
  const auto issued = world.obtainFor({freshName()});
  ASSERT_FALSE(issued);
  EXPECT_EQ(issued.error().code, ErrorCode::Untrusted);
  EXPECT_THAT(issued.error().hint, HasSubstr("SSL_CERT_FILE"));
}

TEST(Traps, Trap25_RedirectOnTheDirectoryIsFollowed) {
  ProxiedWorld at([](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    if (request.path == "/elsewhere") return ProxyAnswer{.status = 302, .headers = {{"Location", "/dir"}}, .body = {}};
    return ask();
  });
  at.world.directory = at.proxy.url("/elsewhere");
  const auto issued = at.world.obtainFor({freshName()});
  ASSERT_TRUE(issued) << describe(issued.error());
  EXPECT_TRUE(at.world.accounts.kept.contains(at.world.directory)) << "state is kept under the URL the owner gave";
}

TEST(Traps, Trap25_RedirectOfASignedRequestIsNot) {
  ProxiedWorld at([](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    if (request.kind == "order-plz") return ProxyAnswer{.status = 307, .headers = {{"Location", "/dir"}}, .body = {}};
    return ask();
  });
  const auto issued = at.world.obtainFor({freshName()});
  ASSERT_FALSE(issued);
  EXPECT_EQ(at.proxy.count("dir"), 1);
}

TEST(Traps, Trap26_InternationalAndLongNames) {
  World world(sharedPebble());
  const std::string label(40, 'a');
  const auto issued = world.obtainFor({freshName("xn--bcher-kva"), label + "." + label + "." + freshName()});
  ASSERT_TRUE(issued) << describe(issued.error());
}

}  // namespace
}  // namespace sidecert::testing
