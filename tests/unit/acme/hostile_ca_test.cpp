// A CA that is broken, in the wrong hands or worse: whatever it says, requests are bounded, nothing is lost, and the order
// that exists is not placed a second time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <array>
#include <atomic>
#include <nlohmann/json.hpp>

#include "acme/resumption.h"
#include "proxied_world.h"
#include "support/test_ca.h"

namespace sidecert::testing {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::Lt;
using ::testing::Not;
using namespace std::chrono_literals;

constexpr std::string_view kEnd = "-----END CERTIFICATE-----\n";

std::string leafOf(const std::string& chain) {
  return chain.substr(0, chain.find(kEnd) + kEnd.size());
}

std::string issuersOf(const std::string& chain) {
  return chain.substr(chain.find(kEnd) + kEnd.size());
}

AlteringProxy::Rule changingOrder(std::string kind, std::function<void(json&)> change) {
  return altering(std::move(kind), [change = std::move(change)](const std::string& body) {
    json object = json::parse(body, nullptr, false);
    if (!object.is_object()) return body;
    change(object);
    return object.dump();
  });
}

/// The status of the order in this answer; empty when it holds none.
std::string statusIn(const ProxyRequest& request, const ProxyAnswer& answer) {
  if (request.kind != "my-order" && request.kind != "finalize-order") return {};
  const json order = json::parse(answer.body, nullptr, false);
  return order.is_object() ? order.value("status", "") : std::string();
}

std::string withStatus(const std::string& body, const std::string& status) {
  json order = json::parse(body);
  order["status"] = status;
  order.erase("certificate");
  return order.dump();
}

std::string withoutTls(std::string url) {
  return url.replace(url.find("https:"), 6, "http:");
}

TEST(HostileCa, UrlsWithoutTlsAreRefused) {
  const auto of_order = [](const char* member) {
    return changingOrder("order-plz", [member](json& order) {
      json& url = order[member].is_array() ? order[member].front() : order[member];
      url = withoutTls(url.get<std::string>());
    });
  };
  for (const char* member : {"authorizations", "finalize"}) {
    ProxiedWorld at(of_order(member));
    const auto issued = at.world.obtainFor({freshName()});
    ASSERT_FALSE(issued) << member;
    EXPECT_THAT(issued.error().what, HasSubstr(member));
    EXPECT_EQ(at.world.publisher.publications, 0);
  }
  ProxiedWorld at(changingOrder("my-order", [](json& order) {
    if (order.contains("certificate")) order["certificate"] = withoutTls(order["certificate"]);
  }));
  const auto issued = at.world.obtainFor({freshName()});
  ASSERT_FALSE(issued);
  EXPECT_THAT(issued.error().what, HasSubstr("certificate"));
  EXPECT_EQ(at.proxy.count("certZ"), 0);
}

TEST(HostileCa, NoRecordIsWrittenForANameThatWasNotOrdered) {
  ProxiedWorld at(
      changingOrder("authZ", [](json& authorization) { authorization["identifier"]["value"] = "somebody-else.example"; }));
  const auto issued = at.world.obtainFor({freshName()});
  ASSERT_FALSE(issued);
  EXPECT_EQ(issued.error().code, ErrorCode::Refused);
  EXPECT_THAT(issued.error().what, HasSubstr("somebody-else.example, which was not ordered"));
  EXPECT_EQ(at.world.publisher.publications, 0);
  EXPECT_EQ(at.proxy.count("chalZ"), 0);
  EXPECT_FALSE(at.world.orders.kept);
}

TEST(HostileCa, ThreeThousandAuthorizationsAreNotFetched) {
  ProxiedWorld at(changingOrder("order-plz", [](json& order) {
    const json one = order["authorizations"].front();
    for (int i = 0; i < 2999; ++i) order["authorizations"].push_back(one);
  }));
  const auto issued = at.world.obtainFor({freshName()});
  ASSERT_FALSE(issued);
  EXPECT_THAT(issued.error().what, HasSubstr("3000 authorizations"));
  EXPECT_EQ(at.proxy.count("authZ"), 0);
}

TEST(HostileCa, OneMegabyteOfDetailWithLineBreaksAndColoursIsCutAndMadePrintable) {
  const std::string detail = "no\r\n\x1b[31mred " + std::string(1'000'000, 'a');
  ProxiedWorld at([&](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    if (request.kind != "order-plz") return ask();
    return ProxyAnswer::problem(403, "rejectedIdentifier", detail);
  });
  const auto issued = at.world.obtainFor({freshName()});
  ASSERT_FALSE(issued);
  EXPECT_THAT(issued.error().what.size(), Lt(5'000U));
  EXPECT_THAT(issued.error().what, AllOf(Not(HasSubstr("\n")), Not(HasSubstr("\x1b"))));
}

TEST(HostileCa, AnswersToPostsHaveALimitToo) {
  ProxiedWorld at(altering("order-plz", [](const std::string& body) { return body + std::string(2U << 20U, ' '); }));
  const auto issued = at.world.obtainFor({freshName()});
  ASSERT_FALSE(issued);
  EXPECT_EQ(issued.error().code, ErrorCode::BadAnswer);
}

TEST(HostileCa, SurplusCertificatesAreLeftOutWithAWarning) {
  const TestCa other("Another Root");
  const std::string expired =
      other.issue({.names = {"old.example"}, .not_before = TimePoint(1s), .not_after = TimePoint(2s)}).pem;
  ProxiedWorld at(altering("certZ", [&](const std::string& body) {
    return issuersOf(body) + expired + other.pem() + leafOf(body) + leafOf(body) + issuersOf(body);
  }));
  const auto issued = at.world.obtainFor({freshName()});
  ASSERT_TRUE(issued) << describe(issued.error());
  ASSERT_GE(issued->chain.size(), 2U);
  EXPECT_TRUE(issued->chain[0].isSignedBy(issued->chain[1]));
  EXPECT_TRUE(at.world.log.contains("old.example (it has expired)"));
  EXPECT_TRUE(at.world.log.contains("it came twice"));
  EXPECT_TRUE(at.world.log.contains("Another Root (it does not belong to the chain)"));
}

TEST(HostileCa, AnAlternateMakesUpForAFirstChainWithoutAnIssuer) {
  static PebbleServer pebble({.environment = {{"PEBBLE_ALTERNATE_ROOTS", "1"}}});
  ProxiedWorld at(
      [](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
        ProxyAnswer answer = ask();
        return request.kind == "certZ" && request.number == 1 ? withBody(answer, leafOf(answer.body)) : answer;
      },
      pebble);
  const auto issued = at.world.obtainFor({freshName()});
  ASSERT_TRUE(issued) << describe(issued.error());
  EXPECT_GE(issued->chain.size(), 2U);
}

TEST(HostileCa, ThreeHundredAlternatesAreNotFetched) {
  ProxiedWorld at([](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    ProxyAnswer answer = ask();
    if (request.kind != "certZ") return answer;
    std::string links;
    for (int i = 0; i < 300; ++i) links += (i == 0 ? "<" : ", <") + request.path + ">;rel=\"alternate\"";
    answer.headers.set("Link", links);
    return answer;
  });
  auto wanted = at.world.request({freshName()});
  wanted.preferred_chain = "Root of Another World";
  ASSERT_TRUE(at.world.obtain(wanted));
  EXPECT_EQ(at.proxy.count("certZ"), 11);
}

TEST(HostileCa, TenThousandCertificatesAreRefusedAndTheOrderIsKept) {
  const std::string one = TestCa().pem();
  std::string many;
  while (many.size() < 900'000) many += one;
  ProxiedWorld at(altering("certZ", [&](const std::string& body) { return body + many; }));
  const std::string name = freshName();
  const auto issued = at.world.obtainFor({name});
  ASSERT_FALSE(issued);
  EXPECT_THAT(issued.error().what, HasSubstr("more than 100 certificates"));
  at.proxy.setRule(pass);
  const auto later = at.world.obtainFor({name});
  ASSERT_TRUE(later) << describe(later.error());
  EXPECT_EQ(at.proxy.count("order-plz"), 0);
}

TEST(HostileCa, RetryAfterWhileProcessingIsKeptBetweenAThirdOfASecondAndAMinute) {
  for (const std::string retry_after : {"0", "86400"}) {
    std::atomic<int> busy = 0;
    ProxiedWorld at([&](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
      ProxyAnswer answer = ask();
      const std::string status = statusIn(request, answer);
      if ((status == "processing" || status == "valid") && ++busy < 6) {
        answer.body = withStatus(answer.body, "processing");
        answer.headers.set("Retry-After", retry_after);
      }
      return answer;
    });
    const auto issued = at.world.obtainFor({freshName()});
    ASSERT_TRUE(issued) << describe(issued.error());
    const auto sleeps = at.world.clock.sleeps();
    ASSERT_GE(sleeps.size(), 5U) << "one for each answer that says so";
    const std::vector<Duration> asked_for(sleeps.end() - 5, sleeps.end());
    EXPECT_THAT(asked_for, Each(AllOf(::testing::Ge(Duration(300ms)), Le(Duration(60s)))));
    EXPECT_EQ(at.world.log.contains("asks to wait"), retry_after == "86400");
  }
}

TEST(HostileCa, FinalizeThatAnswersPendingOrNonsenseLosesNothing) {
  const std::map<std::string, std::function<std::string(const std::string&)>> answers{
      {"pending",
       [](const std::string& body) {
         json order = json::parse(body);
         order["status"] = "pending";
         return order.dump();
       }},
      {"nonsense", [](const std::string&) { return std::string("<html>thank you</html>"); }}};
  for (const auto& [what, change] : answers) {
    ProxiedWorld at(altering("finalize-order", change));
    const auto issued = at.world.obtainFor({freshName()});
    ASSERT_TRUE(issued) << what << ": " << describe(issued.error());
    EXPECT_EQ(at.proxy.count("order-plz"), 1) << what;
  }
}

TEST(HostileCa, AnOrderThatGoesBackAfterFinalizeIsWaitedFor) {
  std::atomic<std::size_t> seen = 0;
  ProxiedWorld at([&](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    ProxyAnswer answer = ask();
    const std::string status = statusIn(request, answer);
    if (status != "processing" && status != "valid") return answer;
    constexpr std::array kBackwards{"processing", "ready", "pending", "processing"};
    const std::size_t turn = seen++;
    if (turn < kBackwards.size()) answer.body = withStatus(answer.body, kBackwards.at(turn));
    return answer;
  });
  const auto issued = at.world.obtainFor({freshName()});
  ASSERT_TRUE(issued) << describe(issued.error());
  EXPECT_EQ(at.proxy.count("finalize-order"), 1);
}

TEST(HostileCa, DirectoryAndNonceThatAreBusyOrCutAreAskedForAgain) {
  for (const std::string kind : {"dir", "nonce-plz"}) {
    for (const bool cut : {false, true}) {
      ProxiedWorld at([&](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
        if (request.kind != kind || request.number > 2) return ask();
        if (cut) return ProxyAnswer{.cut = ProxyAnswer::Cut::BeforeAnswer};
        return ProxyAnswer{.status = 503, .headers = {{"Retry-After", "1"}}, .body = "busy"};
      });
      const auto issued = at.world.obtainFor({freshName()});
      ASSERT_TRUE(issued) << kind << ": " << describe(issued.error());
    }
  }
}

TEST(HostileCa, AnExternalAccountValidOnceSurvivesALostAnswer) {
  ProxiedWorld at([](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    ProxyAnswer answer = ask();
    if (request.kind == "sign-me-up") answer = ProxyAnswer::problem(500, "serverInternal", "the answer is lost");
    return answer;
  });
  const std::string name = freshName();
  ASSERT_FALSE(at.world.obtainFor({name}));
  at.proxy.setRule([](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    const bool lookup = request.payload.contains("onlyReturnExisting");
    if (request.kind == "sign-me-up" && !lookup) return ProxyAnswer::problem(401, "unauthorized", "this pair was used");
    return ask();
  });
  const auto issued = at.world.obtainFor({name});
  ASSERT_TRUE(issued) << describe(issued.error());
  EXPECT_EQ(at.proxy.count("sign-me-up"), 1);
}

TEST(HostileCa, ALookupThatIsRefusedIsNoReasonNotToRegister) {
  const std::string name = freshName();
  ProxiedWorld at([](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    if (request.kind == "sign-me-up") return ProxyAnswer::problem(403, "unauthorized", "no");
    return ask();
  });
  ASSERT_FALSE(at.world.obtainFor({name})) << "the key is on disk, the account is not made";
  at.proxy.setRule([](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    if (request.payload.contains("onlyReturnExisting"))
      return ProxyAnswer::problem(401, "externalAccountRequired", "first of all the binding");
    return ask();
  });
  ASSERT_TRUE(at.world.obtainFor({name}));
}

TEST(HostileCa, AnOrderThatStaysStuckIsGivenUpAfterThreeVainResumptions) {
  const std::string name = freshName();
  ProxiedWorld at([](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    ProxyAnswer answer = ask();
    const std::string status = statusIn(request, answer);
    if (status == "processing" || status == "valid") return ProxyAnswer::problem(500, "serverInternal", "for ever");
    return answer;
  });
  ASSERT_FALSE(at.world.obtainFor({name}));
  ASSERT_TRUE(at.world.orders.kept);
  const std::string stuck = at.world.orders.kept->url;
  for (int i = 1; i <= acme::kMostFailedResumptions; ++i) {
    ASSERT_FALSE(at.world.obtainFor({name}));
    ASSERT_TRUE(at.world.orders.kept);
    EXPECT_EQ(at.world.orders.kept->url, stuck);
    EXPECT_EQ(at.world.orders.kept->failed_resumptions, i);
  }
  at.proxy.setRule(pass);
  const auto issued = at.world.obtainFor({name});
  ASSERT_TRUE(issued) << describe(issued.error());
  EXPECT_NE(issued->order, stuck);
  EXPECT_TRUE(at.world.log.contains("is given up"));
}

TEST(HostileCa, AStoredOrderAnsweredByNonsenseDoesNotBlockForItsLife) {
  const std::string name = freshName();
  ProxiedWorld at([](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    if (request.kind == "finalize-order") return ProxyAnswer::problem(429, "rateLimited", "later");
    return ask();
  });
  ASSERT_FALSE(at.world.obtainFor({name}));
  ASSERT_TRUE(at.world.orders.kept);
  const std::string blocked = at.world.orders.kept->url;
  at.proxy.setRule([&](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    if (blocked.ends_with(request.path)) return ProxyAnswer{.status = 200, .body = "<html>moved</html>"};
    return ask();
  });
  for (int i = 0; i < acme::kMostFailedResumptions; ++i) EXPECT_FALSE(at.world.obtainFor({name}));
  EXPECT_TRUE(at.world.obtainFor({name}));
}

TEST(HostileCa, ACertificateThatDoesNotFitIsDownloadedAgainAndNotOrderedAgain) {
  const std::string name = freshName();
  const TestCertificate foreign = TestCa().intermediate().issue({.names = {name}});
  ProxiedWorld at(altering("certZ", [&](const std::string&) { return foreign.fullChain(); }));
  const auto issued = at.world.obtainFor({name});
  ASSERT_FALSE(issued);
  EXPECT_THAT(issued.error().what, HasSubstr("private key"));
  at.proxy.setRule(pass);
  ASSERT_TRUE(at.world.obtainFor({name}));
  EXPECT_EQ(at.proxy.count("order-plz"), 0);
}

TEST(HostileCa, AnOrderHasATotalTime) {
  ProxiedWorld at;
  at.world.publisher.before_publishing = [&] { at.world.clock.sleepFor(5h, {}); };
  const auto issued = at.world.obtainFor({freshName()});
  ASSERT_FALSE(issued);
  EXPECT_THAT(issued.error().what, HasSubstr("took longer than 4 h"));
  EXPECT_TRUE(at.world.orders.kept);
}

// Three tries of a request, each with up to three of its nonce, were nine.
TEST(HostileCa, ARequestAndItsNonceAreTriedThreeTimesTogether) {
  std::atomic<int> nonces = 0;
  std::atomic<int> orders = 0;
  ProxiedWorld at([&](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    if (request.kind == "order-plz") {
      ++orders;
      return ProxyAnswer{.status = 503, .body = "busy"};  // and takes the nonce with it
    }
    if (request.kind != "nonce-plz" || orders == 0) return ask();
    ++nonces;
    return ProxyAnswer{.status = 503, .body = "busy"};
  });
  EXPECT_FALSE(at.world.obtainFor({freshName()}));
  EXPECT_LE(orders + nonces, 3) << orders << " orders and " << nonces << " nonces";
}

TEST(HostileCa, NoncesThatAreNeverGoodEndTheRun) {
  ProxiedWorld at([](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    return request.method == "POST" ? ProxyAnswer::problem(400, "badNonce", "no") : ask();
  });
  const auto issued = at.world.obtainFor({freshName()});
  ASSERT_FALSE(issued);
  EXPECT_THAT(issued.error().what, HasSubstr("nonce"));
  EXPECT_THAT(at.proxy.requests().size(), Lt(60U));
}

TEST(HostileCa, AFailedLookupOfCaaIsNotCalledAProhibition) {
  const auto advice = [](const std::string& detail) {
    return acme::adviceOn(acme::Problem{.status = 403, .type = "caa", .detail = detail});
  };
  EXPECT_THAT(advice("While processing CAA for a.example: DNS problem: SERVFAIL looking up CAA"),
              AllOf(HasSubstr("look up"), Not(HasSubstr("permit"))));
  EXPECT_THAT(advice("CAA record for a.example prevents issuance"), HasSubstr("does not permit"));
}

TEST(IsStuck, AfterThreeVainResumptionsADayOrAQuarterOfWhatIsLeft) {
  acme::StoredOrder order;
  order.created = TimePoint(1000h);
  const auto stuck = [&](int failed, Duration age, std::optional<Duration> left = std::nullopt) {
    order.failed_resumptions = failed;
    const auto needed_by = left ? std::optional(order.created + *left) : std::nullopt;
    return acme::isStuck(order, needed_by, order.created + age);
  };
  EXPECT_FALSE(stuck(0, 5 * 24h)) << "nobody has tried since";
  EXPECT_FALSE(stuck(2, 23h));
  EXPECT_TRUE(stuck(3, 1h));
  EXPECT_TRUE(stuck(1, 24h));
  EXPECT_TRUE(stuck(1, 5h, 20h));
  EXPECT_FALSE(stuck(1, 4h, 20h));
  EXPECT_FALSE(stuck(1, 4h, -1h)) << "it has expired already";
}

}  // namespace
}  // namespace sidecert::testing
