// Traps that ACME clients fell into, each as a test: 13 to 26. Numbers 22 (empty volume) and 27 (two containers) are about
// the data folder and are tested there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <fstream>
#include <nlohmann/json.hpp>

#include "acme/jws.h"
#include "acme/renewal_info.h"
#include "base/encoding.h"
#include "base/http/poco_http.h"
#include "proxied_world.h"
#include "support/scripted_http.h"
#include "support/test_ca.h"

namespace sidecert::testing {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

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
  for (const auto& [status, type] :
       {std::pair{400, "malformed"}, std::pair{401, "unauthorized"}, std::pair{404, "malformed"}, std::pair{409, "conflict"},
        std::pair{500, "serverInternal"}}) {
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
