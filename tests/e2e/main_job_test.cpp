// The main job as an owner meets it: the program that ships, real Pebble, real Knot with TSIG, the DSM emulator.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "owners_world.h"

namespace sidecert::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using MainJob = OwnersWorld;

TEST_F(MainJob, IssuesDeploysAndProves) {
  const Run run = sidecert({"renew"});
  EXPECT_EQ(run.code, 0) << run.output;
  EXPECT_EQ(orders(), 1U);
  EXPECT_EQ(dsm_.importsDone(), 1U);
  EXPECT_THAT(run.output, HasSubstr("DSM was seen serving it"));
  EXPECT_EQ(dsm_.openSessions(), 0U);
  const Run health = sidecert({"health"});
  EXPECT_EQ(health.code, 0) << health.output;
  EXPECT_THAT(health.output, HasSubstr("healthy: home.example valid until"));
  EXPECT_THAT(sidecert({"status", "--json"}).output, HasSubstr("\"proof\": \"served\""));
}

TEST_F(MainJob, ASecondStartOrdersNothingAndImportsNothing) {
  ASSERT_EQ(sidecert({"renew"}).code, 0);
  const std::size_t logins = dsm_.logins();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(sidecert({"renew"}).code, 0);
  EXPECT_EQ(orders(), 1U);
  EXPECT_EQ(dsm_.importsDone(), 1U);
  EXPECT_EQ(dsm_.logins(), logins);
}

TEST_F(MainJob, ANameThatAWildcardCoversIsNotOrderedAgainAtEveryStart) {
  environment_["ACME_DOMAINS"] += ",nas.home.example";
  for (int i = 0; i < 2; ++i) EXPECT_EQ(sidecert({"renew"}).code, 0);
  EXPECT_EQ(orders(), 1U);
}

TEST_F(MainJob, TheKeysAreForTheOwnerAloneAndNoSecretIsPrinted) {
  const Run run = sidecert({"renew"});
  ASSERT_EQ(run.code, 0) << run.output;
  struct stat about{};
  ASSERT_EQ(stat((data() + "/certificates/home.example/current/key.pem").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(data() + "/accounts")) {
    if (!entry.is_regular_file()) continue;
    ASSERT_EQ(stat(entry.path().c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777U, 0600U) << entry.path();
  }
  for (const char* canary : {"canary", kTsigSecret, "PRIVATE KEY"}) EXPECT_THAT(run.output, Not(HasSubstr(canary)));
}

TEST_F(MainJob, RunWaitsAndEndsAtOnceOnSigterm) {
  ChildProcess process(
      {.command = {SIDECERT_PROGRAM}, .environment = environment_, .clean_environment = true, .directory = {}});
  ASSERT_TRUE(process.waitForLine("the next pass is at", std::chrono::seconds(90))) << process.output();
  process.signal(SIGTERM);
  EXPECT_EQ(process.wait(), 0);
}

TEST_F(MainJob, WithoutAnySynoVariableItKeepsTheFilesAndSaysSo) {
  withoutNas();
  const Run run = sidecert({"renew"});
  EXPECT_EQ(run.code, 0) << run.output;
  EXPECT_THAT(run.output, HasSubstr("nothing is deployed"));
  for (const char* name : {"cert.pem", "chain.pem", "fullchain.pem", "key.pem"})
    EXPECT_TRUE(std::filesystem::exists(data() + "/certificates/home.example/current/" + name)) << name;
}

TEST_F(MainJob, AWrongDsmPasswordIsOneLoginAndKeepsTheCertificate) {
  environment_["SYNO_PASSWORD"] = "wrong";
  for (int i = 0; i < 3; ++i) {
    const Run run = sidecert({"renew"});
    EXPECT_EQ(run.code, 1) << run.output;
    EXPECT_THAT(run.output, HasSubstr("SYNO_PASSWORD"));
  }
  EXPECT_EQ(dsm_.logins(), 1U);
  EXPECT_EQ(orders(), 1U);
  EXPECT_EQ(dsm_.importsDone(), 0U);
  environment_["SYNO_PASSWORD"] = kPassword;
  EXPECT_EQ(sidecert({"renew"}).code, 0);
  EXPECT_EQ(orders(), 1U);
}

TEST_F(MainJob, AWrongTsigKeyNamesTheVariable) {
  writeKey("d3Jvbmcgd3Jvbmcgd3Jvbmcgd3Jvbmcgd3Jvbmcgd3I=");
  const Run run = sidecert({"renew"});
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.output, HasSubstr("NSUPDATE_KEY"));
  expectNothingHalfWritten();
}

TEST_F(MainJob, AnUnreachableCaIsNamedWithItsVariable) {
  environment_["ACME_SERVER"] = "https://127.0.0.1:" + std::to_string(freePort()) + "/dir";
  const Run run = sidecert({"renew"});
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.output, HasSubstr("ACME_SERVER"));
  expectNothingHalfWritten();
}

TEST_F(MainJob, AnUnusableDataFolderOrdersNothing) {
  std::ofstream(data()) << "a file where the folder should be";
  const Run run = sidecert({"renew"});
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.output, HasSubstr("SIDECERT_DATA"));
  EXPECT_EQ(orders(), 0U);
}

TEST_F(MainJob, MissingVariablesAreListedTogether) {
  environment_.erase("ACME_DOMAINS");
  environment_.erase("SYNO_PASSWORD");
  const Run run = sidecert({"renew"});
  EXPECT_EQ(run.code, 2);
  EXPECT_THAT(run.output, HasSubstr("ACME_DOMAINS: is not set"));
  EXPECT_THAT(run.output, HasSubstr("SYNO_PASSWORD: is not set"));
  EXPECT_EQ(orders(), 0U);
}

TEST_F(MainJob, TxtAddsAndRemovesARecord) {
  const Run added = sidecert({"txt", "add", "_acme-challenge.home.example", "tried-by-hand"});
  EXPECT_EQ(added.code, 0) << added.output;
  const Run removed = sidecert({"txt", "remove", "_acme-challenge.home.example", "tried-by-hand"});
  EXPECT_EQ(removed.code, 0) << removed.output;
  EXPECT_EQ(sidecert({"txt", "add", "only-a-name"}).code, 2);
}

TEST_F(MainJob, DeployImportsFilesMadeElsewhere) {
  const auto with_nas = environment_;
  withoutNas();
  ASSERT_EQ(sidecert({"renew"}).code, 0);
  environment_ = with_nas;
  const std::string folder = data() + "/certificates/home.example/current/";
  environment_["SIDECERT_DATA"] = (files_ / "other").string();
  const Run run =
      sidecert({"deploy", "--cert", folder + "cert.pem", "--key", folder + "key.pem", "--chain", folder + "chain.pem"});
  EXPECT_EQ(run.code, 0) << run.output;
  EXPECT_EQ(dsm_.importsDone(), 1U);
}

TEST_F(MainJob, AnUnknownCommandIsAUsageError) {
  const Run run = sidecert({"renwe"});
  EXPECT_EQ(run.code, 2);
  EXPECT_THAT(run.output, HasSubstr("sidecert renew"));
}

}  // namespace
}  // namespace sidecert::testing
