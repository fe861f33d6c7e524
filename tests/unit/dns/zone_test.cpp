#include "dns/zone.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "fake_resolver.h"
#include "support/effort.h"
#include "support/memory_log.h"
#include "support/scripted_http.h"

namespace sidecert::dns {
namespace {

using sidecert::testing::authoritative;
using sidecert::testing::FakeResolver;
using sidecert::testing::kRecursive;
using sidecert::testing::MemoryLog;
using sidecert::testing::noSuchName;
using sidecert::testing::record;
using sidecert::testing::recursive;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kChallenge[] = "_acme-challenge.home.example";
constexpr char kFirst[] = "192.0.2.1";

Response referral(const std::string& zone, const std::string& host, const std::string& address) {
  return {.code = ResponseCode::NoError,
          .answers = {},
          .authority = {record(zone, RecordType::Ns, host)},
          .additional = {record(host, RecordType::A, address)}};
}

class ZoneFinderTest : public ::testing::Test {
 protected:
  ZoneFinderTest() {
    net_.setDefault(kRecursive, recursive(noSuchName("home.example")));  // hosts that only the challenge is for
    addZone("home.example", "ns1.home.example", kFirst);
  }

  // A zone as the recursive resolver knows it, served by one server.
  void addZone(const std::string& zone, const std::string& host, const std::string& address) {
    net_.set(kRecursive, zone, RecordType::Soa, recursive(authoritative({record(zone, RecordType::Soa, host)})));
    net_.set(kRecursive, zone, RecordType::Ns, recursive(authoritative({record(zone, RecordType::Ns, host)})));
    net_.set(kRecursive, host, RecordType::A, recursive(authoritative({record(host, RecordType::A, address)})));
    net_.set(kRecursive, host, RecordType::Aaaa, recursive(authoritative({})));
    net_.setDefault(address, noSuchName(zone));
  }

  Result<Location> locate(const std::string& name) { return finder_.locate(name, testing::effort()); }
  bool askedRecursively(const std::string& name) {
    return std::ranges::any_of(
        net_.asked(), [&](const std::string& line) { return line.starts_with(std::string(kRecursive) + " " + name + " "); });
  }

  FakeResolver net_;
  MemoryLog sink_;
  sidecert::testing::ScriptedHttp http_;
  ZoneFinder finder_{net_, http_, Log(sink_)};
};

TEST_F(ZoneFinderTest, FindsTheZoneByItsSoa) {
  EXPECT_EQ(locate(kChallenge).value(), (Location{kChallenge, "home.example"}));
}

TEST_F(ZoneFinderTest, NeverAsksARecursiveResolverForTheChallengeName) {
  ASSERT_TRUE(locate(kChallenge));
  EXPECT_FALSE(askedRecursively(kChallenge));
}

TEST_F(ZoneFinderTest, WalksUpToTheZoneThatANegativeAnswerNames) {
  net_.set(kRecursive, "a.b.home.example", RecordType::Soa, recursive(noSuchName("home.example")));
  EXPECT_EQ(locate("_acme-challenge.a.b.home.example")->zone, "home.example");
}

TEST_F(ZoneFinderTest, WalksUpWhereNothingIsSaid) {
  Response empty = recursive(authoritative({}));
  net_.set(kRecursive, "a.b.home.example", RecordType::Soa, empty);
  net_.set(kRecursive, "b.home.example", RecordType::Soa, empty);
  EXPECT_EQ(locate("_acme-challenge.a.b.home.example")->zone, "home.example");
}

TEST_F(ZoneFinderTest, IsNotMisledByAHostThatIsAnAlias) {
  // www is a CNAME into a CDN; the SOA beside it is the CDN's.
  net_.set(kRecursive, "www.home.example", RecordType::Soa,
           recursive(authoritative({record("www.home.example", RecordType::Cname, "edge.cdn.example"),
                                    record("cdn.example", RecordType::Soa, "ns.cdn.example")},
                                   {record("cdn.example", RecordType::Soa, "ns.cdn.example")})));
  EXPECT_EQ(locate("_acme-challenge.www.home.example")->zone, "home.example");
}

TEST_F(ZoneFinderTest, LooksAZoneUpOnceForAHundredNames) {
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(locate("_acme-challenge.host" + std::to_string(i) + ".home.example"));
    if (i == 0) continue;
    EXPECT_FALSE(askedRecursively("host" + std::to_string(i) + ".home.example"));
  }
  EXPECT_EQ(net_.timesAsked(std::string(kRecursive) + " home.example NS RD"), 1U);
}

TEST_F(ZoneFinderTest, GoesDownIntoADelegatedZone) {
  net_.set(kFirst, kChallenge, RecordType::Txt, referral(kChallenge, "acme.example", "192.0.2.9"));
  net_.set(kRecursive, "acme.example", RecordType::A, recursive(noSuchName("example")));
  net_.set(kRecursive, "acme.example", RecordType::Aaaa, recursive(noSuchName("example")));
  net_.setDefault("192.0.2.9", noSuchName(kChallenge));  // reached by the glue alone
  EXPECT_EQ(locate(kChallenge)->zone, kChallenge);
  EXPECT_EQ(finder_.serversOf(kChallenge, testing::effort())->front().server.address, "192.0.2.9");
}

TEST_F(ZoneFinderTest, SeesACutWhoseTwoSidesOneServerHolds) {
  net_.setDefault(kFirst, noSuchName("sub.home.example"));
  EXPECT_EQ(locate("_acme-challenge.sub.home.example")->zone, "sub.home.example");
}

TEST_F(ZoneFinderTest, SeesSuchACutThoughAValueIsThereAlready) {
  const std::string name = "_acme-challenge.sub.home.example";
  net_.set(kRecursive, "sub.home.example", RecordType::Soa, recursive(noSuchName("home.example")));
  net_.set(kFirst, name, RecordType::Txt, authoritative({record(name, RecordType::Txt, "left over")}));
  net_.set(kFirst, name, RecordType::Soa, authoritative({}, {record("sub.home.example", RecordType::Soa, "ns1")}));
  EXPECT_EQ(locate(name)->zone, "sub.home.example");
}

TEST_F(ZoneFinderTest, FollowsAnAliasToWhereTheRecordIsWritten) {
  addZone("acme-dns.example", "ns.acme-dns.example", "192.0.2.7");
  const std::string target = "d420c923.acme-dns.example";
  net_.set(kFirst, kChallenge, RecordType::Txt, authoritative({record(kChallenge, RecordType::Cname, target)}));
  EXPECT_EQ(locate(kChallenge).value(), (Location{target, "acme-dns.example"}));  // the target need not exist
  EXPECT_THAT(sink_.text(), HasSubstr(target));
}

TEST_F(ZoneFinderTest, FollowsAChainWithinOneZone) {
  net_.set(kFirst, kChallenge, RecordType::Txt,
           authoritative({record(kChallenge, RecordType::Cname, "a.home.example"),
                          record("a.home.example", RecordType::Cname, "b.home.example")}));
  net_.set(kFirst, "a.home.example", RecordType::Txt,
           authoritative({record("a.home.example", RecordType::Cname, "b.home.example")}));
  EXPECT_EQ(locate(kChallenge)->name, "b.home.example");
}

TEST_F(ZoneFinderTest, FollowsADname) {
  addZone("other.example", "ns.other.example", "192.0.2.8");
  const std::string name = "_acme-challenge.old.home.example";
  net_.set(kRecursive, "old.home.example", RecordType::Soa, recursive(noSuchName("home.example")));
  net_.set(kFirst, name, RecordType::Txt,
           authoritative({record("old.home.example", RecordType::Dname, "new.other.example")}));
  EXPECT_EQ(locate(name).value(), (Location{"_acme-challenge.new.other.example", "other.example"}));
}

TEST_F(ZoneFinderTest, ReportsACircleWithEveryStation) {
  net_.set(kFirst, kChallenge, RecordType::Txt, authoritative({record(kChallenge, RecordType::Cname, "a.home.example")}));
  net_.set(kFirst, "a.home.example", RecordType::Txt,
           authoritative({record("a.home.example", RecordType::Cname, kChallenge)}));
  const auto found = locate(kChallenge);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::Refused);
  EXPECT_THAT(found.error().what, HasSubstr(std::string(kChallenge) + " → a.home.example → " + kChallenge));
}

TEST_F(ZoneFinderTest, ReportsAChainWithoutEnd) {
  std::string name = kChallenge;
  for (int i = 0; i < 12; ++i) {
    const std::string next = "n" + std::to_string(i) + ".home.example";
    net_.set(kFirst, name, RecordType::Txt, authoritative({record(name, RecordType::Cname, next)}));
    name = next;
  }
  const auto found = locate(kChallenge);
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().what, HasSubstr("more than 10"));
}

// *.home.example CNAME nas.dyn.example, as owners of a changing address have it.
TEST_F(ZoneFinderTest, DoesNotFollowAnAliasThatOnlyAWildcardMakes) {
  net_.setDefault(kFirst, authoritative({record("*", RecordType::Cname, "nas.dyn.example")}));
  EXPECT_EQ(locate(kChallenge).value(), (Location{kChallenge, "home.example"}));
  EXPECT_TRUE(sink_.contains("a wildcard makes"));
}

TEST_F(ZoneFinderTest, ReportsAnAliasThatLeadsNowhere) {
  net_.set(kFirst, kChallenge, RecordType::Txt, authoritative({record(kChallenge, RecordType::Cname, "x.gone.tld")}));
  net_.set(kRecursive, "gone.tld", RecordType::Soa, recursive(noSuchName("tld")));
  addZone("tld", "ns.tld", "192.0.2.30");
  const auto found = locate(kChallenge);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::Refused);
  EXPECT_THAT(found.error().what, HasSubstr(std::string(kChallenge) + " → x.gone.tld"));
  EXPECT_EQ(found.error().hint, "mend or remove the CNAME record of " + std::string(kChallenge));
}

TEST_F(ZoneFinderTest, TakesNoRegistrysSecondLevelForAZone) {
  net_.set(kRecursive, "typo.co.uk", RecordType::Soa, recursive(noSuchName("co.uk")));
  addZone("co.uk", "ns.nic.uk", "192.0.2.31");
  const auto found = locate("_acme-challenge.typo.co.uk");
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().what, HasSubstr("nobody has registered"));
}

TEST_F(ZoneFinderTest, WaitsOnceForAZoneWhoseServersAreAllSilent) {
  net_.silence(kFirst);
  for (int i = 0; i < 10; ++i) {
    const std::string name = "_acme-challenge.h" + std::to_string(i) + ".home.example";
    net_.set(kRecursive, "h" + std::to_string(i) + ".home.example", RecordType::Soa, recursive(noSuchName("home.example")));
    net_.set(kRecursive, name, RecordType::Txt, recursive(noSuchName("home.example")));
    ASSERT_TRUE(locate(name));
  }
  EXPECT_EQ(std::ranges::count_if(net_.asked(), [](const std::string& line) { return line.starts_with(kFirst); }), 1);
}

TEST_F(ZoneFinderTest, NamesAServerThatHasNoAddress) {
  net_.set(kRecursive, "home.example", RecordType::Ns,
           recursive(authoritative({record("home.example", RecordType::Ns, "gone.example"),
                                    record("home.example", RecordType::Ns, "ns1.home.example")})));
  for (const RecordType type : {RecordType::A, RecordType::Aaaa})
    net_.set(kRecursive, "gone.example", type, recursive(noSuchName("example")));
  ASSERT_TRUE(locate(kChallenge));
  EXPECT_THAT(sink_.text(), HasSubstr("name server gone.example of home.example has no address"));
}

TEST_F(ZoneFinderTest, TakesNoPublicSuffixForAZone) {
  net_.set(kRecursive, "typo.tld", RecordType::Soa, recursive(noSuchName("tld")));
  addZone("tld", "ns.tld", "192.0.2.30");
  const auto found = locate("_acme-challenge.typo.tld");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::Refused);
  EXPECT_THAT(describe(found.error()), HasSubstr("ACME_DOMAINS"));
}

TEST_F(ZoneFinderTest, FindsADomainThatOnlyItsTopLevelDomainKnows) {
  // A domain alias right below a public suffix: the walk begins above it and comes down by referral.
  addZone("tld", "ns.tld", "192.0.2.30");
  net_.set(kRecursive, "co.tld", RecordType::Soa, recursive(authoritative({}, {record("tld", RecordType::Soa, "ns.tld")})));
  net_.set("192.0.2.30", "alias.co.tld", RecordType::Txt, referral("alias.co.tld", "ns1.home.example", kFirst));
  net_.set(kFirst, "alias.co.tld", RecordType::Txt, noSuchName("alias.co.tld"));
  EXPECT_EQ(locate("alias.co.tld")->zone, "alias.co.tld");
}

TEST_F(ZoneFinderTest, AsksTheNextServerWhenOneIsLame) {
  net_.set(kRecursive, "home.example", RecordType::Ns,
           recursive(authoritative({record("home.example", RecordType::Ns, "lame.example"),
                                    record("home.example", RecordType::Ns, "ns1.home.example")})));
  net_.set(kRecursive, "lame.example", RecordType::A,
           recursive(authoritative({record("lame.example", RecordType::A, "192.0.2.66")})));
  net_.set(kRecursive, "lame.example", RecordType::Aaaa, recursive(authoritative({})));
  Response refused;
  refused.code = ResponseCode::Refused;
  net_.setDefault("192.0.2.66", refused);
  EXPECT_EQ(locate(kChallenge)->zone, "home.example");
}

TEST_F(ZoneFinderTest, AsksTheResolversWherePort53IsClosed) {
  net_.silence(kFirst);
  net_.set(kRecursive, kChallenge, RecordType::Txt, recursive(noSuchName("home.example")));
  EXPECT_EQ(locate(kChallenge).value(), (Location{kChallenge, "home.example"}));
}

TEST_F(ZoneFinderTest, DoesNotBelieveInAliasesFromWhoeverAnswersOnTheWay) {
  net_.setDefault(kFirst, recursive(authoritative({record(kChallenge, RecordType::Cname, "evil.example")})));
  net_.set(kRecursive, kChallenge, RecordType::Txt, recursive(noSuchName("home.example")));
  EXPECT_EQ(locate(kChallenge)->name, kChallenge);
}

TEST_F(ZoneFinderTest, ReportsAServerFailureOfTheResolver) {
  Response broken;
  broken.code = ResponseCode::ServFail;
  net_.set(kRecursive, "home.example", RecordType::Soa, broken);
  const auto found = locate(kChallenge);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::BadAnswer);
  EXPECT_THAT(found.error().what, HasSubstr("SERVFAIL"));
}

TEST_F(ZoneFinderTest, GivesEveryAddressOfEveryServerOnce) {
  net_.set(kRecursive, "home.example", RecordType::Ns,
           recursive(authoritative({record("home.example", RecordType::Ns, "ns1.home.example"),
                                    record("home.example", RecordType::Ns, "ns2.home.example")})));
  net_.set(kRecursive, "ns1.home.example", RecordType::Aaaa,
           recursive(authoritative({record("ns1.home.example", RecordType::Aaaa, "2001:db8::1")})));
  net_.set(kRecursive, "ns2.home.example", RecordType::A,
           recursive(authoritative({record("ns2.home.example", RecordType::A, kFirst),
                                    record("ns2.home.example", RecordType::A, "192.0.2.2")})));
  net_.set(kRecursive, "ns2.home.example", RecordType::Aaaa, recursive(authoritative({})));
  const auto servers = finder_.serversOf("home.example", testing::effort());
  ASSERT_TRUE(servers);
  std::vector<std::string> texts;
  for (const NameServer& server : *servers) texts.push_back(server.text());
  EXPECT_THAT(texts,
              ElementsAre("ns1.home.example (192.0.2.1)", "ns1.home.example (2001:db8::1)", "ns2.home.example (192.0.2.2)"));
}

TEST_F(ZoneFinderTest, LocatesAHundredNamesInAsManyRoundsAsOne) {
  std::vector<std::string> names;
  for (int i = 0; i < 100; ++i) names.push_back("_acme-challenge.host" + std::to_string(i) + ".home.example");
  for (const auto& place : finder_.locate(names, testing::effort())) EXPECT_EQ(place->zone, "home.example");
  EXPECT_EQ(net_.rounds(), 4U);  // zone; its servers, for the first name's parent is none; their addresses; all names
  EXPECT_LE(net_.asked().size(), 100U + 8U);
}

// A zone that names two thousand servers cost an hour of questions, one after the other.
TEST_F(ZoneFinderTest, AsksSoManyNameServersAndNoMore) {
  std::vector<Record> many;
  for (int i = 0; i < 2000; ++i) {
    const std::string host = "ns" + std::to_string(i) + ".home.example";
    many.push_back(record("home.example", RecordType::Ns, host));
    std::vector<Record> addresses;
    for (int a = 1; a < 200; ++a)
      addresses.push_back(record(host, RecordType::A, "198.18." + std::to_string(i) + "." + std::to_string(a)));
    if (i < 20) net_.set(kRecursive, host, RecordType::A, recursive(authoritative(addresses)));
  }
  net_.set(kRecursive, "home.example", RecordType::Ns, recursive(authoritative(many)));
  const auto servers = finder_.serversOf("home.example", testing::effort());
  ASSERT_TRUE(servers);
  EXPECT_EQ(servers->size(), kMostAddresses);
  EXPECT_LE(net_.asked().size(), 1 + 2 * kMostNameServers);
  EXPECT_THAT(sink_.text(), HasSubstr("2000 name servers"));
}

TEST_F(ZoneFinderTest, NamesWhomItAskedWhenThereIsNoZone) {
  net_.setDefault(kRecursive, recursive(authoritative({})));
  const auto found = locate("_acme-challenge.www.nowhere.example");
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().what, HasSubstr("no zone was found in DNS (asked: 192.0.2.53:53)"));
}

TEST_F(ZoneFinderTest, SaysSoWhenAZoneHasNoNameServers) {
  net_.set(kRecursive, "home.example", RecordType::Ns, recursive(authoritative({})));
  const auto servers = finder_.serversOf("home.example", testing::effort());
  ASSERT_FALSE(servers);
  EXPECT_THAT(servers.error().what, HasSubstr("NS"));
}

}  // namespace
}  // namespace sidecert::dns
