// What an owner can choose about CA and challenge, with the program that ships: CAA found in time, a record that is set
// once, an account of one's own, revocation.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "crypto/x509.h"
#include "owners_world.h"
#include "support/free_address.h"

namespace sidecert::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class AcmeOptions : public OwnersWorld {
 protected:
  AcmeOptions() { withoutNas(); }

  /// One record of any type into the zone, as its owner would at the registrar's.
  void addRecord(const std::string& record) {
    const std::string script = (files_ / "update").string();
    std::ofstream(script) << "server " << dns_.address() << " 53\nzone home.example.\nupdate add " << record << "\nsend\n";
    const Run run = execute({"/usr/bin/nsupdate", "-k", keyFile(), script});
    ASSERT_EQ(run.code, 0) << run.output;
  }
  std::string accountUrl() {
    const std::string output = sidecert({"account"}).output;
    const std::size_t at = output.find("account     ") + 12;
    return output.substr(at, output.find('\n', at) - at);
  }
  std::string serial() const {
    std::ifstream file(data() + "/certificates/home.example/current/cert.pem");
    const std::string pem((std::istreambuf_iterator<char>(file)), {});
    return hex(crypto::parseChain(pem)->front().serial());
  }
};

TEST_F(AcmeOptions, ACaaRecordThatForbidsIsFoundBeforeAnOrderIsPlaced) {
  addRecord("home.example. 60 CAA 0 issue \"other-ca.example\"");
  const Run run = sidecert({"renew"});
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.output, AllOf(HasSubstr("CAA record at home.example"), HasSubstr("pebble.example")));
  EXPECT_EQ(orders(), 0U);
}

TEST_F(AcmeOptions, ACaaRecordForThisCaAndMethodIsNoHindrance) {
  addRecord("home.example. 60 CAA 0 issue \"pebble.example; validationmethods=dns-01\"");
  EXPECT_EQ(sidecert({"renew"}).code, 0);
  EXPECT_EQ(orders(), 1U);
}

TEST_F(AcmeOptions, ARecordThatIsSetOnceNeedsNoProviderAndNoCredentials) {
  ASSERT_EQ(sidecert({"renew"}).code, 0);
  ASSERT_EQ(sidecert({"txt", "add", "_validation-persist.home.example",
                      "pebble.example; accounturi=" + accountUrl() + "; policy=wildcard"})
                .code,
            0);
  for (const char* name : {"ACME_DNS", "NSUPDATE_SERVER", "NSUPDATE_KEY"}) environment_.erase(name);
  environment_["ACME_CHALLENGE"] = "dns-persist-01";
  const Run run = sidecert({"renew", "--force"});
  EXPECT_EQ(run.code, 0) << run.output;
  EXPECT_THAT(run.output, HasSubstr("(dns-persist-01)"));
  EXPECT_EQ(orders(), 2U);
}

TEST_F(AcmeOptions, TheRecordThatIsMissingIsPrintedWhole) {
  for (const char* name : {"ACME_DNS", "NSUPDATE_SERVER", "NSUPDATE_KEY"}) environment_.erase(name);
  environment_["ACME_CHALLENGE"] = "dns-persist-01";
  const Run run = sidecert({"renew"});
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.output, HasSubstr("_validation-persist.home.example with the value \"pebble.example; accounturi=" +
                                    accountUrl() + "; policy=wildcard\""));
}

TEST_F(AcmeOptions, ALabelOfTheAccountsOwnIsProvenAsWell) {
  environment_["ACME_CHALLENGE"] = "dns-account-01";
  const Run run = sidecert({"renew"});
  EXPECT_EQ(run.code, 0) << run.output;
  EXPECT_THAT(run.output, HasSubstr("(dns-account-01)"));
}

TEST_F(AcmeOptions, TheNextCaOfTheListTakesOverAfterThreeFailuresOfTheFirst) {
  environment_["ACME_SERVER"] = "https://127.0.0.1:" + std::to_string(freePort()) + "/dir," + pebble_.directory();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(sidecert({"renew", "--force"}).code, 1);
  EXPECT_EQ(orders(), 0U);
  const Run run = sidecert({"renew", "--force"});
  EXPECT_EQ(run.code, 0) << run.output;
  EXPECT_EQ(orders(), 1U);
}

TEST_F(AcmeOptions, ACertificateIsRevokedAndReplaced) {
  ASSERT_EQ(sidecert({"renew"}).code, 0);
  const std::string first = serial();
  const Run run = sidecert({"revoke", "home.example", "--reason", "superseded"});
  EXPECT_EQ(run.code, 0) << run.output;
  EXPECT_EQ(pebble_.statusOf(first), "Revoked");
  EXPECT_EQ(sidecert({"renew"}).code, 0);
  EXPECT_EQ(orders(), 2U);
  const std::string second = serial();
  EXPECT_EQ(pebble_.statusOf(second), "Valid");
  EXPECT_EQ(sidecert({"revoke", "home.example", "--reason", "keyCompromise"}).code, 0) << "by the certificate's key";
  EXPECT_EQ(pebble_.statusOf(second), "Revoked");
}

TEST_F(AcmeOptions, ACertificateFromElsewhereIsRevokedByItsKey) {
  ASSERT_EQ(sidecert({"renew"}).code, 0);
  const std::string folder = data() + "/certificates/home.example/current/";
  environment_["SIDECERT_DATA"] = (files_ / "other").string();
  const Run run =
      sidecert({"revoke", "--cert", folder + "cert.pem", "--key", folder + "key.pem", "--server", pebble_.directory()});
  EXPECT_EQ(run.code, 0) << run.output;
}

TEST_F(AcmeOptions, RevokeNeedsToKnowWhat) {
  EXPECT_EQ(sidecert({"revoke"}).code, 2);
  EXPECT_EQ(sidecert({"revoke", "home.example", "--reason", "boredom"}).code, 2);
  const Run run = sidecert({"revoke", "unknown.example"});
  EXPECT_EQ(run.code, 2);
  EXPECT_THAT(run.output, HasSubstr("unknown.example"));
}

TEST_F(AcmeOptions, AnAccountGetsANewKeyAndIsDeactivated) {
  ASSERT_EQ(sidecert({"renew"}).code, 0);
  const std::string url = accountUrl();
  const std::string before = sidecert({"account"}).output;
  EXPECT_EQ(sidecert({"account", "new-key", pebble_.directory()}).code, 0);
  EXPECT_EQ(accountUrl(), url);
  EXPECT_NE(sidecert({"account"}).output, before) << "another thumbprint";
  EXPECT_EQ(sidecert({"renew", "--force"}).code, 0);
  EXPECT_EQ(sidecert({"account", "deactivate", pebble_.directory()}).code, 0);
  EXPECT_THAT(sidecert({"account"}).output, HasSubstr("no account yet"));
  EXPECT_EQ(sidecert({"renew", "--force"}).code, 0) << "a new account is made";
  EXPECT_NE(accountUrl(), url);
}

}  // namespace
}  // namespace sidecert::testing
