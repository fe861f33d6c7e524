// Traps that ACME clients fell into, each as a test: 1 to 12, an order on its way. The others are in later_traps_test.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <regex>

#include "proxied_world.h"
#include "support/test_ca.h"

namespace sidecert::testing {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

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
  EXPECT_THAT(at.world.clock.sleeps(), ::testing::Contains(Duration(300)))
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

TEST(Traps, Trap08_FinalizeGoesThroughProcessingToValid) {
  ProxiedWorld at([](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    ProxyAnswer answer = ask();
    const bool early = request.kind == "finalize-order" || (request.kind == "my-order" && request.number == 2);
    if (early) {
      json order = json::parse(answer.body);
      order["status"] = "processing";
      order.erase("certificate");
      answer.body = order.dump();
    }
    return answer;
  });
  const auto issued = at.world.obtainFor({freshName()});
  ASSERT_TRUE(issued) << describe(issued.error());
  EXPECT_EQ(at.proxy.count("finalize-order"), 1);
  EXPECT_GE(at.proxy.count("my-order"), 3);
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
  EXPECT_TRUE(at.world.orders.kept) << "ours may still be there";
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

}  // namespace
}  // namespace sidecert::testing
