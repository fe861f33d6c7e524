// What Pebble cannot be made to answer, altered on its way through a proxy: 14 items, each as a test. Some of them are traps
// as well; those tests look at the client's decision, these at the whole run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "acme/persistent.h"
#include "acme/renewal_info.h"
#include "base/encoding.h"
#include "proxied_world.h"
#include "support/test_ca.h"

namespace sidecert::testing {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

const std::string kRenewalInfo = "draft-ietf-acme-ari-03";  // Pebble's path

TEST(AlteredAnswers, Item01_LimitWithUnpauseLinkEndsTheRunAtOnce) {
  constexpr auto kWords =
      "Your account is temporarily prevented from requesting certificates for home.example. Please visit "
      "https://portal.example/sfe/v1/unpause?jwt=abc to unpause";
  ProxiedWorld at;
  ASSERT_TRUE(at.world.obtainFor({freshName()}));
  at.world.orders.kept.reset();
  at.proxy.setRule([&](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    if (request.kind != "order-plz") return ask();
    ProxyAnswer answer = ProxyAnswer::problem(429, "rateLimited", kWords);
    answer.headers.add("Retry-After", "7200");
    return answer;
  });
  const auto issued = at.world.obtainFor({freshName()});
  ASSERT_FALSE(issued);
  EXPECT_EQ(issued.error().code, ErrorCode::RateLimited);
  EXPECT_EQ(issued.error().retry_after, 2h);
  EXPECT_THAT(issued.error().what, HasSubstr(kWords)) << "the link is the way out";
  EXPECT_EQ(at.proxy.requests().size(), 3U) << "directory, nonce, order, and not one more";
}

TEST(AlteredAnswers, Item02_OutageWithRetryAfterIsSatOut) {
  ProxiedWorld at([](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    if (request.number > 1 || request.kind == "dir" || request.method != "POST") return ask();
    ProxyAnswer answer{.status = 503, .headers = {{"Retry-After", "7"}}, .body = "<html>busy</html>"};
    answer.headers.add("Replay-Nonce", request.nonce);
    return answer;
  });
  const auto issued = at.world.obtainFor({freshName()});
  ASSERT_TRUE(issued) << describe(issued.error()) << at.world.log.text();
  EXPECT_THAT(at.world.clock.sleeps(), Contains(Duration(7s)).Times(::testing::Ge(5U)));
  EXPECT_EQ(at.proxy.count("finalize-order"), 2) << "again only after a look at the order";
  EXPECT_EQ(at.proxy.count("my-order"), 4);
}

TEST(AlteredAnswers, Item02_LongOutageIsLeftToTheNextRun) {
  ProxiedWorld at([](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    if (request.kind == "order-plz") return ProxyAnswer{.status = 503, .headers = {{"Retry-After", "3600"}}, .body = "busy"};
    return ask();
  });
  const auto issued = at.world.obtainFor({freshName()});
  ASSERT_FALSE(issued);
  EXPECT_EQ(issued.error().code, ErrorCode::RateLimited);
  EXPECT_EQ(issued.error().retry_after, 1h);
  EXPECT_EQ(at.proxy.count("order-plz"), 1);
}

// Each kind of request once without an answer, whatever the CA has done by then.
class Item02 : public ::testing::TestWithParam<ProxyAnswer::Cut> {};

INSTANTIATE_TEST_SUITE_P(AlteredAnswers, Item02,
                         ::testing::Values(ProxyAnswer::Cut::BeforeAnswer, ProxyAnswer::Cut::InTheMiddle,
                                           ProxyAnswer::Cut::Reset),
                         [](const auto& cut) {
                           switch (cut.param) {
                             case ProxyAnswer::Cut::InTheMiddle: return "HalfAnswers";
                             case ProxyAnswer::Cut::Reset: return "Resets";
                             default: return "NoAnswers";
                           }
                         });

TEST_P(Item02, AreGotOverWithOneOrder) {
  ProxiedWorld at;
  ASSERT_TRUE(at.world.obtainFor({freshName()}));
  at.world.orders.kept.reset();
  at.proxy.setRule([](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    ProxyAnswer answer = ask();
    const bool once = request.kind == "authZ" || request.kind == "chalZ" || request.kind == "my-order" ||
                      request.kind == "finalize-order" || request.kind == "certZ";
    if (once && request.number == 1) answer.cut = GetParam();
    return answer;
  });
  const auto issued = at.world.obtainFor({freshName()});
  ASSERT_TRUE(issued) << describe(issued.error()) << at.world.log.text();
  EXPECT_EQ(at.proxy.count("order-plz"), 1);
  EXPECT_EQ(at.proxy.count("finalize-order"), 1) << "a second CSR could mean a second certificate";
}

TEST(AlteredAnswers, Item02_SlowAnswersAreWaitedFor) {
  ProxiedWorld at([](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    if (request.kind == "finalize-order") std::this_thread::sleep_for(300ms);
    return ask();
  });
  ASSERT_TRUE(at.world.obtainFor({freshName()}));
  EXPECT_EQ(at.proxy.count("finalize-order"), 1);
}

TEST(AlteredAnswers, Item03_RetryAfterOfRenewalInfoIsReadAndClamped) {
  ProxiedWorld at;
  const auto issued = at.world.obtainFor({freshName()});
  ASSERT_TRUE(issued) << describe(issued.error());
  const auto asked = [&](const std::optional<std::string>& retry_after) {
    at.proxy.setRule([&](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
      ProxyAnswer answer = ask();
      if (request.kind != kRenewalInfo) return answer;
      HttpHeaders kept;
      for (const auto& [name, value] : answer.headers.fields()) {
        if (name != "Retry-After") kept.add(name, value);
      }
      answer.headers = kept;
      if (retry_after) answer.headers.add("Retry-After", *retry_after);
      return answer;
    });
    const auto advice = acme::fetchRenewalAdvice(at.world.directory, issued->chain.front(), at.world.ports());
    EXPECT_TRUE(advice && *advice);
    EXPECT_EQ(at.proxy.count(kRenewalInfo), 1);
    return advice && *advice ? (*advice)->ask_again : 0s;
  };
  EXPECT_EQ(asked(std::nullopt), 6h);
  EXPECT_EQ(asked("0"), 1min);
  EXPECT_EQ(asked("-5"), 6h);
  EXPECT_EQ(asked("soon"), 6h);
  EXPECT_EQ(asked("3000"), 3000s);
  EXPECT_EQ(asked("315360000"), 24h);
  EXPECT_EQ(asked("Fri, 31 Dec 2038 23:59:59 GMT"), 24h);
}

// A state folder that was lost between "ready" and finalize: Boulder hands the same order out again.
TEST(AlteredAnswers, Item04_OrderHandedOutAgainAsReadyNeedsNoProof) {
  const std::string name = freshName();
  std::optional<std::pair<std::string, std::string>> ready;  // URL, body
  ProxiedWorld at;
  at.proxy.setRule([&](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    ProxyAnswer answer = ask();
    const json order = json::parse(answer.body, nullptr, false);
    if (request.kind == "my-order" && order.value("status", "") == "ready") {
      ready = {at.proxy.url(request.path), answer.body};
      at.world.power.cut = true;
      answer.cut = ProxyAnswer::Cut::BeforeAnswer;
    }
    return answer;
  });
  ASSERT_FALSE(at.world.obtainFor({name}));
  ASSERT_TRUE(ready);
  at.world.power.cut = false;
  at.world.orders.kept.reset();
  const int before = at.world.publisher.publications;
  at.proxy.setRule([&](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    if (request.kind != "order-plz") return ask();
    return ProxyAnswer{
        .status = 201, .headers = {{"Location", ready->first}, {"Replay-Nonce", request.nonce}}, .body = ready->second};
  });
  const auto issued = at.world.obtainFor({name});
  ASSERT_TRUE(issued) << describe(issued.error()) << at.world.log.text();
  EXPECT_EQ(issued->order, ready->first);
  EXPECT_EQ(at.proxy.count("authZ"), 0);
  EXPECT_EQ(at.proxy.count("chalZ"), 0);
  EXPECT_EQ(at.world.publisher.publications, before);
}

TEST(AlteredAnswers, Item05_OrderForOtherNamesIsNotPaidFor) {
  const std::string name = freshName();
  for (const json& identifiers :
       {json::array({{{"type", "dns"}, {"value", "other.example"}}}),
        json::array({{{"type", "dns"}, {"value", name}}, {{"type", "dns"}, {"value", "b.example"}}}),
        json::array({{{"type", "dns"}, {"value", name}}, {{"type", "ip"}, {"value", "::1"}}})}) {
    ProxiedWorld at(altering("order-plz", [&](const std::string& body) {
      json order = json::parse(body);
      order["identifiers"] = identifiers;
      return order.dump();
    }));
    const auto issued = at.world.obtainFor({name});
    ASSERT_FALSE(issued) << identifiers;
    EXPECT_EQ(issued.error().code, ErrorCode::Refused);
    EXPECT_THAT(issued.error().what, HasSubstr(name));
    EXPECT_EQ(at.proxy.count("authZ") + at.proxy.count("finalize-order"), 0);
    EXPECT_EQ(at.world.publisher.publications, 0);
    EXPECT_FALSE(at.world.orders.kept);
  }
}

TEST(AlteredAnswers, Item05_LettersOfANameMayComeBackInAnotherCase) {
  const std::string name = freshName();
  ProxiedWorld at(altering("order-plz", [&](const std::string& body) {
    json order = json::parse(body);
    order["identifiers"][0]["value"] = "HOME" + name.substr(4);
    return order.dump();
  }));
  EXPECT_TRUE(at.world.obtainFor({name}));
}

TEST(AlteredAnswers, Item06_CertificateIsStoredOnlyWhenItFits) {
  const std::string name = freshName();
  const TestCertificate foreign = TestCa().intermediate().issue({.names = {name}});
  const std::map<std::string, std::string> bodies{
      {"empty", ""}, {"foreign", foreign.fullChain()}, {"html", "<html>"}, {"cut", foreign.pem.substr(0, 200)}};
  for (const auto& [what, body] : bodies) {
    ProxiedWorld at(altering("certZ", [&](const std::string&) { return body; }));
    EXPECT_FALSE(at.world.obtainFor({name + ".example"})) << what;
  }
  ProxiedWorld at(altering("certZ", [](const std::string& body) {
    return "\r\nA certificate\r\n" + std::regex_replace(body, std::regex("\n"), "\r\n") + "\r\n\r\n";
  }));
  EXPECT_TRUE(at.world.obtainFor({name + ".example"})) << "CR/LF and text are no fault";
}

TEST(AlteredAnswers, Item06_LeafAloneIsTakenWithAWarning) {
  ProxiedWorld at(altering("certZ", [](const std::string& body) {
    constexpr std::string_view kEnd = "-----END CERTIFICATE-----\n";
    return body.substr(0, body.find(kEnd) + kEnd.size());
  }));
  const auto issued = at.world.obtainFor({freshName()});
  ASSERT_TRUE(issued) << describe(issued.error());
  EXPECT_EQ(issued->chain.size(), 1U);
  EXPECT_TRUE(at.world.log.contains("without its issuer's"));
}

TEST(AlteredAnswers, Item07_CaaFailureNamesTheRecordAndTheVariable) {
  constexpr auto kWords = "CAA record for home.example prevents issuance";
  const json caa{{"type", "urn:ietf:params:acme:error:caa"}, {"detail", kWords}, {"status", 403}};
  ProxiedWorld at([&](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    ProxyAnswer answer = ask();
    json object = json::parse(answer.body, nullptr, false);
    if (request.kind == "my-order") {
      object["status"] = "invalid";
      answer.body = object.dump();
    }
    if (request.kind == "authZ" && request.number == 2) {
      object["status"] = "invalid";
      for (json& challenge : object["challenges"]) {
        if (challenge["type"] != "dns-01") continue;
        challenge["status"] = "invalid";
        challenge["error"] = caa;
      }
      answer.body = object.dump();
    }
    return answer;
  });
  const std::string name = freshName();
  const auto issued = at.world.obtainFor({name});
  ASSERT_FALSE(issued);
  EXPECT_EQ(issued.error().code, ErrorCode::Refused);
  EXPECT_THAT(issued.error().what, AllOf(HasSubstr(name), HasSubstr(kWords)));
  EXPECT_THAT(issued.error().hint, AllOf(HasSubstr("CAA"), HasSubstr("ACME_SERVER")));
  EXPECT_THAT(issued.error().hint, AllOf(HasSubstr("accounturi=" + at.world.accounts.kept.begin()->second.url),
                                         HasSubstr("validationmethods=dns-01")))
      << "a record that binds keeps binding";
  EXPECT_EQ(at.world.publisher.withdrawals, 1);
  EXPECT_EQ(at.proxy.count("order-plz"), 1);
}

TEST(AlteredAnswers, Item08_OrderInvalidAfterFinalizeIsOver) {
  ProxiedWorld at([&](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    ProxyAnswer answer = ask();
    if (request.kind == "finalize-order") {
      json order = json::parse(answer.body);
      order["status"] = "invalid";
      order["error"] = {{"type", "urn:ietf:params:acme:error:caa"}, {"detail", "Rechecking CAA: forbidden"}};
      answer.body = order.dump();
    }
    return answer;
  });
  const auto issued = at.world.obtainFor({freshName()});
  ASSERT_FALSE(issued);
  EXPECT_THAT(issued.error().what, HasSubstr("Rechecking CAA: forbidden"));
  EXPECT_FALSE(at.world.orders.kept) << "the next run orders anew";
  EXPECT_EQ(at.proxy.count("certZ"), 0);
}

/// Pebble's challenge of draft -00 in the spelling of -02, and the directory's new members.
AlteringProxy::Rule speakingDraft02(const std::string& prefix) {
  return [prefix](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    ProxyAnswer answer = ask();
    json object = json::parse(answer.body, nullptr, false);
    if (request.kind == "dir") {
      object["meta"]["accountHashPrefix"] = prefix;
      object["meta"]["issuerDomainNames"] = {"pebble.example"};
      answer.body = object.dump();
    }
    if (request.kind == "authZ" && object.contains("challenges")) {
      for (json& challenge : object["challenges"]) {
        if (!challenge.contains("issuer-domain-names")) continue;
        challenge["issuerDomainNames"] = challenge["issuer-domain-names"];
        challenge.erase("issuer-domain-names");
      }
      answer.body = object.dump();
    }
    return answer;
  };
}

TEST(AlteredAnswers, Item09_PersistentRecordOfDraft02IsFoundBesideThatOfDraft00) {
  const std::string prefix = "https://pebble.example/account-hash/";
  ProxiedWorld at(speakingDraft02(prefix));
  ASSERT_TRUE(at.world.obtainFor({freshName()}));  // an account, whose URL the records name
  at.world.orders.kept.reset();
  const acme::StoredAccount account = at.world.accounts.kept.begin()->second;
  const auto key = crypto::PrivateKey::fromPem(account.key_pem.reveal());
  ASSERT_TRUE(key);
  const std::string name = freshName();
  auto wanted = at.world.request({name, "*." + name});
  wanted.challenge = acme::ChallengeKind::DnsPersist01;
  wanted.dns01_possible = false;
  const auto refused = at.world.obtain(wanted);
  ASSERT_FALSE(refused) << "no record stands yet";
  const std::string hashed = acme::hashedAccountUri(prefix, name, {.url = account.url, .thumbprint = key->thumbprint()});
  EXPECT_THAT(refused.error().hint, AllOf(HasSubstr("_validation-persist." + name), HasSubstr(hashed)));
  at.world.publisher.standFor("_validation-persist." + name, "pebble.example; accounturi=" + hashed + "; policy=wildcard");
  // What Pebble itself looks for: the two drafts side by side.
  at.world.publisher.standFor("_validation-persist." + name,
                              "pebble.example; accounturi=" + account.url + "; policy=wildcard");
  const int before = at.world.publisher.publications;
  const auto issued = at.world.obtain(wanted);
  ASSERT_TRUE(issued) << describe(issued.error()) << at.world.log.text();
  EXPECT_EQ(at.world.publisher.publications, before) << "nothing is written into DNS";
}

TEST(AlteredAnswers, Item10_SameTokenForApexAndWildcardIsOneRecordWithdrawnOnce) {
  PebbleServer credulous({.environment = {{"PEBBLE_VA_ALWAYS_VALID", "1"}}});
  ProxiedWorld at(altering("authZ",
                           [](const std::string& body) {
                             return std::regex_replace(body, std::regex(R"("token": "[^"]*")"), R"("token": "same")");
                           }),
                  credulous);
  const std::string name = freshName();
  ASSERT_TRUE(at.world.obtainFor({name, "*." + name}));
  EXPECT_EQ(at.world.publisher.published.size(), 1U);
  EXPECT_TRUE(at.world.publisher.in_dns.empty());
}

/// The content octets of the serial number, read by hand: Certificate, tbsCertificate, version, then the INTEGER.
std::string serialOctets(const std::string& der) {
  const auto skipHeader = [&](std::size_t at) {
    const auto length = static_cast<unsigned char>(der.at(at + 1));
    return at + 2 + (length & 0x80U ? length & 0x7fU : 0);
  };
  const std::size_t version = skipHeader(skipHeader(0));
  const std::size_t serial = version + 2 + static_cast<unsigned char>(der.at(version + 1));
  return der.substr(serial + 2, static_cast<unsigned char>(der.at(serial + 1)));
}

// Sectigo compares octets; Boulder would forgive a missing 00. Pebble's serials never have the top bit set, so the proxy
// speaks for the CA where one has.
TEST(AlteredAnswers, Item11_StrictCaFindsTheCertificateByItsId) {
  const std::string name = freshName();
  ProxiedWorld at;
  const auto first = at.world.obtainFor({name});
  ASSERT_TRUE(first) << describe(first.error());
  const std::string end = "." + base64Url(serialOctets(first->chain.front().toDer())) + "\"";
  int strict = 0;
  at.proxy.setRule([&](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    const bool by_id = request.kind == kRenewalInfo || request.payload.contains("\"replaces\"");
    if (!by_id) return ask();
    ++strict;
    const std::string where = request.kind == kRenewalInfo ? request.path + "\"" : request.payload;
    if (where.contains(end)) return ask();
    return ProxyAnswer::problem(401, "unauthorized", "replaces field does not identify a certificate");
  });
  EXPECT_TRUE(acme::fetchRenewalAdvice(at.world.directory, first->chain.front(), at.world.ports()));
  at.world.orders.kept.reset();
  auto renewal = at.world.request({name});
  renewal.replaces = first->chain.front();
  EXPECT_TRUE(at.world.obtain(renewal));
  EXPECT_EQ(at.proxy.count("order-plz"), 1) << "taken at the first try";
  EXPECT_EQ(strict, 2);
}

TEST(AlteredAnswers, Item11_StrictCaSeesTheLeadingZeroOfASerialWithTheTopBitSet) {
  const TestCertificate leaf = TestCa().intermediate().issue({.serial = "\x87\x65\x43\x21"});
  ProxiedWorld at([](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    if (request.kind != kRenewalInfo) return ask();
    if (!request.path.ends_with(".AIdlQyE")) return ProxyAnswer::problem(401, "unauthorized", "no such certificate");
    return ProxyAnswer{.status = 200,
                       .headers = {},
                       .body = R"({"suggestedWindow":{"start":"2026-01-01T00:00:00Z","end":"2026-01-02T00:00:00Z"}})"};
  });
  EXPECT_TRUE(acme::fetchRenewalAdvice(at.world.directory, leaf.certificate, at.world.ports()));
}

TEST(AlteredAnswers, Item12_ClockADayBehindStillTakesAFreshCertificate) {
  ProxiedWorld at;
  at.world.clock.wrong_by = -24h;
  const auto issued = at.world.obtainFor({freshName()});
  ASSERT_TRUE(issued) << describe(issued.error());
  EXPECT_TRUE(at.world.log.contains("the clock of this machine is"));
}

// Boulder: an order that replaces a certificate inside its window is free of every limit.
TEST(AlteredAnswers, Item13_RenewalNamesItsPredecessorAndSoIsExempt) {
  const std::string name = freshName();
  ProxiedWorld at;
  const auto first = at.world.obtainFor({name});
  ASSERT_TRUE(first) << describe(first.error());
  at.world.orders.kept.reset();
  at.proxy.setRule([](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    if (request.kind == "order-plz" && !request.payload.contains("\"replaces\""))
      return ProxyAnswer::problem(429, "rateLimited", "too many certificates (5) already issued for this exact set");
    ProxyAnswer answer = ask();
    if (request.kind == "order-plz") {  // handed out again: the echo may be missing
      json order = json::parse(answer.body);
      order.erase("replaces");
      answer.body = order.dump();
    }
    return answer;
  });
  EXPECT_FALSE(at.world.obtainFor({name})) << "without it the limit holds";
  at.world.orders.kept.reset();
  auto renewal = at.world.request({name});
  renewal.replaces = first->chain.front();
  const auto issued = at.world.obtain(renewal);
  EXPECT_TRUE(issued) << describe(issued.error());
}

TEST(AlteredAnswers, Item14_UnknownAndNullMembersEverywhereAreNoFault) {
  ProxiedWorld at([](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    ProxyAnswer answer = ask();
    json object = json::parse(answer.body, nullptr, false);
    if (!object.is_object()) return answer;
    object["Xk9-w0"] = {{"nested", {1, nullptr, "x"}}};
    object["novelty"] = nullptr;
    for (const char* optional : {"expires", "notBefore", "notAfter", "wildcard", "error", "contact", "orders", "profile"}) {
      if (!object.contains(optional) || object[optional] == false) object[optional] = nullptr;
    }
    if (request.kind == "dir") {
      for (const char* optional : {"termsOfService", "website", "caaIdentities", "externalAccountRequired", "profiles"})
        object["meta"][optional] = nullptr;
      object["newAuthz"] = nullptr;
    }
    answer.body = object.dump();
    return answer;
  });
  const auto issued = at.world.obtainFor({freshName()});
  ASSERT_TRUE(issued) << describe(issued.error()) << at.world.log.text();
}

}  // namespace
}  // namespace sidecert::testing
