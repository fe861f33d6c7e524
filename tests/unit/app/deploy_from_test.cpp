#include "app/pass/deploy_from.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/crashing_file_system.h"
#include "support/manual_clock.h"
#include "support/temp_directory.h"
#include "support/test_ca.h"

namespace sidecert::app {
namespace {

using testing::CrashingFileSystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TestCa;
using testing::TestCertificate;

constexpr TimePoint kNow = testing::kTestStart;

class DeployFrom : public ::testing::Test {
 protected:
  TestCertificate issue(std::chrono::hours age = std::chrono::hours(24)) {
    return ca.issue({.names = {"home.example"}, .not_before = kNow - age, .not_after = kNow + std::chrono::days(60)});
  }
  Result<FoundCertificate> read(const std::map<Path, std::string>& files, const std::vector<std::string>& names = {}) {
    CrashingFileSystem disk;
    EXPECT_TRUE(disk.makeDirectories("/certs", 0700));
    for (const auto& [path, bytes] : files) EXPECT_TRUE(disk.writeSynced(path, bytes, 0600));
    return readDeployFrom(disk, "/certs", names, kNow);
  }
  void expectFound(const Result<FoundCertificate>& found, const TestCertificate& wanted) {
    ASSERT_TRUE(found) << describe(found.error());
    ASSERT_EQ(found->chain.size(), 2U);
    EXPECT_EQ(found->chain.front().sha256(), wanted.certificate.sha256());
    EXPECT_EQ(found->key_pem.reveal(), wanted.key_pem);
  }
  TestCa ca = TestCa().intermediate();
  TestCertificate made = issue();
};

TEST_F(DeployFrom, KnowsTheFilesOfCertbot) {
  expectFound(read({{"/certs/cert.pem", made.pem},
                    {"/certs/chain.pem", made.chain},
                    {"/certs/fullchain.pem", made.fullChain()},
                    {"/certs/privkey.pem", made.key_pem}}),
              made);
}

TEST_F(DeployFrom, KnowsTheFilesOfAcmeSh) {
  expectFound(
      read({{"/certs/home.example.cer", made.pem},
            {"/certs/ca.cer", made.chain},
            {"/certs/fullchain.cer", made.fullChain()},
            {"/certs/home.example.conf", "Le_Domain='home.example'"},
            {"/certs/home.example.csr", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----"},
            {"/certs/home.example.key", made.key_pem}}),
      made);
}

TEST_F(DeployFrom, KnowsOneFileWithEverything) {
  expectFound(read({{"/certs/all.pem", made.key_pem + made.fullChain()}}), made);
}

TEST_F(DeployFrom, TakesTheNewestWhoseKeyIsThere) {
  const auto newer = issue(std::chrono::hours(1));
  expectFound(read({{"/certs/old.pem", made.fullChain() + made.key_pem}, {"/certs/new.pem", newer.fullChain()}}), made);
  expectFound(read({{"/certs/old.pem", made.fullChain() + made.key_pem},
                    {"/certs/new.pem", newer.fullChain()},
                    {"/certs/new.key", newer.key_pem}}),
              newer);
}

// The newest pair of any name was taken: another site's certificate went to DSM.
TEST_F(DeployFrom, CertificatesForDifferentNamesAreListedUnlessTheNamesSelect) {
  const auto shop = ca.issue(
      {.names = {"shop.example"}, .not_before = kNow - std::chrono::hours(1), .not_after = kNow + std::chrono::days(60)});
  const std::map<Path, std::string> files{{"/certs/home.pem", made.fullChain() + made.key_pem},
                                          {"/certs/shop.pem", shop.fullChain() + shop.key_pem}};
  const auto refused = read(files);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::Settings);
  EXPECT_THAT(refused.error().what, HasSubstr("home.example; shop.example"));
  expectFound(read(files, {"home.example"}), made);
  expectFound(read(files, {"shop.example"}), shop);
  EXPECT_THAT(read(files, {"other.example"}).error().what, HasSubstr("no certificate in /certs is for other.example"));
}

// A pipe, a device or a huge file beside good ones used to hang or fill the memory.
TEST_F(DeployFrom, NamesWhatCannotBeReadAndTakesTheRest) {
  const testing::TempDirectory folder;
  PosixFileSystem disk;
  ASSERT_TRUE(disk.writeSynced(folder / "all.pem", made.fullChain() + made.key_pem, 0600));
  ASSERT_EQ(::mkfifo((folder / "cert.pem").c_str(), 0600), 0);
  ASSERT_TRUE(disk.makeLink("/dev/zero", folder / "key.pem"));
  const auto found = readDeployFrom(disk, folder.path(), {}, kNow);
  expectFound(found, made);
  EXPECT_THAT(found->passed_over, ElementsAre(HasSubstr("cert.pem: it is a pipe"), HasSubstr("key.pem: it is a pipe")));
  ASSERT_TRUE(disk.remove(folder / "all.pem"));
  EXPECT_THAT(readDeployFrom(disk, folder.path(), {}, kNow).error().what, HasSubstr("cert.pem: it is a pipe"));
}

TEST_F(DeployFrom, LeavesDraftsAndSynologysOwnFoldersAlone) {
  const auto newer = issue(std::chrono::hours(1));
  expectFound(read({{"/certs/all.pem", made.fullChain() + made.key_pem},
                    {"/certs/.all.pem.swp", newer.fullChain() + newer.key_pem},
                    {"/certs/@eaDir", newer.fullChain() + newer.key_pem}}),
              made);
}

TEST_F(DeployFrom, SaysWhatIsMissing) {
  EXPECT_THAT(read({}).error().what, HasSubstr("no certificate"));
  EXPECT_THAT(read({{"/certs/cert.pem", made.fullChain()}}).error().what, HasSubstr("no private key"));
  EXPECT_THAT(read({{"/certs/key.pem", made.key_pem}}).error().what, HasSubstr("no certificate"));
}

TEST_F(DeployFrom, RefusesWhatHasExpired) {
  const auto old = ca.issue({.names = {"home.example"}, .not_before = kNow - std::chrono::days(90), .not_after = kNow});
  EXPECT_FALSE(read({{"/certs/all.pem", old.fullChain() + old.key_pem}}));
}

}  // namespace
}  // namespace sidecert::app
