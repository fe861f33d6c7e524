// `sidecert check`: every step is tried for real, and neither the CA's limits nor DSM's certificates notice.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sstream>

#include "owners_world.h"

namespace sidecert::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Check : public OwnersWorld {
 protected:
  Check() { environment_["LOG_LEVEL"] = "warning"; }

  void expectUntouched() const {
    EXPECT_EQ(orders(), 0U);
    EXPECT_EQ(requests("POST /sign-me-up"), 0U);
    EXPECT_EQ(dsm_.importsDone(), 0U);
    EXPECT_EQ(dsm_.openSessions(), 0U);
  }
};

TEST_F(Check, SaysOfEveryStepThatItWouldWorkAndOrdersNothing) {
  const Run run = sidecert({"check"});
  EXPECT_EQ(run.code, 0) << run.output;
  for (const char* line :
       {"ok       settings: one certificate, 2 names to certify",
        "ok       data folder: ", "ok       home.example, CA: ", "ok       home.example, CAA and DNSSEC: nothing keeps",
        "ok       home.example, TXT record: added for _acme-challenge.home.example, seen at every name "
        "server, removed",
        "login as certbot works and may manage certificates; a certificate \"home.example\" would be made"})
    EXPECT_THAT(run.output, HasSubstr(line));
  expectUntouched();
  EXPECT_FALSE(std::filesystem::exists(data() + "/certificates/home.example/txt.json")) << "no probe is left";
  EXPECT_EQ(dsm_.logins(), 1U);
  EXPECT_EQ(sidecert({"renew"}).code, 0);
  EXPECT_THAT(sidecert({"check"}).output, HasSubstr("to be replaced: \"home.example\""));
}

TEST_F(Check, WritesAnObjectPerFindingForPrograms) {
  const Run run = sidecert({"check", "--json"});
  std::istringstream lines(run.output);
  int findings = 0;
  for (std::string line; std::getline(lines, line); ++findings) {
    const auto finding = nlohmann::json::parse(line, nullptr, false);
    ASSERT_TRUE(finding.is_object()) << line;
    EXPECT_EQ(finding["verdict"], "ok") << line;
  }
  EXPECT_GE(findings, 6);
}

TEST_F(Check, NamesTheVariablesOfAWrongTsigKeyAndAWrongPasswordInOneRun) {
  writeKey("d3Jvbmcgd3Jvbmcgd3Jvbmcgd3Jvbmcgd3Jvbmcgd3I=");
  environment_["SYNO_PASSWORD"] = "canary-wrong";
  const Run run = sidecert({"check"});
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.output, HasSubstr("failed   home.example, TXT record: "));
  EXPECT_THAT(run.output, HasSubstr("NSUPDATE_KEY"));
  EXPECT_THAT(run.output, HasSubstr("failed   home.example, NAS "));
  EXPECT_THAT(run.output, HasSubstr("SYNO_PASSWORD"));
  EXPECT_THAT(run.output, Not(HasSubstr("canary")));
  expectUntouched();
}

TEST_F(Check, ARefusedPasswordIsNotTriedAgainHoweverOftenOneChecks) {
  environment_["SYNO_PASSWORD"] = "wrong";
  for (int i = 0; i < 3; ++i) EXPECT_EQ(sidecert({"check"}).code, 1);
  EXPECT_EQ(dsm_.logins(), 1U);
}

TEST_F(Check, AnUnreachableCaStillLetsTheOtherStepsBeTried) {
  environment_["ACME_SERVER"] = "https://127.0.0.1:" + std::to_string(freePort()) + "/dir";
  const Run run = sidecert({"check"});
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.output, HasSubstr("failed   home.example, CA: "));
  EXPECT_THAT(run.output, HasSubstr("ACME_SERVER"));
  EXPECT_THAT(run.output, HasSubstr("ok       home.example, TXT record: "));
}

TEST_F(Check, AProfileTheCaDoesNotHaveIsNamed) {
  environment_["ACME_PROFILE"] = "!sixhours";
  const Run run = sidecert({"check"});
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.output, HasSubstr("ACME_PROFILE"));
}

TEST_F(Check, ADsmThatRefusesEcKeysIsSaidBeforeAnOrder) {
  const DsmEmulator older({.version = DsmVersion::Dsm62, .accounts = {{.name = "certbot", .password = kPassword}}});
  environment_["SYNO_PORT"] = std::to_string(older.httpsPort());
  const Run run = sidecert({"check"});
  EXPECT_EQ(run.code, 1) << run.output;
  EXPECT_THAT(run.output, HasSubstr("ACME_KEYLENGTH=2048"));
  EXPECT_EQ(orders(), 0U);
}

// It looked for an account that need not be there.
TEST_F(Check, TheTemporaryAdministratorIsTriedAsADeploymentWould) {
  environment_.erase("SYNO_USERNAME");
  environment_.erase("SYNO_PASSWORD");
  environment_["SYNO_USE_TEMP_ADMIN"] = "1";
  const Run run = sidecert({"check"});
  EXPECT_EQ(run.code, 1) << run.output;
  EXPECT_THAT(run.output, HasSubstr("SYNO_USE_TEMP_ADMIN"));
  EXPECT_EQ(dsm_.logins(), 0U);
}

TEST_F(Check, WithoutADataFolderNoProbeIsSet) {
  environment_["SIDECERT_DATA"] = "/proc/sidecert";
  const Run run = sidecert({"check"});
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.output, HasSubstr("SIDECERT_DATA"));
  EXPECT_THAT(run.output, HasSubstr("skipped  home.example, TXT record: "));
}

TEST_F(Check, WrongSettingsEndWithTwo) {
  environment_.erase("ACME_DOMAINS");
  const Run run = sidecert({"check"});
  EXPECT_EQ(run.code, 2);
  EXPECT_THAT(run.output, HasSubstr("ACME_DOMAINS: is not set"));
  EXPECT_EQ(sidecert({"check", "--everything"}).code, 2);
}

}  // namespace
}  // namespace sidecert::testing
