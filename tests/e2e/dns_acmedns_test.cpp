// The acme-dns protocol: the challenge name is a CNAME into a zone where one account may set one name's values.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dns_world.h"
#include "support/acmedns_server.h"
#include "support/knot_server.h"

namespace sidecert::testing {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

class AcmeDns : public DnsWorld {
 protected:
  AcmeDns()
      : account_(server_.addAccount()),
        knot_({.zones = {{.name = "home.example",
                          .records = {"_acme-challenge CNAME " + account_.full_domain + ".",
                                      "_acme-challenge.www.nas CNAME " + account_.full_domain + "."}}}}) {
    begin({{"home.example", {knot_.address()}}, {"auth.example", {server_.address()}}});
    set({{"ACME_DNS", "dns_acmedns"},
         {"ACMEDNS_BASE_URL", server_.url()},
         {"ACMEDNS_USERNAME", account_.username},
         {"ACMEDNS_PASSWORD", account_.password},
         {"ACMEDNS_SUBDOMAIN", account_.subdomain}});
  }

  AcmeDnsServer server_{"auth.example"};
  AcmeDnsServer::Account account_;
  KnotServer knot_;
};

TEST_F(AcmeDns, IssuesAWildcardAndItsApexThroughACname) {
  const Run run = sidecert({"renew"});
  EXPECT_EQ(run.code, 0) << run.output;
  EXPECT_TRUE(issued());
  EXPECT_EQ(orders(), 1U);
  EXPECT_THAT(server_.requests(), AllOf(SizeIs(2), Each("POST /update 200")));
  EXPECT_THAT(run.output, HasSubstr("is an alias (CNAME) of " + account_.full_domain));
  EXPECT_THAT(run.output, Not(HasSubstr(account_.password)));
}

TEST_F(AcmeDns, ValidatesInTurnWhatTheAccountCannotKeepAtTheSameTime) {
  set({{"ACME_DOMAINS", "home.example,*.home.example,www.nas.home.example"}});
  const Run run = sidecert({"renew"});
  EXPECT_EQ(run.code, 0) << run.output;
  EXPECT_TRUE(issued());
  EXPECT_EQ(orders(), 1U);
  EXPECT_THAT(server_.requests(), AllOf(SizeIs(3), Each("POST /update 200")));
  EXPECT_THAT(run.output, HasSubstr("keeps 2 of 3 values at the same time"));
}

TEST_F(AcmeDns, NamesTheVariablesOfAWrongAccount) {
  set({{"ACMEDNS_PASSWORD", "canary-wrong-password"}});
  const Run run = sidecert({"renew"});
  EXPECT_EQ(run.code, 1);
  EXPECT_FALSE(issued());
  EXPECT_THAT(run.output, AllOf(HasSubstr("ACMEDNS_PASSWORD"), Not(HasSubstr("canary"))));
}

}  // namespace
}  // namespace sidecert::testing
