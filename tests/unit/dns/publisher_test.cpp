#include "dns/publisher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>

#include "base/text.h"
#include "dns/alias.h"
#include "dns/preflight.h"
#include "dns/public_view.h"
#include "fake_resolver.h"
#include "support/manual_clock.h"
#include "support/memory_log.h"
#include "support/scripted_dns.h"
#include "support/scripted_http.h"

namespace sidecert::dns {
namespace {

using sidecert::testing::authoritative;
using sidecert::testing::FakeResolver;
using sidecert::testing::kRecursive;
using sidecert::testing::ManualClock;
using sidecert::testing::MemoryLog;
using sidecert::testing::noSuchName;
using sidecert::testing::record;
using sidecert::testing::recursive;
using sidecert::testing::ScriptedDns;
using sidecert::testing::ScriptedHttp;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class FakeProvider final : public Provider {
 public:
  [[nodiscard]] std::string title() const override { return "a provider"; }
  Result<> add(const std::string& zone, std::span<const TxtRecord> records, const Effort&) override {
    return note("add", zone, records);
  }
  Result<> remove(const std::string& zone, std::span<const TxtRecord> records, const Effort& effort) override {
    time_to_remove = effort.left();
    return note("remove", zone, records);
  }
  [[nodiscard]] bool silent() const override { return is_silent; }
  [[nodiscard]] bool worksInParallel() const override { return parallel; }
  [[nodiscard]] std::chrono::seconds settle() const override { return settling; }
  [[nodiscard]] std::chrono::seconds publishesWithin() const override { return publishing; }

  std::string failing_zone;
  bool parallel = false;
  bool is_silent = false;
  Duration time_to_remove{0};
  std::chrono::seconds settling{0};
  std::chrono::seconds publishing{0};
  std::vector<std::string> calls;

 private:
  Result<> note(const std::string& what, const std::string& zone, std::span<const TxtRecord> records) {
    const std::scoped_lock lock(mutex_);
    calls.push_back(what + " " + zone + " " + std::to_string(records.size()));
    if (zone == failing_zone) return fail(ErrorCode::Refused, "no", "a hint");
    return {};
  }
  std::mutex mutex_;
};

class PublisherTest : public ::testing::Test {
 protected:
  PublisherTest() {
    for (const std::string zone : {"home.example", "other.example", "alias.example"}) {
      const std::string host = "ns." + zone;
      const std::string address = "192.0.2." + std::to_string(++zones_);
      net_.set(kRecursive, zone, RecordType::Soa, recursive(authoritative({record(zone, RecordType::Soa, host)})));
      net_.set(kRecursive, zone, RecordType::Ns, recursive(authoritative({record(zone, RecordType::Ns, host)})));
      net_.set(kRecursive, host, RecordType::A, recursive(authoritative({record(host, RecordType::A, address)})));
      net_.set(kRecursive, host, RecordType::Aaaa, recursive(authoritative({})));
      net_.setDefault(address, noSuchName(zone));
    }
  }

  static constexpr std::chrono::seconds kUsualLimit{600};

  Publisher publisher(PublishOptions options = {.limit = kUsualLimit, .slow_providers_take_longer = true}) {
    return Publisher(net_,
                     [this](const std::string& name) -> Result<Provider*> {
                       if (name.ends_with("nobody.example")) return fail(ErrorCode::Settings, "no provider for " + name);
                       return name.ends_with("other.example") ? &other_ : &provider_;
                     },
                     std::move(options), {clock_, http_, files_, Log(sink_), stop_.get_token()});
  }

  [[nodiscard]] Effort effort() { return {clock_, stop_.get_token()}; }

  FakeResolver net_;
  FakeProvider provider_, other_;
  ManualClock clock_;
  ScriptedHttp http_;
  PosixFileSystem files_;
  MemoryLog sink_;
  std::stop_source stop_;
  int zones_ = 0;
};

const std::vector<TxtRecord> kWished = {{"_acme-challenge.home.example", "apex"},
                                        {"_acme-challenge.home.example", "wildcard"},
                                        {"_acme-challenge.home.example", "apex"},
                                        {"_acme-challenge.www.other.example", "www"}};

TEST_F(PublisherTest, PlacesEveryWish) {
  net_.set(kRecursive, "www.other.example", RecordType::Soa, recursive(noSuchName("other.example")));
  const auto placements = publisher().place(kWished, effort());
  ASSERT_TRUE(placements) << placements.error().what;
  EXPECT_THAT(*placements, ElementsAre(Placement{{"_acme-challenge.home.example", "apex"}, "home.example"},
                                       Placement{{"_acme-challenge.home.example", "wildcard"}, "home.example"},
                                       Placement{{"_acme-challenge.home.example", "apex"}, "home.example"},
                                       Placement{{"_acme-challenge.www.other.example", "www"}, "other.example"}));
  EXPECT_THAT(provider_.calls, IsEmpty());
}

TEST_F(PublisherTest, WritesAtTheAlias) {
  const std::vector<TxtRecord> wished = {{"_acme-challenge.home.example", "value"}};
  EXPECT_EQ(publisher({.challenge_alias = "alias.example"}).place(wished, effort())->front().record.name,
            "_acme-challenge.alias.example");
  EXPECT_EQ(publisher({.domain_alias = "txt.alias.example"}).place(wished, effort())->front().record.name,
            "txt.alias.example");
}

TEST_F(PublisherTest, WarnsWhenNoCnamePointsAtTheAlias) {
  const std::vector<TxtRecord> wished = {{"_acme-challenge.home.example", "value"}};
  ASSERT_TRUE(publisher({.domain_alias = "txt.alias.example"}).place(wished, effort()));
  EXPECT_THAT(sink_.text(), HasSubstr("_acme-challenge.home.example is no alias (CNAME) of txt.alias.example"));
}

TEST_F(PublisherTest, SaysNothingWhenTheCnameIsThere) {
  net_.set("192.0.2.1", "_acme-challenge.home.example", RecordType::Txt,
           authoritative({record("_acme-challenge.home.example", RecordType::Cname, "txt.alias.example")}));
  const std::vector<TxtRecord> wished = {{"_acme-challenge.home.example", "value"}};
  const auto placements = publisher({.domain_alias = "txt.alias.example"}).place(wished, effort());
  ASSERT_TRUE(placements);
  EXPECT_THAT(*placements, ElementsAre(Placement{{"txt.alias.example", "value"}, "alias.example"}));
  EXPECT_THAT(sink_.text(), Not(HasSubstr("no alias")));
}

const std::vector<Placement> kPlacements = {{{"_acme-challenge.home.example", "apex"}, "home.example"},
                                            {{"_acme-challenge.home.example", "wildcard"}, "home.example"},
                                            {{"_acme-challenge.alias.example", "alias"}, "alias.example"},
                                            {{"_acme-challenge.other.example", "other"}, "other.example"}};

TEST_F(PublisherTest, AddsWithOneCallPerZone) {
  ASSERT_TRUE(publisher().add(kPlacements, effort()));
  EXPECT_THAT(provider_.calls, ElementsAre("add home.example 2", "add alias.example 1"));
  EXPECT_THAT(other_.calls, ElementsAre("add other.example 1"));
  EXPECT_THAT(sink_.text(), HasSubstr("added TXT for _acme-challenge.home.example (2 values) at a provider"));
}

TEST_F(PublisherTest, WorksOnZonesSideBySideWhereTheProviderAllows) {
  provider_.parallel = true;
  ASSERT_TRUE(publisher().add(kPlacements, effort()));
  EXPECT_THAT(provider_.calls, UnorderedElementsAre("add home.example 2", "add alias.example 1"));
}

TEST_F(PublisherTest, SaysWhatFailedWhereAndWhatToDo) {
  provider_.failing_zone = "home.example";
  const auto added = publisher().add(kPlacements, effort());
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().what, "adding TXT for _acme-challenge.home.example (2 values) at a provider: no");
  EXPECT_EQ(added.error().hint, "a hint");
}

TEST_F(PublisherTest, AddsNothingWhenANameHasNoProvider) {
  std::vector<Placement> placements = kPlacements;
  placements.push_back({{"_acme-challenge.nobody.example", "x"}, "nobody.example"});
  ASSERT_FALSE(publisher().add(placements, effort()));
  EXPECT_THAT(provider_.calls, IsEmpty());
}

TEST_F(PublisherTest, AddsNothingOnceAskedToStop) {
  stop_.request_stop();
  const auto added = publisher().add(kPlacements, effort());
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, ErrorCode::Stopped);
  EXPECT_THAT(provider_.calls, IsEmpty());
}

TEST_F(PublisherTest, WithdrawsEverythingThoughOneFailsAndAStopWasAskedFor) {
  provider_.failing_zone = "home.example";
  stop_.request_stop();
  std::vector<Placement> placements = kPlacements;
  placements.insert(placements.begin(), {{"_acme-challenge.nobody.example", "x"}, "nobody.example"});
  const auto withdrawn = publisher().withdraw(placements);
  ASSERT_FALSE(withdrawn);
  EXPECT_THAT(withdrawn.error().what, HasSubstr("removing TXT for _acme-challenge.home.example"));
  EXPECT_THAT(provider_.calls, ElementsAre("remove home.example 2", "remove alias.example 1"));
  EXPECT_THAT(other_.calls, ElementsAre("remove other.example 1"));
}

// Such a provider was asked for 30 s after a stop, while the engine waited to kill the container.
TEST_F(PublisherTest, GivesLittleTimeToAProviderThatWasSilentWhenTheStopCame) {
  const std::vector<Placement> placements = {{{"_acme-challenge.home.example", "apex"}, "home.example"},
                                             {{"_acme-challenge.other.example", "other"}, "other.example"}};
  provider_.is_silent = true;
  ASSERT_TRUE(publisher().withdraw(placements));
  EXPECT_GT(provider_.time_to_remove, kCleanUpLimit) << "nobody is in a hurry without a stop";
  stop_.request_stop();
  provider_.failing_zone = "home.example";
  const auto withdrawn = publisher().withdraw(placements);
  EXPECT_EQ(provider_.time_to_remove, kSilentCleanUpLimit);
  EXPECT_EQ(other_.time_to_remove, kCleanUpLimit);
  EXPECT_TRUE(
      sink_.contains("a provider was silent when the stop came: it has 500 ms to remove TXT for "
                     "_acme-challenge.home.example"));
  ASSERT_FALSE(withdrawn);
  EXPECT_THAT(withdrawn.error().what, HasSubstr("_acme-challenge.home.example"));
}

TEST_F(PublisherTest, DoesNothingForNothing) {
  EXPECT_TRUE(publisher().add({}, effort()));
  EXPECT_TRUE(publisher().awaitVisible({}, effort()));
  EXPECT_TRUE(publisher().withdraw({}));
}

TEST_F(PublisherTest, WaitsAFixedTimeAndAsksNobodyWhenTold) {
  ASSERT_TRUE(publisher({.fixed_wait = std::chrono::seconds(120)}).awaitVisible(kPlacements, effort()));
  EXPECT_EQ(clock_.slept(), std::chrono::seconds(120));
  EXPECT_THAT(net_.asked(), IsEmpty());
}

TEST_F(PublisherTest, WaitsForTheServersOfEachZoneAndThenForTheProvider) {
  const std::vector<Placement> placements = {kPlacements[0]};
  net_.set("192.0.2.1", "_acme-challenge.home.example", RecordType::Txt,
           authoritative({record("_acme-challenge.home.example", RecordType::Txt, "apex")}));
  provider_.settling = std::chrono::seconds(30);
  ASSERT_TRUE(publisher().awaitVisible(placements, effort()));
  EXPECT_THAT(clock_.sleeps(), ElementsAre(Duration(30'000)));
}

TEST_F(PublisherTest, GivesUpAfterTheOwnersLimit) {
  const std::vector<Placement> placements = {kPlacements[0]};
  const auto seen = publisher({.limit = std::chrono::seconds(60)}).awaitVisible(placements, effort());
  ASSERT_FALSE(seen);
  EXPECT_EQ(clock_.slept(), std::chrono::seconds(60));
}

TEST_F(PublisherTest, WaitsLongerForAProviderThatPublishesSlowly) {
  provider_.publishing = std::chrono::seconds(1800);
  ASSERT_FALSE(publisher().awaitVisible(std::vector{kPlacements[0]}, effort()));
  EXPECT_EQ(clock_.slept(), provider_.publishing);
}

TEST_F(PublisherTest, GivesUpAfterTheOwnersLimitAlsoWhereTheProviderIsSlow) {
  provider_.publishing = std::chrono::seconds(1800);
  ASSERT_FALSE(publisher({.limit = std::chrono::seconds(60)}).awaitVisible(std::vector{kPlacements[0]}, effort()));
  EXPECT_EQ(clock_.slept(), std::chrono::seconds(60));
}

TEST_F(PublisherTest, NeverWaitsLessForAProviderThanUsual) {
  provider_.publishing = std::chrono::seconds(20);
  ASSERT_FALSE(publisher().awaitVisible(std::vector{kPlacements[0]}, effort()));
  EXPECT_EQ(clock_.slept(), kUsualLimit);
}

// The whole of DNS for one order: CAA, places, visibility.
TEST_F(PublisherTest, AsksFewQuestionsInFewRounds) {
  for (const std::size_t count : {1U, 25U, 100U}) {
    FakeResolver& net = net_;
    net.setDefault(kRecursive, recursive(noSuchName("home.example")));
    std::vector<std::string> names;
    std::vector<TxtRecord> wished;
    for (std::size_t i = 0; i < count; ++i) {
      names.push_back("h" + std::to_string(i) + ".home.example");
      const std::string name = "_acme-challenge." + names.back();
      wished.push_back({name, "value"});
    }
    const std::size_t rounds_before = net.rounds();
    const std::size_t asked_before = net.asked().size();
    EXPECT_THAT(preflight(net, names, {.issuers = {"ca.example"}}, effort()), IsEmpty());
    Publisher one = publisher();
    const auto placements = one.place(wished, effort());
    ASSERT_TRUE(placements) << placements.error().what;
    for (const TxtRecord& wish : wished)
      net.set("192.0.2.1", wish.name, RecordType::Txt, authoritative({record(wish.name, RecordType::Txt, "value")}));
    ASSERT_TRUE(one.awaitVisible(*placements, effort()));
    EXPECT_LE(net.rounds() - rounds_before, 6U) << count;
    EXPECT_LE(net.asked().size() - asked_before, 4 * count + 12) << count;
    for (const TxtRecord& wish : wished) net.set("192.0.2.1", wish.name, RecordType::Txt, noSuchName("home.example"));
  }
}

/// A home network whose resolver shows a view of its own, and the Internet behind DNS over HTTPS.
class SplitHorizon : public PublisherTest {
 protected:
  SplitHorizon() {
    net_.https = {"https://doh.example/dns-query"};
    net_.set(kRecursive, "ns.home.example", RecordType::A,
             recursive(authoritative({record("ns.home.example", RecordType::A, kNas)})));
    net_.setDefault(kNas, noSuchName("home.example"));
    net_.setDefault(kPublic, noSuchName("home.example"));
    http_.always([this](const HttpRequest& request) { return answerOverHttps(request); });
  }

  // The name servers of home.example, as the Internet sees them.
  Result<HttpResponse> answerOverHttps(const HttpRequest& request) {
    const std::string question = request.body.substr(12);
    const auto end = question.find('\0');
    const int type = static_cast<unsigned char>(question[end + 2]);
    std::vector<std::string> records;
    const bool zone = question.starts_with(wire("home.example"));
    if (known_outside && type == 6 && zone)
      records = {ScriptedDns::record(6, wire("ns1.provider.example") + wire("x.example") + std::string(20, '\0'))};
    if (known_outside && type == 2 && zone) records = {ScriptedDns::record(2, wire("ns1.provider.example"))};
    if (type == 1 && question.starts_with(wire("ns1.provider.example")))
      records = {ScriptedDns::record(1, std::string("\xCB\x00\x71\x07", 4))};  // kPublic
    return HttpResponse{.status = 200,
                        .headers = {{"Content-Type", "application/dns-message"}},
                        .body = ScriptedDns::answerTo(request.body, 0, records),
                        .peer_sha256 = {}};
  }
  static std::string wire(const std::string& name) {
    std::string octets;
    for (const std::string& label : splitList(name, ".")) octets += static_cast<char>(label.size()) + label;
    return octets + '\0';
  }
  void show(const std::string& server) {
    net_.set(server, kName, RecordType::Txt, authoritative({record(kName, RecordType::Txt, "value")}));
  }

  static constexpr char kName[] = "_acme-challenge.home.example";
  static constexpr char kNas[] = "192.168.1.2";
  static constexpr char kPublic[] = "203.0.113.7";
  const std::vector<TxtRecord> wished_ = {{kName, "value"}};
  bool known_outside = true;
};

TEST_F(SplitHorizon, IsRecognisedAtOnceAndTheInternetsServersAreWatched) {
  Publisher one = publisher();
  const auto placements = one.place(wished_, effort());
  ASSERT_TRUE(placements) << placements.error().what;
  EXPECT_THAT(sink_.text(), AllOf(HasSubstr("split horizon"), HasSubstr(kNas), HasSubstr("ns1.provider.example")));
  show(kPublic);
  ASSERT_TRUE(one.awaitVisible(*placements, effort()));
  EXPECT_EQ(clock_.slept(), Duration(0));
}

TEST_F(SplitHorizon, IsFollowedWhereTheOwnServerShowsTheRecord) {
  Publisher one = publisher();
  const auto placements = one.place(wished_, effort());
  ASSERT_TRUE(placements);
  show(kNas);
  ASSERT_TRUE(one.awaitVisible(*placements, effort()));
  EXPECT_EQ(net_.timesAsked(std::string(kPublic) + " " + kName + " TXT"), 0U);
}

TEST_F(SplitHorizon, OfAZoneTheInternetDoesNotKnowIsSaid) {
  known_outside = false;
  ASSERT_TRUE(publisher().place(wished_, effort()));
  EXPECT_THAT(sink_.text(), HasSubstr("only a CA within your network"));
}

TEST_F(SplitHorizon, InWhichThereIsNoZoneIsGoneRound) {
  net_.setDefault(kRecursive, recursive(authoritative({})));
  for (const RecordType type : {RecordType::Soa, RecordType::Ns})
    net_.set(kRecursive, "home.example", type, recursive(authoritative({})));
  Publisher one = publisher();
  const auto placements = one.place(wished_, effort());
  ASSERT_TRUE(placements) << placements.error().what;
  EXPECT_EQ(placements->front().zone, "home.example");
  EXPECT_THAT(sink_.text(), AllOf(HasSubstr("192.0.2.53:53 shows no zone"), HasSubstr("ACME_DNS_RESOLVERS")));
  show(kPublic);
  EXPECT_TRUE(one.awaitVisible(*placements, effort()));
}

TEST_F(SplitHorizon, WithAnotherZoneThanTheProviderHasIsNamedInTheError) {
  net_.set(kRecursive, "nas.home.example", RecordType::Soa,
           recursive(authoritative({record("nas.home.example", RecordType::Soa, "ns.home.example")})));
  net_.set(kRecursive, "nas.home.example", RecordType::Ns,
           recursive(authoritative({record("nas.home.example", RecordType::Ns, "ns.home.example")})));
  net_.setDefault(kNas, noSuchName("nas.home.example"));
  provider_.failing_zone = "nas.home.example";
  Publisher one = publisher();
  const auto placements = one.place(std::vector<TxtRecord>{{"_acme-challenge.nas.home.example", "value"}}, effort());
  ASSERT_TRUE(placements) << placements.error().what;
  const auto added = one.add(*placements, effort());
  ASSERT_FALSE(added);
  EXPECT_THAT(
      added.error().what,
      HasSubstr("your network shows the zone nas.home.example for _acme-challenge.nas.home.example, while the Internet "
                "sees home.example"));
  EXPECT_THAT(added.error().hint, HasSubstr("ACME_DNS_RESOLVERS"));
}

TEST(PrivateAddress, IsOneNobodyOutsideCanReach) {
  for (const char* address :
       {"10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.0.1", "100.64.0.1", "169.254.1.1", "fd00::1", "fe80::1"})
    EXPECT_TRUE(isPrivateAddress(address)) << address;
  for (const char* address : {"172.32.0.1", "100.128.0.1", "9.9.9.9", "2001:db8::1", "127.0.0.1", "::1", "ns1.example"})
    EXPECT_FALSE(isPrivateAddress(address)) << address;
}

std::string alias(const std::string& name, AliasOptions options) {
  const auto target = aliased(name, options);
  return target ? *target : "error: " + target.error().what;
}

TEST(Alias, TakesEntriesInTheOrderOfTheDomains) {
  const AliasOptions options{.challenge_alias = "one.example,no,Two.Example.",
                             .domain_alias = {},
                             .domains = {"a.example", "*.a.example", "b.example", "*.c.example"}};
  EXPECT_EQ(alias("_acme-challenge.a.example", options), "_acme-challenge.one.example");
  EXPECT_EQ(alias("_acme-challenge.b.example", options), "_acme-challenge.two.example");
  EXPECT_EQ(alias("_acme-challenge.c.example", options), "_acme-challenge.two.example");  // the last one for all that follow
}

TEST(Alias, IsNotUsedWhereTheListSaysNo) {
  const AliasOptions options{
      .challenge_alias = "no,x.example", .domain_alias = "y.example,no", .domains = {"a.example", "b.example"}};
  EXPECT_EQ(alias("_acme-challenge.a.example", options), "y.example");
  EXPECT_EQ(alias("_acme-challenge.b.example", options), "_acme-challenge.x.example");
}

TEST(Alias, MayBeADomainAliasInAcmeShsOwnSpelling) {
  const AliasOptions options{
      .challenge_alias = "x.example,=y.example", .domain_alias = {}, .domains = {"a.example", "b.example"}};
  EXPECT_EQ(alias("_acme-challenge.a.example", options), "_acme-challenge.x.example");
  EXPECT_EQ(alias("_acme-challenge.b.example", options), "y.example");
}

TEST(Alias, KeepsTheAccountLabel) {
  EXPECT_EQ(alias("_ujmmovf2vn55tgye._acme-challenge.a.example",
                  {.challenge_alias = "x.example", .domain_alias = {}, .domains = {}}),
            "_ujmmovf2vn55tgye._acme-challenge.x.example");
}

TEST(Alias, MayBeInternational) {
  EXPECT_EQ(alias("_acme-challenge.a.example", {.challenge_alias = "bücher.example", .domain_alias = {}, .domains = {}}),
            "_acme-challenge.xn--bcher-kva.example");
}

TEST(Alias, IsRefusedWhenBothKindsNameOne) {
  const auto target =
      aliased("_acme-challenge.a.example", {.challenge_alias = "x.example", .domain_alias = "y.example", .domains = {}});
  ASSERT_FALSE(target);
  EXPECT_EQ(target.error().code, ErrorCode::Settings);
  EXPECT_THAT(target.error().what, HasSubstr("ACME_DOMAIN_ALIAS"));
}

}  // namespace
}  // namespace sidecert::dns
