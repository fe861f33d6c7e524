// From a wished record to its sight at every server and back, with nothing in between but real name servers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "dns/name.h"
#include "dns/providers/nsupdate.h"
#include "dns/publisher.h"
#include "support/bind_server.h"
#include "support/effort.h"
#include "support/knot_server.h"
#include "support/memory_log.h"
#include "support/scripted_http.h"

namespace sidecert::dns::providers {
namespace {

using sidecert::testing::BindServer;
using sidecert::testing::DnsKey;
using sidecert::testing::DnsZone;
using sidecert::testing::freeLoopbackAddress;
using sidecert::testing::KnotServer;
using sidecert::testing::MemoryLog;
using sidecert::testing::ScriptedHttp;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr char kChallenge[] = "_acme-challenge.home.example";

// The hour is real, as TSIG needs it; a sleep moves only the time that is measured, and may let something happen.
class QuickClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return system_.now(); }
  [[nodiscard]] Duration monotonic() const override { return monotonic_; }
  bool sleepFor(Duration duration, const std::stop_token& stop) override {
    monotonic_ += duration;
    ++sleeps;
    if (on_sleep) on_sleep();
    return !stop.stop_requested();
  }
  std::function<void()> on_sleep;
  int sleeps = 0;

 private:
  SystemClock system_;
  Duration monotonic_{0};
};

class Publishing : public ::testing::Test {
 protected:
  DnsZone zone(const std::string& name, std::vector<std::string> servers, std::vector<std::string> records = {}) {
    return {.name = name,
            .records = std::move(records),
            .name_servers = std::move(servers),
            .update_keys = {"acme"},
            .primary = {}};
  }

  /// A primary that serves as the "recursive" resolver too: it knows every zone of the test.
  Publisher publisher(const std::string& primary) {
    resolver_ = makeResolver({primary}, Log(sink_));
    config::ProviderVariables variables;
    variables.emplace("NSUPDATE_SERVER", Secret(primary));
    variables.emplace("NSUPDATE_KEY", Secret(key_.clause()));
    auto made = makeNsupdate(variables, *resolver_, ports());
    EXPECT_TRUE(made) << made.error().what;
    provider_ = std::move(*made);
    return Publisher(
        *resolver_, [this](const std::string&) -> Result<Provider*> { return provider_.get(); },
        {.limit = std::chrono::minutes(10), .slow_providers_take_longer = true}, ports());
  }
  Ports ports() { return {clock_, http_, files_, Log(sink_), {}}; }

  std::vector<std::string> values(const std::string& server, const std::string& name) {
    const auto answer =
        resolver_->ask({server}, name, RecordType::Txt, Recursion::NotDesired, testing::effort(Duration{5000}));
    EXPECT_TRUE(answer) << answer.error().what;
    std::vector<std::string> found;
    for (const Record& record : answer->answers) found.push_back(record.data);
    return found;
  }

  DnsKey key_{.name = "acme"};
  QuickClock clock_;
  ScriptedHttp http_;
  PosixFileSystem files_;
  MemoryLog sink_;
  std::unique_ptr<Resolver> resolver_;
  std::unique_ptr<Provider> provider_;
};

const std::vector<TxtRecord> kApexAndWildcard = {{kChallenge, "apex"}, {kChallenge, "wildcard"}};

TEST_F(Publishing, GoesFromWishToSightAndBack) {
  const std::string address = freeLoopbackAddress({53});
  const KnotServer knot({.address = address, .zones = {zone("home.example", {address})}, .keys = {key_}});
  Publisher publisher = this->publisher(address);
  const auto placements = publisher.place(kApexAndWildcard, Effort(clock_, {}));
  ASSERT_TRUE(placements) << describe(placements.error());
  EXPECT_EQ(placements->front().zone, "home.example");
  ASSERT_TRUE(publisher.add(*placements, Effort(clock_, {})));
  const auto seen = publisher.awaitVisible(*placements, Effort(clock_, {}));
  ASSERT_TRUE(seen) << describe(seen.error());
  EXPECT_THAT(values(address, kChallenge), UnorderedElementsAre("apex", "wildcard"));
  ASSERT_TRUE(publisher.withdraw(*placements));
  EXPECT_THAT(values(address, kChallenge), IsEmpty());
}

TEST_F(Publishing, WaitsForASecondaryThatLags) {
  const std::string primary_address = freeLoopbackAddress({53});
  const std::string secondary_address = freeLoopbackAddress({53});
  const std::vector<std::string> both = {primary_address, secondary_address};
  const KnotServer primary({.address = primary_address, .zones = {zone("home.example", both)}, .keys = {key_}});
  DnsZone copy = zone("home.example", {});
  copy.primary = primary_address;
  copy.update_keys = {};
  const KnotServer secondary({.address = secondary_address, .zones = {copy}, .keys = {}});

  Publisher publisher = this->publisher(primary_address);
  const auto placements = publisher.place(kApexAndWildcard, Effort(clock_, {}));
  ASSERT_TRUE(placements) << describe(placements.error());
  ASSERT_TRUE(publisher.add(*placements, Effort(clock_, {})));
  ASSERT_THAT(values(secondary_address, kChallenge), IsEmpty());
  clock_.on_sleep = [&] {
    if (clock_.sleeps == 5) secondary.refresh();
  };
  const auto seen = publisher.awaitVisible(*placements, Effort(clock_, {}));
  ASSERT_TRUE(seen) << describe(seen.error());
  EXPECT_EQ(clock_.sleeps, 5);
  EXPECT_THAT(sink_.text(), HasSubstr("ns2.home.example (" + secondary_address + ") of home.example does not show"));
}

TEST_F(Publishing, FailsNamingTheSecondaryThatNeverCatchesUp) {
  const std::string primary_address = freeLoopbackAddress({53});
  const std::string secondary_address = freeLoopbackAddress({53});
  const BindServer primary(
      {.address = primary_address, .zones = {zone("home.example", {primary_address, secondary_address})}, .keys = {key_}});
  DnsZone copy = zone("home.example", {});
  copy.primary = primary_address;
  copy.update_keys = {};
  const KnotServer secondary({.address = secondary_address, .zones = {copy}, .keys = {}});
  Publisher publisher = this->publisher(primary_address);
  const auto placements = publisher.place(kApexAndWildcard, Effort(clock_, {}));
  ASSERT_TRUE(placements) << describe(placements.error());
  ASSERT_TRUE(publisher.add(*placements, Effort(clock_, {})));
  const auto seen = publisher.awaitVisible(*placements, Effort(clock_, {}));
  ASSERT_FALSE(seen);
  EXPECT_THAT(seen.error().what, HasSubstr("ns2.home.example (" + secondary_address + ")"));
}

TEST_F(Publishing, OutvotesALameAndADeadServer) {
  const std::string address = freeLoopbackAddress({53});
  const std::string dead_address = freeLoopbackAddress({53});
  const KnotServer lame({.zones = {zone("another.example", {})}, .keys = {key_}});
  const KnotServer knot(
      {.address = address, .zones = {zone("home.example", {dead_address, lame.address(), address})}, .keys = {key_}});
  Publisher publisher = this->publisher(address);
  const auto placements = publisher.place(kApexAndWildcard, Effort(clock_, {}));
  ASSERT_TRUE(placements) << describe(placements.error());
  ASSERT_TRUE(publisher.add(*placements, Effort(clock_, {})));
  const auto seen = publisher.awaitVisible(*placements, Effort(clock_, {}));
  ASSERT_TRUE(seen) << describe(seen.error());
  EXPECT_THAT(sink_.text(), HasSubstr("(" + lame.address() + ") of home.example answers REFUSED"));
  EXPECT_THAT(sink_.text(), HasSubstr("(" + dead_address + ") of home.example gives no answer"));
}

TEST_F(Publishing, LeavesOutIpv6WhereThereIsNone) {
  const std::string address = freeLoopbackAddress({53});
  // An address of the documentation range: no machine has a route to it that leads anywhere.
  const KnotServer knot({.address = address, .zones = {zone("home.example", {address, "2001:db8::53"})}, .keys = {key_}});
  Publisher publisher = this->publisher(address);
  const auto placements = publisher.place(kApexAndWildcard, Effort(clock_, {}));
  ASSERT_TRUE(placements) << describe(placements.error());
  ASSERT_TRUE(publisher.add(*placements, Effort(clock_, {})));
  const auto seen = publisher.awaitVisible(*placements, Effort(clock_, {}));
  EXPECT_TRUE(seen) << describe(seen.error());
}

TEST_F(Publishing, FindsADelegatedZoneOnAnotherServer) {
  const std::string parent_address = freeLoopbackAddress({53});
  const std::string child_address = freeLoopbackAddress({53});
  const std::vector<std::string> delegation = {"sub NS ns1.sub", "ns1.sub A " + child_address};
  const KnotServer parent(
      {.address = parent_address, .zones = {zone("home.example", {parent_address}, delegation)}, .keys = {key_}});
  const BindServer child({.address = child_address, .zones = {zone("sub.home.example", {child_address})}, .keys = {key_}});
  Publisher publisher = this->publisher(parent_address);
  const std::vector<TxtRecord> wished = {{"_acme-challenge.sub.home.example", "value"}};
  const auto placements = publisher.place(wished, Effort(clock_, {}));
  ASSERT_TRUE(placements) << describe(placements.error());
  EXPECT_THAT(*placements, ElementsAre(Placement{wished.front(), "sub.home.example"}));
}

TEST_F(Publishing, FindsADelegatedZoneOnTheSameServer) {
  const std::string address = freeLoopbackAddress({53});
  const KnotServer knot({.address = address,
                         .zones = {zone("home.example", {address}, {"sub NS ns1.sub", "ns1.sub A " + address}),
                                   zone("sub.home.example", {address})},
                         .keys = {key_}});
  Publisher publisher = this->publisher(address);
  const std::vector<TxtRecord> wished = {{kChallenge, "above"}, {"_acme-challenge.a.sub.home.example", "below"}};
  const auto placements = publisher.place(wished, Effort(clock_, {}));
  ASSERT_TRUE(placements) << describe(placements.error());
  EXPECT_EQ(placements->at(0).zone, "home.example");
  EXPECT_EQ(placements->at(1).zone, "sub.home.example");
  ASSERT_TRUE(publisher.add(*placements, Effort(clock_, {})));
  EXPECT_TRUE(publisher.awaitVisible(*placements, Effort(clock_, {})));
}

TEST_F(Publishing, FollowsACnameIntoAnotherZone) {
  const std::string address = freeLoopbackAddress({53});
  const BindServer bind({.address = address,
                         .zones = {zone("home.example", {address}, {"_acme-challenge CNAME home.acme.example."}),
                                   zone("acme.example", {address})},
                         .keys = {key_}});
  Publisher publisher = this->publisher(address);
  const auto placements = publisher.place(kApexAndWildcard, Effort(clock_, {}));
  ASSERT_TRUE(placements) << describe(placements.error());
  EXPECT_EQ(placements->front(), (Placement{{"home.acme.example", "apex"}, "acme.example"}));
  ASSERT_TRUE(publisher.add(*placements, Effort(clock_, {})));
  ASSERT_TRUE(publisher.awaitVisible(*placements, Effort(clock_, {})));
  EXPECT_THAT(values(address, "home.acme.example"), UnorderedElementsAre("apex", "wildcard"));
  ASSERT_TRUE(publisher.withdraw(*placements));
  EXPECT_THAT(values(address, "home.acme.example"), IsEmpty());
}

TEST_F(Publishing, FollowsADname) {
  const std::string address = freeLoopbackAddress({53});
  const KnotServer knot(
      {.address = address,
       .zones = {zone("home.example", {address}, {"old DNAME new.acme.example."}), zone("acme.example", {address})},
       .keys = {key_}});
  const std::vector<TxtRecord> wished = {{"_acme-challenge.old.home.example", "value"}};
  const auto placements = publisher(address).place(wished, Effort(clock_, {}));
  ASSERT_TRUE(placements) << describe(placements.error());
  EXPECT_EQ(placements->front().record.name, "_acme-challenge.new.acme.example");
}

TEST_F(Publishing, WorksInAnInternationalZone) {
  const std::string address = freeLoopbackAddress({53});
  const std::string name = toAscii("bücher.example").value();
  const KnotServer knot({.address = address, .zones = {zone(name, {address})}, .keys = {key_}});
  Publisher publisher = this->publisher(address);
  const std::vector<TxtRecord> wished = {{"_acme-challenge." + name, "value"}};
  const auto placements = publisher.place(wished, Effort(clock_, {}));
  ASSERT_TRUE(placements) << describe(placements.error());
  ASSERT_TRUE(publisher.add(*placements, Effort(clock_, {})));
  EXPECT_TRUE(publisher.awaitVisible(*placements, Effort(clock_, {})));
}

TEST_F(Publishing, ReadsAnAnswerTooLargeForADatagram) {
  const std::string address = freeLoopbackAddress({53});
  std::vector<std::string> records;
  for (int i = 0; i < 60; ++i)
    records.push_back("_acme-challenge TXT \"" + std::string(200, 'x') + std::to_string(i) + "\"");
  const KnotServer knot({.address = address, .zones = {zone("home.example", {address}, records)}, .keys = {key_}});
  Publisher publisher = this->publisher(address);
  const auto placements = publisher.place(kApexAndWildcard, Effort(clock_, {}));
  ASSERT_TRUE(placements) << describe(placements.error());
  ASSERT_TRUE(publisher.add(*placements, Effort(clock_, {})));
  EXPECT_TRUE(publisher.awaitVisible(*placements, Effort(clock_, {})));
  ASSERT_TRUE(publisher.withdraw(*placements));
  EXPECT_THAT(values(address, kChallenge), ::testing::SizeIs(60));
}

TEST_F(Publishing, ServesAHundredNamesWithOneUpdate) {
  const std::string address = freeLoopbackAddress({53});
  const KnotServer knot({.address = address, .zones = {zone("home.example", {address})}, .keys = {key_}});
  Publisher publisher = this->publisher(address);
  std::vector<TxtRecord> wished;
  for (int i = 0; i < 100; ++i)
    wished.push_back({"_acme-challenge.h" + std::to_string(i) + ".home.example", std::string(43, 'v')});
  const auto placements = publisher.place(wished, Effort(clock_, {}));
  ASSERT_TRUE(placements) << describe(placements.error());
  ASSERT_TRUE(publisher.add(*placements, Effort(clock_, {})));
  ASSERT_TRUE(publisher.awaitVisible(*placements, Effort(clock_, {})));
  ASSERT_TRUE(publisher.withdraw(*placements));
  const auto lines = sink_.lines();
  EXPECT_EQ(std::ranges::count_if(lines, [](const auto& line) { return line.message.starts_with("UPDATE"); }), 2);
  EXPECT_EQ(std::ranges::count_if(lines, [](const auto& line) { return line.message.starts_with("NS home.example "); }), 1);
}

}  // namespace
}  // namespace sidecert::dns::providers
