#include "dns/propagation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "dns/dns_message.h"
#include "fake_resolver.h"
#include "support/manual_clock.h"
#include "support/memory_log.h"
#include "support/scripted_dns.h"
#include "support/scripted_http.h"

namespace sidecert::dns {
namespace {

using sidecert::testing::authoritative;
using sidecert::testing::FakeResolver;
using sidecert::testing::ManualClock;
using sidecert::testing::MemoryLog;
using sidecert::testing::noSuchName;
using sidecert::testing::record;
using sidecert::testing::recursive;
using sidecert::testing::ScriptedDns;
using sidecert::testing::ScriptedHttp;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kName[] = "_acme-challenge.home.example";
constexpr char kNs1[] = "192.0.2.1";
constexpr char kNs2[] = "192.0.2.2";
constexpr char kNs3[] = "192.0.2.3";
constexpr char kV6[] = "2001:db8::1";

// Time passes when somebody sleeps, and something may happen meanwhile.
class EventfulClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return clock_.now(); }
  [[nodiscard]] Duration monotonic() const override { return clock_.monotonic(); }
  bool sleepFor(Duration duration, const std::stop_token& stop) override {
    const bool slept = clock_.sleepFor(duration, stop);
    ++sleeps;
    if (on_sleep) on_sleep();
    return slept;
  }
  std::function<void()> on_sleep;
  int sleeps = 0;
  ManualClock clock_;
};

class Propagation : public ::testing::Test {
 protected:
  WatchedZone zone(std::set<std::string> values, std::vector<std::string> addresses = {kNs1, kNs2}) {
    WatchedZone zone{.zone = "home.example", .servers = {}, .expected = {{kName, std::move(values)}}};
    for (std::size_t i = 0; i < addresses.size(); ++i) {
      zone.servers.push_back({.host = "ns" + std::to_string(i + 1), .server = {.address = addresses[i]}});
    }
    return zone;
  }
  void show(const std::string& server, const std::vector<std::string>& values, const std::string& name = kName) {
    std::vector<Record> records;
    for (const std::string& value : values) records.push_back(record(name, RecordType::Txt, value));
    net_.set(server, name, RecordType::Txt, values.empty() ? noSuchName("home.example") : authoritative(records));
  }
  void say(const std::string& server, ResponseCode code) {
    Response answer;
    answer.code = code;
    net_.set(server, kName, RecordType::Txt, answer);
  }
  Result<std::chrono::seconds> wait(std::vector<WatchedZone> zones, Duration limit = std::chrono::minutes(10)) {
    return awaitEverywhere(net_, std::move(zones), limit, Effort(clock_, stop_.get_token()),
                           {clock_, http_, files_, Log(sink_), stop_.get_token()});
  }

  FakeResolver net_;
  EventfulClock clock_;
  ScriptedHttp http_;
  PosixFileSystem files_;
  MemoryLog sink_;
  std::stop_source stop_;
};

TEST_F(Propagation, IsDoneAtOnceWhenEveryServerShowsEverything) {
  show(kNs1, {"one", "two"});
  show(kNs2, {"two", "a stranger's", "one"});
  EXPECT_TRUE(wait({zone({"one", "two"})}));
  EXPECT_EQ(clock_.sleeps, 0);
}

TEST_F(Propagation, WaitsForTheServerThatLags) {
  show(kNs1, {"one"});
  show(kNs2, {});
  clock_.on_sleep = [&] {
    if (clock_.sleeps == 4) show(kNs2, {"one"});
  };
  EXPECT_TRUE(wait({zone({"one"})}));
  EXPECT_EQ(clock_.sleeps, 4);
  EXPECT_THAT(sink_.text(), HasSubstr("ns2 (192.0.2.2) of home.example does not show " + std::string(kName) + " yet"));
}

TEST_F(Propagation, WaitsForEveryValueOfAName) {
  show(kNs1, {"one", "two"});
  show(kNs2, {"one"});
  clock_.on_sleep = [&] {
    if (clock_.sleeps == 2) show(kNs2, {"one", "two"});
  };
  EXPECT_TRUE(wait({zone({"one", "two"})}));
  EXPECT_EQ(clock_.sleeps, 2);
}

TEST_F(Propagation, DoesNotAskAgainWhatWasSeen) {
  show(kNs1, {"one"});
  show(kNs2, {});
  clock_.on_sleep = [&] {
    if (clock_.sleeps == 3) show(kNs2, {"one"});
  };
  ASSERT_TRUE(wait({zone({"one"})}));
  EXPECT_EQ(net_.timesAsked(std::string(kNs1) + " " + kName + " TXT"), 1U);
  EXPECT_EQ(net_.timesAsked(std::string(kNs2) + " " + kName + " TXT"), 4U);
}

TEST_F(Propagation, PollsQuicklyAtFirstAndNeverSlowerThanTenSeconds) {
  show(kNs1, {});
  show(kNs2, {});
  ASSERT_FALSE(wait({zone({"one"})}));
  const auto pauses = clock_.clock_.sleeps();
  EXPECT_EQ(pauses.front(), kFirstPause);
  EXPECT_THAT(pauses, Each(Le(kLongestPause)));
  EXPECT_EQ(clock_.clock_.slept(), std::chrono::minutes(10));
}

TEST_F(Propagation, NamesWhoMissesWhatWhenTheTimeIsUp) {
  show(kNs1, {"one"});
  show(kNs2, {});
  const auto seen = wait({zone({"one"})});
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().code, ErrorCode::Refused);
  EXPECT_THAT(seen.error().what, HasSubstr("ns2 (192.0.2.2) does not show " + std::string(kName)));
  EXPECT_THAT(seen.error().what, Not(HasSubstr("ns1")));
  EXPECT_THAT(seen.error().hint, HasSubstr("ACME_DNS_TIMEOUT"));
}

TEST_F(Propagation, WritesALineForEachChangeAndOneAMinuteWhileNothingDoes) {
  show(kNs1, {"one"});
  show(kNs2, {});
  ASSERT_FALSE(wait({zone({"one"})}));
  const auto lines = sink_.lines();
  ASSERT_THAT(lines, SizeIs(AllOf(Ge(2U + 8U), Le(2U + 10U))));
  EXPECT_THAT(lines.back().message,
              HasSubstr("still waiting: ns2 (192.0.2.2) does not show " + std::string(kName) + " yet"));
  EXPECT_THAT(lines.back().message, Not(HasSubstr("ns1")));
}

TEST_F(Propagation, AsksALaggingServerForAFewOfAHundredNamesInARound) {
  WatchedZone many = zone({}, {kNs1, kNs2});
  many.expected.clear();
  for (int i = 100; i < 200; ++i) {
    const std::string name = "_acme-challenge.h" + std::to_string(i) + ".home.example";
    many.expected[name] = {"one"};
    show(kNs1, {"one"}, name);
  }
  net_.setDefault(kNs2, noSuchName("home.example"));
  clock_.on_sleep = [&] {
    if (clock_.sleeps != 2) return;
    for (const auto& [name, values] : many.expected) show(kNs2, {"one"}, name);
  };
  ASSERT_TRUE(wait({many}));
  EXPECT_THAT(net_.asked(), SizeIs(100 + 100 + 3 + 100));
  EXPECT_EQ(net_.rounds(), 4U);  // all of all; three; the same three once more, and at once the others
  EXPECT_THAT(sink_.text(), HasSubstr("_acme-challenge.h102.home.example, 97 more yet"));
}

TEST_F(Propagation, OutvotesASilentServerAfterAWhile) {
  show(kNs1, {"one"});
  net_.silence(kNs2);
  ASSERT_TRUE(wait({zone({"one"})}));
  EXPECT_GE(clock_.sleeps, kRoundsToOutvote - 1);
  EXPECT_GE(clock_.clock_.slept(), kTimeToOutvote);
  EXPECT_LE(clock_.clock_.slept(), 3 * kTimeToOutvote);
  EXPECT_THAT(sink_.text(), HasSubstr("we go on without it"));
}

TEST_F(Propagation, TakesLongerToOutvoteAMajority) {
  show(kNs1, {"one"});
  net_.silence(kNs2);
  net_.silence(kNs3);
  ASSERT_TRUE(wait({zone({"one"}, {kNs1, kNs2, kNs3})}));
  EXPECT_GE(clock_.clock_.slept(), kTimeToOutvoteMajority);
  EXPECT_LE(clock_.clock_.slept(), 2 * kTimeToOutvoteMajority);
}

TEST_F(Propagation, OutvotesALameServerAfterAWhile) {
  for (const ResponseCode code : {ResponseCode::Refused, ResponseCode::ServFail, ResponseCode::NoError}) {
    show(kNs1, {"one"});
    say(kNs2, code);  // NOERROR without the AA bit: a referral, not an answer
    EXPECT_TRUE(wait({zone({"one"})})) << toString(code);
  }
}

TEST_F(Propagation, CountsAServerAgainThatComesBack) {
  show(kNs1, {"one"});
  net_.silence(kNs2);
  show(kNs2, {});
  clock_.on_sleep = [&] {
    if (clock_.sleeps == 2) net_.wake(kNs2);
  };
  const auto seen = wait({zone({"one"})});
  ASSERT_FALSE(seen);  // it answers, and does not show the value
  EXPECT_THAT(seen.error().what, HasSubstr("ns2"));
}

TEST_F(Propagation, IsNeverDoneWhileNoServerShowsTheValue) {
  net_.silence(kNs1);
  net_.silence(kNs2);
  const auto seen = wait({zone({"one"})});
  ASSERT_FALSE(seen);
  EXPECT_THAT(seen.error().what, HasSubstr("gives no answer"));
}

TEST_F(Propagation, LeavesOutAddressesThisMachineHasNoRouteTo) {
  show(kNs1, {"one"});
  net_.cutOff(kV6);
  EXPECT_TRUE(wait({zone({"one"}, {kNs1, kV6})}));
  EXPECT_EQ(clock_.sleeps, 0);
  EXPECT_EQ(net_.timesAsked(std::string(kV6) + " " + kName + " TXT"), 0U);
}

TEST_F(Propagation, WatchesZonesAndNamesTogether) {
  WatchedZone first = zone({"one"}, {kNs1});
  first.expected["_acme-challenge.www.home.example"] = {"www"};
  WatchedZone second{.zone = "other.example",
                     .servers = {{.host = "ns", .server = {.address = kNs2}}},
                     .expected = {{"_acme-challenge.other.example", {"other"}}}};
  show(kNs1, {"one"});
  show(kNs1, {"www"}, "_acme-challenge.www.home.example");
  show(kNs2, {}, "_acme-challenge.other.example");
  clock_.on_sleep = [&] { show(kNs2, {"other"}, "_acme-challenge.other.example"); };
  EXPECT_TRUE(wait({first, second}));
  EXPECT_EQ(clock_.sleeps, 1);
}

TEST_F(Propagation, EndsAtOnceWhenAskedToStop) {
  show(kNs1, {});
  show(kNs2, {});
  clock_.on_sleep = [&] { stop_.request_stop(); };
  const auto seen = wait({zone({"one"})});
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().code, ErrorCode::Stopped);
  EXPECT_LE(clock_.sleeps, 2);
}

TEST_F(Propagation, RecognisesAServerOfAFormerProvider) {
  show(kNs1, {"one"});
  show(kNs2, {});
  net_.set(kNs1, "home.example", RecordType::Soa,
           authoritative({record("home.example", RecordType::Soa, "ns1.provider.example")}));
  net_.set(kNs2, "home.example", RecordType::Soa,
           authoritative({record("home.example", RecordType::Soa, "ns1.former.example")}));
  const auto seen = wait({zone({"one"})});
  ASSERT_FALSE(seen);
  EXPECT_THAT(seen.error().what, AllOf(HasSubstr("ns2"), HasSubstr("ns1.former.example"), HasSubstr("former DNS provider")));
  EXPECT_THAT(seen.error().hint, HasSubstr("NS records"));
  EXPECT_THAT(sink_.text(), HasSubstr("former DNS provider"));
}

TEST_F(Propagation, TakesASlowSecondaryForNoStranger) {
  show(kNs1, {"one"});
  show(kNs2, {});
  for (const char* server : {kNs1, kNs2})
    net_.set(server, "home.example", RecordType::Soa,
             authoritative({record("home.example", RecordType::Soa, "ns1.provider.example")}));
  const auto seen = wait({zone({"one"})});
  ASSERT_FALSE(seen);
  EXPECT_THAT(seen.error().what, Not(HasSubstr("former")));
}

TEST_F(Propagation, EndsEarlyWhenNobodyCanBeAsked) {
  net_.https = {"https://one.example/dns-query"};
  net_.silence(kNs1);
  net_.silence(kNs2);
  http_.always([](const HttpRequest&) -> Result<HttpResponse> { return fail(ErrorCode::Unreachable, "no way there"); });
  const auto seen = wait({zone({"one"})});
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().code, ErrorCode::Unreachable);
  EXPECT_THAT(seen.error().what, HasSubstr("no way there"));
  EXPECT_THAT(seen.error().hint, HasSubstr("ACME_DNSSLEEP"));
  EXPECT_LT(clock_.clock_.slept(), std::chrono::minutes(2));
}

TEST_F(Propagation, AsksAllNamesOfAllServersInOneRound) {
  WatchedZone many = zone({"one"}, {kNs1, kNs2, kNs3});
  many.expected.clear();
  for (int i = 0; i < 100; ++i) {
    const std::string name = "_acme-challenge.h" + std::to_string(i) + ".home.example";
    many.expected[name] = {"one"};
    for (const char* server : {kNs1, kNs2, kNs3}) show(server, {"one"}, name);
  }
  ASSERT_TRUE(wait({many}));
  EXPECT_EQ(net_.rounds(), 1U);
  EXPECT_THAT(net_.asked(), SizeIs(300));
}

class Interception : public Propagation {
 protected:
  Interception() {
    net_.https = {"https://one.example/dns-query", "https://two.example/dns-query"};
    for (const char* server : {kNs1, kNs2}) {
      net_.set(server, kName, RecordType::Txt, recursive(noSuchName("home.example")));
    }
  }
  // RFC 8484: the query is the body, the answer's body is the answer.
  void answerOverHttps(std::function<std::vector<std::string>(const std::string& url)> values) {
    http_.always([values = std::move(values)](const HttpRequest& request) -> Result<HttpResponse> {
      EXPECT_EQ(request.method, "POST");
      EXPECT_EQ(request.headers.first("content-type"), "application/dns-message");
      std::vector<std::string> records;
      for (const std::string& value : values(request.url)) records.push_back(ScriptedDns::txt({value}));
      return HttpResponse{.status = 200,
                          .headers = {{"Content-Type", "application/dns-message"}},
                          .body = ScriptedDns::answerTo(request.body, 0, records),
                          .peer_sha256 = {}};
    });
  }
};

TEST_F(Interception, IsRecognisedAndGoneRoundByHttps) {
  answerOverHttps([](const std::string&) { return std::vector<std::string>{"one"}; });
  const auto seen = wait({zone({"one"})});
  ASSERT_TRUE(seen) << seen.error().what;
  EXPECT_THAT(sink_.text(), HasSubstr("answers DNS questions in their place"));
  EXPECT_THAT(http_.requests(), SizeIs(2));
}

TEST_F(Interception, WaitsUntilEveryServiceShowsTheValue) {
  answerOverHttps([&](const std::string& url) {
    const bool late = url.find("two") != std::string::npos && clock_.clock_.slept() < std::chrono::minutes(2);
    return late ? std::vector<std::string>{} : std::vector<std::string>{"one"};
  });
  ASSERT_TRUE(wait({zone({"one"})}));
  EXPECT_GE(clock_.clock_.slept(), std::chrono::minutes(2));
}

TEST_F(Interception, IsTakenForClosedWhenAllServersAreSilent) {
  net_.silence(kNs1);
  net_.silence(kNs2);
  answerOverHttps([](const std::string&) { return std::vector<std::string>{"one"}; });
  ASSERT_TRUE(wait({zone({"one"})}));
  EXPECT_THAT(sink_.text(), HasSubstr("can be reached on port 53"));
}

TEST_F(Interception, IsGoneRoundAlsoWhereItRefusesToAnswer) {
  for (const char* server : {kNs1, kNs2}) say(server, ResponseCode::Refused);
  answerOverHttps([](const std::string&) { return std::vector<std::string>{"one"}; });
  ASSERT_TRUE(wait({zone({"one"})}));
  EXPECT_THAT(sink_.text(), HasSubstr("none of the name servers of home.example answers for it"));
}

TEST_F(Interception, NeedsNoHttpsWhileOneServerAnswersWithAuthority) {
  show(kNs1, {"one"});
  ASSERT_TRUE(wait({zone({"one"})}));
  EXPECT_THAT(http_.requests(), IsEmpty());
}

TEST_F(Interception, IsNamedWhenHttpsIsClosedToo) {
  net_.https.clear();
  const auto seen = wait({zone({"one"})});
  ASSERT_FALSE(seen);
  EXPECT_THAT(seen.error().hint, HasSubstr("port 53"));
}

TEST_F(Interception, OutvotesAServiceThatAnswersNonsense) {
  http_.always([](const HttpRequest& request) -> Result<HttpResponse> {
    if (request.url.find("one") != std::string::npos) {
      return HttpResponse{.status = 200, .headers = {{"Content-Type", "text/html"}}, .body = "<html>", .peer_sha256 = {}};
    }
    return HttpResponse{.status = 200,
                        .headers = {{"Content-Type", "application/dns-message"}},
                        .body = ScriptedDns::answerTo(request.body, 0, {ScriptedDns::txt({"one"})}),
                        .peer_sha256 = {}};
  });
  EXPECT_TRUE(wait({zone({"one"})}));
}

}  // namespace
}  // namespace sidecert::dns
