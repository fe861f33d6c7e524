#include "dns/publisher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>

#include "dns/alias.h"
#include "fake_resolver.h"
#include "support/manual_clock.h"
#include "support/memory_log.h"
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
using sidecert::testing::ScriptedHttp;
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
  Result<> remove(const std::string& zone, std::span<const TxtRecord> records, const Effort&) override {
    return note("remove", zone, records);
  }
  [[nodiscard]] bool worksInParallel() const override { return parallel; }
  [[nodiscard]] std::chrono::seconds settle() const override { return settling; }
  [[nodiscard]] std::chrono::seconds publishesWithin() const override { return publishing; }

  std::string failing_zone;
  bool parallel = false;
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

  Publisher publisher(PublishOptions options = {}) {
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
