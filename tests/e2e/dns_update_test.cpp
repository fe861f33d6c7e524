// RFC 2136 against BIND and Knot: a wildcard and its apex, from the environment to the files on disk.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thread>

#include "dns_world.h"
#include "support/bind_server.h"
#include "support/knot_server.h"

namespace sidecert::testing {
namespace {

using ::testing::AllOf;
using ::testing::Combine;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;
using ::testing::Values;

constexpr const char* kUpdated = "_acme-challenge.home.example";
constexpr const char* kWrongSecret = "d3Jvbmcgd3Jvbmcgd3Jvbmcgd3Jvbmcgd3Jvbmcgd3I=";
constexpr const char* kStrangers = R"(_acme-challenge TXT "a stranger's value")";

class DnsUpdate : public DnsWorld {
 protected:
  void serve(const std::string& software, const DnsKey& key, bool may_update = true) {
    const DnsServerOptions options{
        .zones = {{.name = "home.example",
                   .records = {kStrangers},
                   .update_keys = may_update ? std::vector{key.name} : std::vector<std::string>()}},
        .keys = {key}};
    if (software == "Knot") {
      server_ = std::make_unique<KnotServer>(options);
    } else {
      server_ = std::make_unique<BindServer>(options);
    }
    begin({{"home.example", {server_->address()}}});
    use(key);
  }
  void use(const DnsKey& key) {
    set({{"ACME_DNS", "dns_nsupdate"}, {"NSUPDATE_SERVER", server_->address()}, {"NSUPDATE_KEY", key.clause()}});
  }

  std::unique_ptr<DnsServer> server_;
};

class DnsUpdateAt : public DnsUpdate, public ::testing::WithParamInterface<std::tuple<std::string, std::string>> {
 protected:
  std::string software() const { return std::get<0>(GetParam()); }
  DnsKey key() const { return {.name = "acme-key", .algorithm = std::get<1>(GetParam())}; }
};

INSTANTIATE_TEST_SUITE_P(Server, DnsUpdateAt, Combine(Values("Knot", "BIND"), Values("hmac-sha256", "hmac-sha512")),
                         [](const auto& one) { return std::get<0>(one.param) + "_" + std::get<1>(one.param).substr(5); });

TEST_P(DnsUpdateAt, IssuesAWildcardAndItsApexAndLeavesTheZoneAsItWas) {
  serve(software(), key());
  const Run run = sidecert({"renew"});
  EXPECT_EQ(run.code, 0) << run.output;
  EXPECT_TRUE(issued());
  EXPECT_EQ(orders(), 1U);
  EXPECT_THAT(txtAt(server_->address(), kUpdated), UnorderedElementsAre("a stranger's value"));
  EXPECT_THAT(run.output, Not(HasSubstr(key().secret)));
}

TEST_P(DnsUpdateAt, NamesTheVariableOfAWrongKeyAndSpendsNoValidation) {
  serve(software(), key());
  DnsKey wrong = key();
  wrong.secret = kWrongSecret;
  use(wrong);
  const Run run = sidecert({"renew"});
  EXPECT_EQ(run.code, 1);
  EXPECT_FALSE(issued());
  EXPECT_THAT(run.output, AllOf(HasSubstr("NSUPDATE_KEY"), HasSubstr("BADSIG"), Not(HasSubstr(kWrongSecret))));
  EXPECT_THAT(pebble_->requests(), Not(::testing::Contains(HasSubstr("/chalZ/"))));
}

class DnsUpdateRefused : public DnsUpdate, public ::testing::WithParamInterface<std::string> {};

INSTANTIATE_TEST_SUITE_P(Server, DnsUpdateRefused, Values("Knot", "BIND"), [](const auto& one) { return one.param; });

TEST_P(DnsUpdateRefused, SaysWhichRightTheKeyLacks) {
  serve(GetParam(), {.name = "acme-key"}, false);
  const Run run = sidecert({"renew"});
  EXPECT_EQ(run.code, 1);
  EXPECT_FALSE(issued());
  EXPECT_THAT(run.output, HasSubstr("allow the key acme-key to update TXT records of home.example"));
}

// The CA asks the secondary alone: were it asked a moment too early, it would find nothing and the order would be lost.
TEST_F(DnsUpdate, WaitsForASecondaryThatLags) {
  constexpr std::chrono::seconds kLag{5};
  const DnsKey key{.name = "acme-key"};
  const std::string primary_address = freeLoopbackAddress({53});
  const std::string secondary_address = freeLoopbackAddress({53});
  server_ = std::make_unique<KnotServer>(DnsServerOptions{
      .address = primary_address,
      .zones = {{.name = "home.example", .name_servers = {primary_address, secondary_address}, .update_keys = {key.name}}},
      .keys = {key}});
  const KnotServer secondary(
      {.address = secondary_address, .zones = {{.name = "home.example", .primary = primary_address}}});
  begin({{"home.example", {primary_address}}}, {{"home.example", {secondary_address}}});
  use(key);
  const auto program = start({"renew"});
  ASSERT_TRUE(program->waitForLine("ns2.home.example (" + secondary_address + ")", std::chrono::seconds(90)))
      << program->output();
  std::this_thread::sleep_for(kLag);  // the lag itself, which is what this is about
  EXPECT_FALSE(issued());
  secondary.refresh();
  const Run run = finish(*program);
  EXPECT_EQ(run.code, 0) << run.output;
  EXPECT_TRUE(issued());
  EXPECT_EQ(orders(), 1U);
  EXPECT_THAT(txtAt(primary_address, kUpdated), IsEmpty());
}

TEST_F(DnsUpdate, GoesOnWithoutANameServerThatIsDead) {
  const DnsKey key{.name = "acme-key"};
  const std::string alive = freeLoopbackAddress({53});
  const std::string dead = freeLoopbackAddress({53});
  server_ = std::make_unique<KnotServer>(
      DnsServerOptions{.address = alive,
                       .zones = {{.name = "home.example", .name_servers = {alive, dead}, .update_keys = {key.name}}},
                       .keys = {key}});
  begin({{"home.example", {alive}}});
  use(key);
  const Run run = sidecert({"renew"});
  EXPECT_EQ(run.code, 0) << run.output;
  EXPECT_THAT(run.output, AllOf(HasSubstr("ns2.home.example (" + dead + ")"), HasSubstr("we go on without it")));
}

TEST_F(DnsUpdate, WritesWhereTheAliasPointsAndInADelegatedInternationalZone) {
  const DnsKey key{.name = "acme-key"};
  const std::string address = freeLoopbackAddress({53});
  // home.example's challenges go to alias.example by CNAME; sub.xn--bcher-kva.example is a zone of its own.
  server_ = std::make_unique<KnotServer>(DnsServerOptions{
      .address = address,
      .zones = {{.name = "home.example",
                 .records = {"_acme-challenge CNAME _acme-challenge.alias.example."},
                 .update_keys = {}},
                {.name = "alias.example", .update_keys = {key.name}},
                {.name = "xn--bcher-kva.example", .records = {"sub NS ns1.sub", "ns1.sub A " + address}, .update_keys = {}},
                {.name = "sub.xn--bcher-kva.example", .update_keys = {key.name}}},
      .keys = {key}});
  begin({{"home.example", {address}},
         {"alias.example", {address}},
         {"xn--bcher-kva.example", {address}},
         {"sub.xn--bcher-kva.example", {address}}});
  use(key);
  set({{"ACME_DOMAINS", "home.example,*.home.example,sub.bücher.example,*.sub.bücher.example"},
       {"ACME_CHALLENGE_ALIAS", "alias.example,alias.example,no"}});
  const Run run = sidecert({"renew"});
  EXPECT_EQ(run.code, 0) << run.output;
  EXPECT_TRUE(issued());
  EXPECT_THAT(txtAt(address, "_acme-challenge.alias.example"), IsEmpty());
  EXPECT_THAT(txtAt(address, "_acme-challenge.sub.xn--bcher-kva.example"), IsEmpty());
}

// Owners whose address changes let every name lead to a host of a dynamic DNS service.
TEST_P(DnsUpdateAt, AWildcardAliasIsNotTakenForOneOfTheChallenge) {
  const std::string address = freeLoopbackAddress({53});
  const DnsServerOptions options{
      .address = address,
      .zones = {{.name = "home.example", .records = {"* CNAME nas.dyn.example."}, .update_keys = {key().name}},
                {.name = "dyn.example", .records = {"nas A 127.0.0.1"}, .update_keys = {}}},
      .keys = {key()}};
  if (software() == "Knot") {
    server_ = std::make_unique<KnotServer>(options);
  } else {
    server_ = std::make_unique<BindServer>(options);
  }
  begin({{"home.example", {address}}, {"dyn.example", {address}}});
  use(key());
  const Run run = sidecert({"renew"});
  EXPECT_EQ(run.code, 0) << run.output;
  EXPECT_TRUE(issued());
  EXPECT_THAT(run.output, HasSubstr("a wildcard makes _acme-challenge.home.example an alias (CNAME) of nas.dyn.example"));
}

// A run that is killed while its records stand in DNS is tidied up by the next one, whatever becomes of its order.
TEST_F(DnsUpdate, RemovesAtTheNextStartWhatAKilledRunHasLeft) {
  const DnsKey key{.name = "acme-key"};
  const std::string address = freeLoopbackAddress({53});
  const std::string silent = freeLoopbackAddress({53});
  server_ = std::make_unique<KnotServer>(
      DnsServerOptions{.address = address,
                       .zones = {{.name = "home.example",
                                  .records = {kStrangers},
                                  .name_servers = {address, silent},  // so that there is somebody to wait for
                                  .update_keys = {key.name}}},
                       .keys = {key}});
  begin({{"home.example", {address}}});
  use(key);
  const auto program = start({"renew"});
  ASSERT_TRUE(program->waitForLine("ns2.home.example (" + silent + ")", std::chrono::seconds(90))) << program->output();
  program->signal(SIGKILL);
  ASSERT_TRUE(program->wait());
  ASSERT_EQ(txtAt(address, kUpdated).size(), 3U);
  // The next start gets no further than the CA, and yet the records are gone.
  set({{"ACME_SERVER", "https://127.0.0.1:" + std::to_string(freePort()) + "/dir"}});
  EXPECT_EQ(sidecert({"renew"}).code, 1);
  EXPECT_THAT(txtAt(address, kUpdated), UnorderedElementsAre("a stranger's value"));
}

}  // namespace
}  // namespace sidecert::testing
