#include "dns/preflight.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "fake_resolver.h"
#include "support/effort.h"
#include "support/knot_server.h"
#include "support/memory_log.h"

namespace sidecert::dns {
namespace {

using sidecert::testing::authoritative;
using sidecert::testing::FakeResolver;
using sidecert::testing::KnotServer;
using sidecert::testing::kRecursive;
using sidecert::testing::MemoryLog;
using sidecert::testing::noSuchName;
using sidecert::testing::record;
using sidecert::testing::recursive;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kAccount[] = "https://acme-v02.api.letsencrypt.org/acme/acct/1";

std::string judge(const std::vector<std::string>& records, bool wildcard = false, const std::string& account = kAccount) {
  std::vector<CaaProperty> properties;
  for (const std::string& text : records) properties.push_back(parseCaa(text).value());
  const CaaRequest request{.issuers = {"letsencrypt.org"}, .account_url = account, .wildcard = wildcard};
  return whyCaaForbids(properties, request).value_or("allowed");
}

TEST(Caa, ExcludesNobodyWhenThereIsNone) {
  EXPECT_EQ(judge({}), "allowed");
}

TEST(Caa, AllowsWhomItNames) {
  EXPECT_EQ(judge({"0 issue letsencrypt.org"}), "allowed");
  EXPECT_EQ(judge({"0 issue LetsEncrypt.ORG "}), "allowed");
  EXPECT_EQ(judge({"0 issue digicert.com", "0 issue letsencrypt.org"}), "allowed");
  EXPECT_THAT(judge({"0 issue digicert.com"}), HasSubstr("digicert.com only"));
}

TEST(Caa, ForbidsEveryoneWithAnEmptyIssuer) {
  EXPECT_THAT(judge({"0 issue ;"}), HasSubstr("every CA"));
  EXPECT_THAT(judge({"0 issue "}), HasSubstr("every CA"));
  EXPECT_EQ(judge({"0 issue ;", "0 issue letsencrypt.org"}), "allowed");
}

TEST(Caa, LooksAtIssuewildFirstForWildcardsAndNeverForOthers) {
  EXPECT_EQ(judge({"0 issue ;", "0 issuewild letsencrypt.org"}, true), "allowed");
  EXPECT_THAT(judge({"0 issue letsencrypt.org", "0 issuewild ;"}, true), HasSubstr("every CA"));
  EXPECT_EQ(judge({"0 issue letsencrypt.org", "0 issuewild ;"}, false), "allowed");
  EXPECT_EQ(judge({"0 issuewild digicert.com"}, false), "allowed");
  EXPECT_EQ(judge({"0 issue letsencrypt.org"}, true), "allowed");
}

TEST(Caa, HonoursValidationMethods) {
  EXPECT_EQ(judge({"0 issue letsencrypt.org; validationmethods=http-01,dns-01"}), "allowed");
  EXPECT_THAT(judge({"0 issue letsencrypt.org;validationmethods=http-01"}), HasSubstr("http-01 only, not dns-01"));
}

TEST(Caa, HonoursTheAccount) {
  EXPECT_EQ(judge({std::string("0 issue letsencrypt.org; accounturi=") + kAccount}), "allowed");
  EXPECT_THAT(judge({"0 issue letsencrypt.org; accounturi=https://acme-v02.api.letsencrypt.org/acme/acct/2"}),
              HasSubstr("acct/2"));
  EXPECT_EQ(judge({"0 issue letsencrypt.org; accounturi=https://ca.example/2"}, false, ""), "allowed");  // no account yet
  EXPECT_THAT(judge({std::string("0 issue letsencrypt.org; accounturi=") + kAccount + "; accounturi=" + kAccount}),
              HasSubstr("more than one"));
}

std::string mend(const std::vector<std::string>& records, bool wildcard = false, const std::string& account = kAccount) {
  CaaSet set{.found_at = "home.example", .properties = {}};
  for (const std::string& text : records) set.properties.push_back(parseCaa(text).value());
  return caaMend(set, {.issuers = {"letsencrypt.org"}, .account_url = account, .wildcard = wildcard});
}

TEST(CaaMend, AddsOurCaWhereItIsNotNamed) {
  EXPECT_EQ(mend({"0 issue digicert.com"}), R"(add there: home.example CAA 0 issue "letsencrypt.org")");
  EXPECT_EQ(mend({"0 issue letsencrypt.org", "0 issuewild ;"}, true),
            R"(add there: home.example CAA 0 issuewild "letsencrypt.org")");
}

// An owner who bound the CA to an account was told to add a record that lets every account in.
TEST(CaaMend, KeepsTheOwnersBinding) {
  EXPECT_EQ(mend({"0 issue letsencrypt.org; accounturi=https://ca.example/2"}),
            std::string("add there: home.example CAA 0 issue \"letsencrypt.org; accounturi=") + kAccount + '"');
  EXPECT_EQ(mend({"0 issue letsencrypt.org; validationmethods=http-01"}),
            R"(add there: home.example CAA 0 issue "letsencrypt.org; validationmethods=dns-01")");
  EXPECT_EQ(
      mend({"0 issue digicert.com", "0 issue letsencrypt.org;validationmethods=http-01;accounturi=https://ca.example/2"}),
      std::string("add there: home.example CAA 0 issue \"letsencrypt.org; accounturi=") + kAccount +
          R"(; validationmethods=dns-01")");
  EXPECT_EQ(mend({"0 issue letsencrypt.org; validationmethods=http-01; accounturi=https://ca.example/2"}, false, ""),
            R"(add there: home.example CAA 0 issue "letsencrypt.org; accounturi=https://ca.example/2; )"
            R"(validationmethods=dns-01")");
}

TEST(CaaMend, NoRecordHelpsAgainstACriticalProperty) {
  EXPECT_EQ(mend({"128 future thing", "0 issue letsencrypt.org"}),
            R"(remove there the CAA property "future", or its flag 128)");
}

TEST(Caa, ForbidsOverWhatIsCriticalAndUnknown) {
  EXPECT_THAT(judge({"128 future thing", "0 issue letsencrypt.org"}), HasSubstr("future"));
  EXPECT_EQ(judge({"0 future thing", "128 issue letsencrypt.org"}), "allowed");
}

TEST(Caa, PrefersTheReasonThatIsAboutOurCa) {
  EXPECT_THAT(judge({"0 issue digicert.com", "0 issue letsencrypt.org; validationmethods=http-01", "0 issue sectigo.com"}),
              HasSubstr("http-01"));
}

TEST(ParseCaa, RefusesWhatIsNone) {
  for (const char* text : {"", "0", "0 issue", "x issue a", "256 issue a", "0  a"}) EXPECT_FALSE(parseCaa(text)) << text;
}

class Preflight : public ::testing::Test {
 protected:
  void answer(const std::string& name, std::vector<std::string> caa) {
    std::vector<Record> records;
    for (const std::string& text : caa) records.push_back(record(name, RecordType::Caa, text));
    net_.set(kRecursive, name, RecordType::Caa,
             records.empty() ? recursive(noSuchName("example")) : recursive(authoritative(records)));
  }
  std::vector<Error> look(const std::vector<std::string>& names) {
    return preflight(net_, names, {.issuers = {"letsencrypt.org"}, .account_url = kAccount}, testing::effort());
  }
  FakeResolver net_;
};

TEST_F(Preflight, ClimbsToTheClosestParentThatHasAny) {
  answer("www.home.example", {});
  answer("home.example", {"0 issue digicert.com"});
  const auto troubles = look({"www.home.example"});
  ASSERT_THAT(troubles, SizeIs(1));
  EXPECT_THAT(troubles.front().what, HasSubstr("CAA record at home.example"));
  EXPECT_THAT(troubles.front().hint, HasSubstr("home.example CAA 0 issue \"letsencrypt.org\""));
}

TEST_F(Preflight, StopsClimbingWhereOneIsFound) {
  answer("home.example", {"0 issue letsencrypt.org"});
  answer("example", {"0 issue digicert.com"});
  EXPECT_THAT(look({"home.example", "*.home.example"}), IsEmpty());
  EXPECT_THAT(net_.asked(), SizeIs(2));  // one question for both, one for the parent
}

TEST_F(Preflight, HasNothingToSayWithoutAnyRecord) {
  for (const char* name : {"a.home.example", "home.example", "example"}) answer(name, {});
  EXPECT_THAT(look({"a.home.example"}), IsEmpty());
}

TEST_F(Preflight, ReportsALookUpThatFails) {
  Response broken;
  broken.code = ResponseCode::ServFail;
  net_.setDefault(kRecursive, broken);
  const auto troubles = look({"home.example", "*.home.example"});
  ASSERT_THAT(troubles, SizeIs(1));
  EXPECT_THAT(troubles.front().what, HasSubstr("SERVFAIL"));
  EXPECT_NE(troubles.front().code, ErrorCode::Refused) << "it may work from where the CA looks";
}

TEST_F(Preflight, AsksForAHundredNamesAndTheirParentsInOneRound) {
  std::vector<std::string> names;
  net_.setDefault(kRecursive, recursive(noSuchName("example")));
  for (int i = 0; i < 100; ++i) names.push_back("h" + std::to_string(i) + ".home.example");
  EXPECT_THAT(look(names), IsEmpty());
  EXPECT_EQ(net_.rounds(), 1U);
  EXPECT_THAT(net_.asked(), SizeIs(100 + 2));
}

// Answers as a validating resolver does for a zone whose signatures expired.
class ValidatingResolver final : public Resolver {
 public:
  Result<Response> ask(const Server&, const std::string&, RecordType, Recursion recursion, const Effort&) override {
    Response answer;
    answer.code = recursion == Recursion::Unchecked ? ResponseCode::NoError : ResponseCode::ServFail;
    return answer;
  }
  Result<std::vector<Server>> recursiveServers(const Effort&) override {
    return std::vector<Server>{{.address = kRecursive}};
  }
  Result<std::vector<std::string>> addressesOf(const std::string& host, const Effort&) override { return std::vector{host}; }
};

TEST(PreflightDnssec, IsToldFromOtherFailures) {
  ValidatingResolver net;
  const auto troubles = preflight(net, {"home.example"}, {.issuers = {"letsencrypt.org"}}, testing::effort());
  ASSERT_THAT(troubles, SizeIs(1));
  EXPECT_THAT(troubles.front().what, HasSubstr("DNSSEC of home.example is broken"));
  EXPECT_EQ(troubles.front().code, ErrorCode::Refused);
  EXPECT_THAT(troubles.front().hint, HasSubstr("DS record"));
}

TEST(PreflightCaa, ReadsRecordsOfARealServer) {
  const KnotServer knot(
      {.zones = {{.name = "home.example",
                  .records = {"@ CAA 0 issue \"letsencrypt.org; validationmethods=http-01\"", "@ CAA 128 issuewild \";\""},
                  .name_servers = {},
                  .update_keys = {},
                  .primary = {}}},
       .keys = {}});
  MemoryLog sink;
  const auto resolver = makeResolver({knot.address()}, Log(sink));
  const auto sets = lookUpCaa(*resolver, {"www.home.example"}, testing::effort());
  const auto& set = sets.at("www.home.example");
  ASSERT_TRUE(set) << set.error().what;
  EXPECT_EQ(set->found_at, "home.example");
  ASSERT_THAT(set->properties, SizeIs(2));
  const bool wild_first = set->properties.front().tag == "issuewild";
  const CaaProperty& wild = set->properties[wild_first ? 0 : 1];
  EXPECT_TRUE(wild.critical);
  EXPECT_EQ(wild.value, ";");
  EXPECT_EQ(set->properties[wild_first ? 1 : 0].value, "letsencrypt.org; validationmethods=http-01");
}

}  // namespace
}  // namespace sidecert::dns
