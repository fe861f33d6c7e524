// DNS by APIs of real servers: PowerDNS over HTTP, acme-dns behind a CNAME, several providers in one order.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dns_world.h"
#include "support/acmedns_server.h"
#include "support/knot_server.h"
#include "support/powerdns_server.h"

namespace sidecert::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

constexpr const char* kChallenge = "_acme-challenge.home.example";

class DnsByApi : public DnsWorld {
 protected:
  void use(const PowerDnsServer& server) {
    set({{"ACME_DNS", "dns_pdns"},
         {"PDNS_Url", server.apiUrl()},
         {"PDNS_ServerId", "localhost"},
         {"PDNS_Token", PowerDnsServer::apiKey()}});
  }
};

TEST_F(DnsByApi, PowerDnsIssuesAWildcardAndItsApexAndKeepsAStrangersValue) {
  const PowerDnsServer server({.zones = {{.name = "home.example", .records = {R"(_acme-challenge TXT "a stranger's")"}}}});
  begin({{"home.example", {server.address()}}});
  use(server);
  const Run run = sidecert({"renew"});
  EXPECT_EQ(run.code, 0) << run.output;
  EXPECT_TRUE(issued());
  EXPECT_EQ(orders(), 1U);
  EXPECT_THAT(txtAt(server.address(), kChallenge), UnorderedElementsAre("a stranger's"));
  EXPECT_THAT(run.output, Not(HasSubstr(PowerDnsServer::apiKey())));
}

TEST_F(DnsByApi, PowerDnsNamesTheVariableOfAWrongKey) {
  const PowerDnsServer server({.zones = {{.name = "home.example"}}});
  begin({{"home.example", {server.address()}}});
  use(server);
  set({{"PDNS_Token", "canary-wrong"}});
  const Run run = sidecert({"renew"});
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.output, AllOf(HasSubstr("PDNS_Token"), Not(HasSubstr("canary"))));
}

// The certificate is fine and nothing is due, but the next renewal would fail.
TEST_F(DnsByApi, AKeyThatDiedIsToldBetweenRenewals) {
  const PowerDnsServer server({.zones = {{.name = "home.example", .records = {R"(_acme-challenge TXT "a stranger's")"}}}});
  begin({{"home.example", {server.address()}}});
  use(server);
  ASSERT_EQ(sidecert({"renew"}).code, 0);
  set({{"PDNS_Token", "canary-wrong"}});
  const Run look = sidecert({"renew"});
  EXPECT_EQ(look.code, 1);
  EXPECT_THAT(look.output, AllOf(HasSubstr("a renewal would fail at the DNS provider"), HasSubstr("PDNS_Token"),
                                 Not(HasSubstr("canary"))));
  const Run health = sidecert({"health"});
  EXPECT_EQ(health.code, 1);
  EXPECT_THAT(health.output, HasSubstr("home.example: a renewal would fail at the DNS provider: "));
  use(server);
  const Run again = sidecert({"renew"});
  EXPECT_EQ(again.code, 0) << again.output;
  EXPECT_THAT(again.output, HasSubstr("the DNS provider would take the records of a renewal"));
  EXPECT_EQ(sidecert({"health"}).code, 0);
  EXPECT_EQ(orders(), 1U);
  EXPECT_THAT(txtAt(server.address(), kChallenge), UnorderedElementsAre("a stranger's"));
}

TEST_F(DnsByApi, SeveralProvidersShareOneOrder) {
  const DnsKey key{.name = "acme-key"};
  const KnotServer knot({.zones = {{.name = "home.example", .update_keys = {key.name}}}, .keys = {key}});
  const PowerDnsServer pdns({.zones = {{.name = "other.example"}}});
  begin({{"home.example", {knot.address()}}, {"other.example", {pdns.address()}}});
  use(pdns);
  set({{"ACME_DOMAINS", "home.example,*.home.example,www.other.example"},
       {"ACME_DNS", "dns_nsupdate,other.example=pdns"},
       {"NSUPDATE_SERVER", knot.address()},
       {"NSUPDATE_KEY", key.clause()}});
  const Run run = sidecert({"renew"});
  EXPECT_EQ(run.code, 0) << run.output;
  EXPECT_EQ(orders(), 1U);
  EXPECT_THAT(txtAt(knot.address(), kChallenge), IsEmpty());
  EXPECT_THAT(txtAt(pdns.address(), "_acme-challenge.www.other.example"), IsEmpty());
}

TEST_F(DnsByApi, ADefinitionMountedByTheOwnerIsUsed) {
  const PowerDnsServer server({.zones = {{.name = "home.example"}}});
  begin({{"home.example", {server.address()}}});
  std::filesystem::create_directory(files_ / "providers");
  std::ofstream(files_ / "providers" / "mine.json") << R"({
    "id": "dns_mine", "name": "A server of mine", "docs": "https://doc.powerdns.com/authoritative/http-api/zone.html",
    "variables": [{"name": "MINE_Url", "meaning": "where it is"}, {"name": "MINE_Key", "meaning": "its key", "secret": true}],
    "credentials": [{"needs": ["MINE_Url", "MINE_Key"], "headers": {"X-API-Key": "{MINE_Key}"}}],
    "base": "{MINE_Url}/api/v1/servers/localhost",
    "zone": {"given": "{cut}"},
    "set": {"read": {"get": "/zones/{zone}.", "items": "/rrsets", "where": {"/type": "TXT"}, "name": "/name",
                     "records": "/records", "value": "/content"},
            "write": {"patch": "/zones/{zone}.", "json": {"rrsets": [{"name": "{fqdn|dot}", "type": "TXT",
              "changetype": "REPLACE", "ttl": 60,
              "records": {"each": "records", "give": {"content": "{value|quote}", "disabled": false}}}]}}}})";
  set({{"SIDECERT_PROVIDERS", (files_ / "providers").string()},
       {"ACME_DNS", "dns_mine"},
       {"MINE_Url", server.apiUrl()},
       {"MINE_Key", PowerDnsServer::apiKey()}});
  EXPECT_THAT(sidecert({"providers"}).output, HasSubstr("A server of mine"));
  EXPECT_THAT(sidecert({"providers", "mine"}).output, AllOf(HasSubstr("MINE_Key"), HasSubstr("ACME_DNS=dns_mine")));
  const Run run = sidecert({"renew"});
  EXPECT_EQ(run.code, 0) << run.output;
  EXPECT_TRUE(issued());
  EXPECT_THAT(txtAt(server.address(), kChallenge), IsEmpty());
  EXPECT_THAT(sidecert({"health"}).output, StartsWith("healthy: "));
  EXPECT_THAT(sidecert({"status"}).output, Not(HasSubstr("wrong setting")));
}

TEST_F(DnsByApi, AMistakeInAMountedDefinitionNamesFileAndPointer) {
  set({{"SIDECERT_PROVIDERS", files_.path().string()},
       {"SIDECERT_DATA", data()},
       {"ACME_DOMAINS", "home.example"},
       {"ACME_DNS", "dns_mine"}});
  std::ofstream(files_ / "mine.json") << R"({"id": "dns_mine", "name": "Mine", "docs": "d", "base": "https://x.example",
    "variables": [], "credentials": [{"needs": []}], "zone": {"given": "{cut}"},
    "records": {"add": {"pst": "/a"}, "remove": {"delete": "/a"}}})";
  for (const auto& arguments : std::vector<std::vector<std::string>>{{"renew"}, {"providers"}}) {
    const Run run = sidecert(arguments);
    EXPECT_EQ(run.code, 2);
    EXPECT_THAT(run.output,
                HasSubstr((files_ / "mine.json").string() + ": /records/add/pst: unknown here; did you mean \"post\"?"));
  }
}

}  // namespace
}  // namespace sidecert::testing
