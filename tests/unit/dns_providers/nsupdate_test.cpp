// RFC 2136 against the real thing: every promise is held by Knot and by BIND.
#include "dns/providers/nsupdate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "support/bind_server.h"
#include "support/effort.h"
#include "support/knot_server.h"
#include "support/manual_clock.h"
#include "support/memory_log.h"
#include "support/scripted_dns.h"
#include "support/scripted_http.h"

namespace sidecert::dns::providers {
namespace {

using sidecert::testing::BindServer;
using sidecert::testing::DnsKey;
using sidecert::testing::DnsServer;
using sidecert::testing::DnsServerOptions;
using sidecert::testing::KnotServer;
using sidecert::testing::ManualClock;
using sidecert::testing::MemoryLog;
using sidecert::testing::ScriptedDns;
using sidecert::testing::ScriptedHttp;
using sidecert::testing::TempDirectory;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

constexpr char kName[] = "_acme-challenge.home.example";
constexpr char kOtherSecret[] = "b3RoZXJvdGhlcm90aGVyb3RoZXJvdGhlcm90aGVyb3Q=";

struct World {
  SystemClock system;
  ManualClock manual;
  ScriptedHttp http;
  PosixFileSystem files;
  MemoryLog sink;
  std::unique_ptr<Resolver> resolver = makeResolver({}, Log(sink));

  Result<std::unique_ptr<Provider>> make(std::map<std::string, std::string> values, Clock* clock = nullptr) {
    config::ProviderVariables variables;
    for (auto& [name, value] : values) variables.emplace(name, Secret(value));
    return makeNsupdate(variables, *resolver, {clock ? *clock : system, http, files, Log(sink), {}});
  }
};

class Nsupdate : public ::testing::TestWithParam<std::string>, public World {
 protected:
  void start(std::vector<DnsKey> keys, std::vector<std::string> allowed) {
    DnsServerOptions options;
    options.zones = {
        {.name = "home.example", .records = {}, .name_servers = {}, .update_keys = std::move(allowed), .primary = {}}};
    options.keys = std::move(keys);
    if (GetParam() == "Knot") {
      server_ = std::make_unique<KnotServer>(std::move(options));
    } else {
      server_ = std::make_unique<BindServer>(std::move(options));
    }
  }

  std::unique_ptr<Provider> provider(const DnsKey& key, std::map<std::string, std::string> more = {},
                                     Clock* clock = nullptr) {
    more.insert({{"NSUPDATE_SERVER", server_->address()}, {"NSUPDATE_KEY", key.clause()}});
    auto made = make(std::move(more), clock);
    EXPECT_TRUE(made) << made.error().what;
    return std::move(*made);
  }

  std::vector<std::string> values(const std::string& name = kName) {
    const auto answer =
        resolver->ask({server_->address()}, name, RecordType::Txt, Recursion::NotDesired, testing::effort(Duration{5000}));
    EXPECT_TRUE(answer) << answer.error().what;
    std::vector<std::string> found;
    for (const Record& record : answer->answers) found.push_back(record.data);
    return found;
  }

  std::unique_ptr<DnsServer> server_;
};

INSTANTIATE_TEST_SUITE_P(Server, Nsupdate, ::testing::Values("Knot", "BIND"), [](const auto& one) { return one.param; });

TEST_P(Nsupdate, AddsAndRemovesByValueUnderEverySignature) {
  std::vector<DnsKey> keys;
  std::vector<std::string> names;
  for (const char* algorithm : {"hmac-sha256", "hmac-sha512", "hmac-sha384", "hmac-sha1"}) {
    names.push_back(std::string("key-") + (algorithm + 5));
    keys.push_back({.name = names.back(), .algorithm = algorithm});
  }
  start(keys, names);
  for (const DnsKey& key : keys) {
    const auto dns = provider(key);
    const std::vector<TxtRecord> records = {{kName, "value by " + key.algorithm}};
    const auto added = dns->add("home.example", records, testing::effort());
    ASSERT_TRUE(added) << describe(added.error());
    EXPECT_THAT(values(), UnorderedElementsAre("value by " + key.algorithm));
    const auto removed = dns->remove("home.example", records, testing::effort());
    ASSERT_TRUE(removed) << describe(removed.error());
    EXPECT_THAT(values(), IsEmpty());
  }
}

TEST_P(Nsupdate, KeepsTheOtherValueAndAStrangersValue) {
  const DnsKey key{.name = "acme"};
  start({key}, {"acme"});
  const auto dns = provider(key);
  const std::vector<TxtRecord> strangers = {{kName, "a stranger's"}};
  ASSERT_TRUE(dns->add("home.example", strangers, testing::effort()));
  const std::vector<TxtRecord> both = {{kName, "apex"}, {kName, "wildcard"}};
  ASSERT_TRUE(dns->add("home.example", both, testing::effort()));
  EXPECT_THAT(values(), UnorderedElementsAre("apex", "wildcard", "a stranger's"));
  ASSERT_TRUE(dns->remove("home.example", std::span(both).first(1), testing::effort()));
  EXPECT_THAT(values(), UnorderedElementsAre("wildcard", "a stranger's"));
  ASSERT_TRUE(dns->remove("home.example", both, testing::effort()));
  EXPECT_THAT(values(), UnorderedElementsAre("a stranger's"));
}

TEST_P(Nsupdate, SucceedsWhenNothingIsLeftToDo) {
  const DnsKey key{.name = "acme"};
  start({key}, {"acme"});
  const auto dns = provider(key);
  const std::vector<TxtRecord> records = {{kName, "value"}};
  EXPECT_TRUE(dns->remove("home.example", records, testing::effort()));
  EXPECT_TRUE(dns->add("home.example", records, testing::effort()));
  EXPECT_TRUE(dns->add("home.example", records, testing::effort()));
  EXPECT_THAT(values(), UnorderedElementsAre("value"));
}

TEST_P(Nsupdate, ALookChangesNothing) {
  const DnsKey key{.name = "acme"};
  start({key}, {"acme"});
  const auto dns = provider(key);
  const std::vector<TxtRecord> strangers = {{kName, "a stranger's"}};
  ASSERT_TRUE(dns->add("home.example", strangers, testing::effort()));
  const auto serial = [&] {
    const auto soa = resolver->ask({server_->address()}, "home.example", RecordType::Soa, Recursion::NotDesired,
                                   testing::effort(Duration{5000}));
    return soa && !soa->answers.empty() ? soa->answers.front().data : std::string();
  };
  const std::string before = serial();
  const std::vector<TxtRecord> absent = {{kName, "nowhere"}};
  const auto seen = dns->look("home.example", absent, testing::effort());
  EXPECT_TRUE(seen) << describe(seen.error());
  EXPECT_THAT(values(), UnorderedElementsAre("a stranger's"));
  EXPECT_EQ(serial(), before);
}

TEST_P(Nsupdate, ALookIsRefusedToWhomAChangeWouldBe) {
  const DnsKey powerless{.name = "powerless"};
  start({{.name = "acme"}, powerless}, {"acme"});
  const std::vector<TxtRecord> absent = {{kName, "nowhere"}};
  for (const DnsKey& key : {powerless, DnsKey{.name = "unknown"}, DnsKey{.name = "acme", .secret = kOtherSecret}}) {
    const auto seen = provider(key)->look("home.example", absent, testing::effort());
    ASSERT_FALSE(seen) << key.name;
    EXPECT_EQ(seen.error().code, ErrorCode::Refused);
  }
}

TEST_P(Nsupdate, WritesAHundredNamesInOneMessage) {
  const DnsKey key{.name = "acme"};
  start({key}, {"acme"});
  const auto dns = provider(key);
  std::vector<TxtRecord> records;
  for (int i = 0; i < 100; ++i) {
    records.push_back({"_acme-challenge.host" + std::to_string(i) + ".home.example", std::string(43, 'v')});
  }
  const auto added = dns->add("home.example", records, testing::effort());  // too large for a datagram: goes over TCP
  ASSERT_TRUE(added) << describe(added.error());
  EXPECT_THAT(values("_acme-challenge.host99.home.example"), UnorderedElementsAre(std::string(43, 'v')));
  EXPECT_EQ(
      static_cast<int>(std::ranges::count_if(sink.lines(), [](const auto& l) { return l.message.starts_with("UPDATE"); })),
      1);
  EXPECT_TRUE(dns->remove("home.example", records, testing::effort()));
}

TEST_P(Nsupdate, UsesTcpWhenAskedTo) {
  const DnsKey key{.name = "acme"};
  start({key}, {"acme"});
  const std::vector<TxtRecord> records = {{kName, "value"}};
  ASSERT_TRUE(provider(key, {{"NSUPDATE_OPT", "-v"}, {"NSUPDATE_ZONE", "home.example"}})
                  ->add("example", records, testing::effort()));
  EXPECT_THAT(values(), UnorderedElementsAre("value"));
}

TEST_P(Nsupdate, NamesTheKeyWhenItsSecretIsWrong) {
  start({{.name = "acme"}}, {"acme"});
  const std::vector<TxtRecord> records = {{kName, "value"}};
  const auto added = provider({.name = "acme", .algorithm = "hmac-sha256", .secret = kOtherSecret})
                         ->add("home.example", records, testing::effort());
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, ErrorCode::Refused);
  EXPECT_THAT(describe(added.error()), HasSubstr("NSUPDATE_KEY"));
  EXPECT_THAT(describe(added.error()), HasSubstr("secret"));
  EXPECT_THAT(describe(added.error()) + sink.text(), Not(HasSubstr(kOtherSecret)));
  EXPECT_THAT(values(), IsEmpty());
}

TEST_P(Nsupdate, NamesTheKeyWhenTheServerDoesNotKnowIt) {
  start({{.name = "acme"}}, {"acme"});
  const std::vector<TxtRecord> records = {{kName, "value"}};
  const auto added = provider({.name = "unknown"})->add("home.example", records, testing::effort());
  ASSERT_FALSE(added);
  EXPECT_THAT(describe(added.error()), HasSubstr("does not know the TSIG key unknown"));
  EXPECT_THAT(describe(added.error()), HasSubstr("NSUPDATE_KEY"));
}

TEST_P(Nsupdate, SaysSoWhenTheKeyMayNotUpdate) {
  const DnsKey powerless{.name = "powerless"};
  start({{.name = "acme"}, powerless}, {"acme"});
  const std::vector<TxtRecord> records = {{kName, "value"}};
  const auto added = provider(powerless)->add("home.example", records, testing::effort());
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, ErrorCode::Refused);
  EXPECT_THAT(describe(added.error()), HasSubstr("home.example"));
  EXPECT_THAT(describe(added.error()), HasSubstr("powerless"));
  EXPECT_THAT(values(), IsEmpty());
}

TEST_P(Nsupdate, NamesTheMissingKeyWhenUnsignedUpdatesAreRefused) {
  start({{.name = "acme"}}, {"acme"});
  const auto dns = make({{"NSUPDATE_SERVER", server_->address()}});
  ASSERT_TRUE(dns);
  const std::vector<TxtRecord> records = {{kName, "value"}};
  const auto added = (*dns)->add("home.example", records, testing::effort());
  ASSERT_FALSE(added);
  EXPECT_THAT(added.error().hint, HasSubstr("NSUPDATE_KEY"));
}

TEST_P(Nsupdate, NamesTheServerThatIsNotThePrimary) {
  const DnsKey key{.name = "acme"};
  start({key}, {"acme"});
  const std::vector<TxtRecord> records = {{"_acme-challenge.other.example", "value"}};
  const auto added = provider(key)->add("other.example", records, testing::effort());
  ASSERT_FALSE(added);
  EXPECT_THAT(describe(added.error()), HasSubstr("other.example"));
  EXPECT_THAT(added.error().hint, HasSubstr("NSUPDATE_SERVER"));
}

TEST_P(Nsupdate, SpeaksOfClocksWhenTheyDiffer) {
  const DnsKey key{.name = "acme"};
  start({key}, {"acme"});
  ManualClock behind(system.now() - std::chrono::hours(2));
  const std::vector<TxtRecord> records = {{kName, "value"}};
  const auto added = provider(key, {}, &behind)->add("home.example", records, testing::effort());
  ASSERT_FALSE(added);
  EXPECT_THAT(added.error().what, HasSubstr("clock"));
}

TEST_P(Nsupdate, ReadsTheKeyFromAFile) {
  const DnsKey key{.name = "acme"};
  start({key}, {"acme"});
  const TempDirectory folder;
  std::ofstream(folder / "acme.key") << key.clause();
  const auto dns = make({{"NSUPDATE_SERVER", server_->address()}, {"NSUPDATE_KEY", (folder / "acme.key").string()}});
  ASSERT_TRUE(dns) << dns.error().what;
  const std::vector<TxtRecord> records = {{kName, "value"}};
  EXPECT_TRUE((*dns)->add("home.example", records, testing::effort()));
}

TEST_P(Nsupdate, SplitsAValueLongerThanOneString) {
  const DnsKey key{.name = "acme"};
  start({key}, {"acme"});
  const std::vector<TxtRecord> records = {{kName, std::string(300, 'x')}};
  ASSERT_TRUE(provider(key)->add("home.example", records, testing::effort()));
  EXPECT_THAT(values(), UnorderedElementsAre(std::string(300, 'x')));
}

TEST(NsupdateSettings, ReportsAllFaultsTogether) {
  World world;
  const auto made = world.make({{"NSUPDATE_SERVER", "a b"},
                                {"NSUPDATE_SERVER_PORT", "dns"},
                                {"NSUPDATE_KEY", "/nowhere/acme.key"},
                                {"NSUPDATE_ZONE", "-home.example"},
                                {"NSUPDATE_OPT", "-v -g"}});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::Settings);
  for (const char* name :
       {"NSUPDATE_SERVER:", "NSUPDATE_SERVER_PORT:", "NSUPDATE_KEY:", "NSUPDATE_ZONE:", "NSUPDATE_OPT:", "-g"}) {
    EXPECT_THAT(made.error().what, HasSubstr(name));
  }
}

TEST(NsupdateSettings, NeedNothingAtAll) {
  World world;
  const auto made = world.make({});
  ASSERT_TRUE(made);
  EXPECT_THAT((*made)->title(), HasSubstr("localhost"));
}

TEST(NsupdateSettings, RefuseNamesOutsideTheGivenZone) {
  World world;
  const auto made = world.make({{"NSUPDATE_ZONE", "other.example"}});
  ASSERT_TRUE(made);
  const std::vector<TxtRecord> records = {{kName, "value"}};
  const auto added = (*made)->add("home.example", records, testing::effort());
  ASSERT_FALSE(added);
  EXPECT_THAT(added.error().hint, HasSubstr("NSUPDATE_ZONE"));
}

TEST(NsupdateAnswers, AreRefusedWhenUnsignedThoughTheQuestionWasSigned) {
  ScriptedDns server(
      [](const std::string& query, ScriptedDns::Via) { return std::vector{ScriptedDns::answerTo(query, 0, {})}; });
  World world;
  const auto made = world.make({{"NSUPDATE_SERVER", server.address()},
                                {"NSUPDATE_SERVER_PORT", std::to_string(server.port())},
                                {"NSUPDATE_KEY", DnsKey{.name = "acme"}.clause()}});
  ASSERT_TRUE(made);
  const std::vector<TxtRecord> records = {{kName, "value"}};
  const auto added = (*made)->add("home.example", records, testing::effort());
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, ErrorCode::BadAnswer);
}

TEST(NsupdateAnswers, NamesTheServerNobodyListensAt) {
  World world;
  const auto made = world.make({{"NSUPDATE_SERVER", "127.0.0.1"}, {"NSUPDATE_SERVER_PORT", "1"}});
  ASSERT_TRUE(made);
  const std::vector<TxtRecord> records = {{kName, "value"}};
  const auto added = (*made)->add("home.example", records, testing::effort());
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, ErrorCode::Unreachable);
  EXPECT_THAT(added.error().hint, HasSubstr("NSUPDATE_SERVER"));
}

}  // namespace
}  // namespace sidecert::dns::providers
