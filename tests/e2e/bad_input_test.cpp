// What an owner gets wrong, and what the program that ships says: the variable or the cause, and the mend. Nothing is left
// half-written, and no limit of the CA is spent on it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "owners_world.h"

namespace sidecert::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using BadInput = OwnersWorld;

TEST_F(BadInput, EveryFaultOfTheSettingsIsToldAtOnceAndNothingIsTouched) {
  environment_["ACME_DOMAINS"] = "home example,not_a/name";
  environment_["ACME_DNS"] = "dns_nsupdat";
  environment_["ACME_KEYLENGTH"] = "ec-257";
  environment_["SYNO_PORT"] = "70000";
  environment_.erase("SYNO_USERNAME");
  const Run run = sidecert({"renew"});
  EXPECT_EQ(run.code, 2);
  for (const char* variable : {"ACME_DOMAINS: ", "ACME_DNS: ", "ACME_KEYLENGTH: ", "SYNO_PORT: ", "SYNO_USERNAME: "})
    EXPECT_THAT(run.output, HasSubstr(variable));
  EXPECT_THAT(run.output, HasSubstr("did you mean dns_nsupdate?"));
  EXPECT_FALSE(std::filesystem::exists(data()));
  expectCaNotAsked();
  EXPECT_EQ(dsm_.logins(), 0U);
}

TEST_F(BadInput, RunHoldsOnWrongSettingsAndIsUnhealthy) {
  environment_.erase("ACME_DOMAINS");
  ChildProcess process(
      {.command = {SIDECERT_PROGRAM}, .environment = environment_, .clean_environment = true, .directory = {}});
  EXPECT_TRUE(process.waitForLine("ACME_DOMAINS: is not set")) << process.output();
  EXPECT_TRUE(process.waitForLine("nothing is done until the settings above are right")) << process.output();
  const Run health = sidecert({"health"});
  EXPECT_EQ(health.code, 1);
  EXPECT_THAT(health.output, HasSubstr("unhealthy: the settings have faults, so nothing is done: ACME_DOMAINS: is not set"));
  process.signal(SIGTERM);
  EXPECT_TRUE(process.wait());
}

TEST_F(BadInput, ASecretFileThatIsNotThereIsNamed) {
  environment_.erase("SYNO_PASSWORD");
  environment_["SYNO_PASSWORD_FILE"] = (files_ / "nowhere").string();
  const Run run = sidecert({"renew"});
  EXPECT_EQ(run.code, 2);
  EXPECT_THAT(run.output, HasSubstr("SYNO_PASSWORD_FILE: there is no file " + (files_ / "nowhere").string()));
}

TEST_F(BadInput, AWrongTsigKeyCostsOneOrderHoweverOftenItStarts) {
  writeKey("d3Jvbmcgd3Jvbmcgd3Jvbmcgd3Jvbmcgd3Jvbmcgd3I=");
  for (int i = 0; i < 3; ++i) {
    const Run run = sidecert({"renew"});
    EXPECT_EQ(run.code, 1);
    EXPECT_THAT(run.output, HasSubstr("NSUPDATE_KEY"));
  }
  EXPECT_LE(orders(), 1U);
  EXPECT_FALSE(std::filesystem::exists(data() + "/certificates/home.example/current"));
  EXPECT_EQ(dsm_.logins(), 1U);  // the look before the first order
}

TEST_F(BadInput, ACaThatIsNotTrustedNamesTheVariableForTrust) {
  environment_.erase("SSL_CERT_FILE");
  const Run run = sidecert({"renew"});
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.output, HasSubstr("SSL_CERT_FILE"));
  EXPECT_EQ(orders(), 0U);
  expectNothingHalfWritten();
}

TEST_F(BadInput, AServerThatIsNoCaIsNamed) {
  environment_["ACME_SERVER"] = dsm_.httpsUrl() + "/webapi/query.cgi";
  environment_["SYNO_INSECURE"] = "1";
  const Run run = sidecert({"renew"});
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.output, ::testing::AnyOf(HasSubstr("ACME_SERVER"), HasSubstr("SSL_CERT_FILE")));
  expectNothingHalfWritten();
}

TEST_F(BadInput, AReadOnlyVolumeOrdersNothingAndNamesTheVariable) {
  environment_["SIDECERT_DATA"] = "/proc/sidecert";  // nobody can make a file there, root included
  const Run run = sidecert({"renew"});
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.output, HasSubstr("nothing is ordered: the data folder /proc/sidecert cannot be used (SIDECERT_DATA)"));
  expectCaNotAsked();
}

TEST_F(BadInput, AVolumeOfAnotherUserIsExplainedWithBothUsers) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  std::filesystem::create_directory(data());
  std::filesystem::permissions(files_.path(), std::filesystem::perms(0755));
  std::filesystem::permissions(std::filesystem::path(environment_["SSL_CERT_FILE"]).parent_path(),
                               std::filesystem::perms(0755));
  const Run run =
      execute({"/usr/bin/setpriv", "--reuid=65532", "--regid=65532", "--clear-groups", SIDECERT_PROGRAM, "renew"});
  EXPECT_EQ(run.code, 1) << run.output;
  EXPECT_THAT(run.output, HasSubstr("SIDECERT_DATA"));
  EXPECT_THAT(run.output, HasSubstr("runs as uid 65532"));
  EXPECT_THAT(run.output, HasSubstr("belongs to uid 0"));
  EXPECT_THAT(run.output, HasSubstr("chown -R 65532:65532"));
  expectCaNotAsked();
  EXPECT_TRUE(std::filesystem::is_empty(data()));
  const Run health =
      execute({"/usr/bin/setpriv", "--reuid=65532", "--regid=65532", "--clear-groups", SIDECERT_PROGRAM, "health"});
  EXPECT_EQ(health.code, 1);
  EXPECT_THAT(health.output, HasSubstr("nothing is ordered: cannot write into " + data()));
}

TEST_F(BadInput, EveryFileWithAPrivateKeyIsForItsOwnerAlone) {
  const mode_t before = ::umask(0);  // the modes must not be umask's merit
  const Run run = sidecert({"renew"});
  ::umask(before);
  ASSERT_EQ(run.code, 0) << run.output;
  int keys = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(data())) {
    if (!entry.is_regular_file() || entry.is_symlink()) continue;
    std::ifstream file(entry.path());
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    if (!bytes.contains("PRIVATE KEY")) continue;
    ++keys;
    struct stat about{};
    ASSERT_EQ(stat(entry.path().c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 07777U, 0600U) << entry.path();
  }
  EXPECT_GE(keys, 2) << "one of the account, one of the certificate";
}

}  // namespace
}  // namespace sidecert::testing
