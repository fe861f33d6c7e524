#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "state/certificate_folder.h"
#include "state/volume.h"
#include "support/crashing_file_system.h"
#include "support/manual_clock.h"
#include "support/memory_log.h"
#include "support/scripted_http.h"
#include "support/test_ca.h"

namespace sidecert::state {
namespace {

using sidecert::testing::CrashingFileSystem;
using sidecert::testing::ManualClock;
using sidecert::testing::MemoryLog;
using sidecert::testing::ScriptedHttp;
using sidecert::testing::TestCa;
using sidecert::testing::TestCertificate;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class State : public ::testing::Test {
 protected:
  Ports ports(FileSystem& files) { return {clock_, http_, files, Log(log_), {}}; }
  Ports ports() { return ports(disk_); }

  ManualClock clock_;
  MemoryLog log_;
  ScriptedHttp http_;
  CrashingFileSystem disk_;
};

TEST_F(State, ACertificateComesBackWithItsKey) {
  const TestCertificate made = TestCa().intermediate().issue({.names = {"home.example"}});
  CertificateFolder folder("/data/certificates/home.example", ports());
  auto chain = crypto::parseChain(made.fullChain());
  ASSERT_TRUE(chain);
  ASSERT_TRUE(folder.add(*chain, Secret(made.key_pem)));
  auto kept = folder.current();
  ASSERT_TRUE(kept && *kept);
  EXPECT_EQ((*kept)->leaf_pem, made.pem);
  EXPECT_EQ((*kept)->chain_pem, made.chain);
  EXPECT_EQ((*kept)->key_pem.reveal(), made.key_pem);
  for (const char* name : {"cert.pem", "chain.pem", "fullchain.pem", "key.pem"}) {
    auto bytes = disk_.read(folder.path() / "current" / name);
    EXPECT_TRUE(bytes && *bytes) << name;
  }
}

TEST_F(State, AKeyThatDoesNotFitMakesTheCertificateUnusable) {
  const TestCa ca = TestCa().intermediate();
  const TestCertificate made = ca.issue();
  const TestCertificate other = ca.issue();
  CertificateFolder folder("/data/c", ports());
  auto chain = crypto::parseChain(made.fullChain());
  ASSERT_TRUE(chain);
  ASSERT_TRUE(folder.add(*chain, Secret(other.key_pem)));
  auto kept = folder.current();
  ASSERT_TRUE(kept);
  EXPECT_FALSE(*kept);
  EXPECT_TRUE(log_.contains("do not belong together"));
}

// Whoever can write into the data folder could have a certificate and key of his own deployed by one link.
TEST_F(State, ACurrentThatLeadsElsewhereIsNotFollowed) {
  CertificateFolder folder("/data/c", ports());
  const TestCertificate made = TestCa().intermediate().issue({.names = {"home.example"}});
  ASSERT_TRUE(folder.add({made.certificate}, Secret(made.key_pem)));
  ASSERT_TRUE(folder.current().value());
  const Path version = disk_.readLink("/data/c/current").value().value();
  ASSERT_TRUE(disk_.makeDirectories("/data/elsewhere", 0700));
  for (const Path& target : {Path("/data/c") / version, Path("versions/.."), Path("versions") / ".." / version,
                             Path("../c") / version, Path("elsewhere")}) {
    log_.clear();
    ASSERT_TRUE(replaceLink(disk_, target, "/data/c/current"));
    const auto kept = folder.current();
    ASSERT_TRUE(kept);
    EXPECT_FALSE(*kept) << target;
    EXPECT_THAT(log_.text(), HasSubstr("none of its versions"));
  }
}

TEST_F(State, KeepsAFewOldVersions) {
  const TestCa ca = TestCa().intermediate();
  CertificateFolder folder("/data/c", ports());
  for (int i = 0; i < 8; ++i) {
    const TestCertificate made = ca.issue();
    auto chain = crypto::parseChain(made.fullChain());
    ASSERT_TRUE(chain);
    ASSERT_TRUE(folder.add(*chain, Secret(made.key_pem)));
    clock_.advance(std::chrono::hours(1));
  }
  auto names = disk_.list("/data/c/versions");
  ASSERT_TRUE(names);
  EXPECT_THAT(*names, SizeIs(5));
}

TEST_F(State, LeavesFoldersThatDsmMakesAlone) {
  const TestCa ca = TestCa().intermediate();
  CertificateFolder folder("/data/c", ports());
  ASSERT_TRUE(disk_.makeDirectories("/data/c/versions/@eaDir", 0755));
  for (int i = 0; i < 8; ++i) {
    const TestCertificate made = ca.issue();
    auto chain = crypto::parseChain(made.fullChain());
    ASSERT_TRUE(chain);
    ASSERT_TRUE(folder.add(*chain, Secret(made.key_pem)));
    clock_.advance(std::chrono::hours(1));
  }
  auto names = disk_.list("/data/c/versions");
  ASSERT_TRUE(names);
  EXPECT_THAT(*names, ::testing::Contains("@eaDir"));
  EXPECT_THAT(*names, SizeIs(6));
}

// The old certificate or the new one, wherever the power goes: never a pointer to half a pair.
TEST_F(State, APowerCutLeavesTheOldOrTheNewCertificate) {
  const TestCa ca = TestCa().intermediate();
  const TestCertificate first = ca.issue();
  const TestCertificate second = ca.issue();
  auto first_chain = crypto::parseChain(first.fullChain());
  auto second_chain = crypto::parseChain(second.fullChain());
  ASSERT_TRUE(first_chain && second_chain);
  for (const auto unsynced : {CrashingFileSystem::Unsynced::Dropped, CrashingFileSystem::Unsynced::Kept}) {
    for (int step = 0;; ++step) {
      SCOPED_TRACE(step);
      ASSERT_LT(step, 1000);
      CrashingFileSystem disk;
      CertificateFolder folder("/data/c", ports(disk));
      ASSERT_TRUE(folder.add(*first_chain, Secret(first.key_pem)));
      clock_.advance(std::chrono::hours(1));
      disk.cutPowerAt(step);
      const bool finished = folder.add(*second_chain, Secret(second.key_pem)).has_value();
      disk.restart(unsynced);
      auto kept = folder.current();
      ASSERT_TRUE(kept);
      ASSERT_TRUE(*kept);
      EXPECT_THAT((*kept)->key_pem.reveal(), ::testing::AnyOf(first.key_pem, second.key_pem));
      if (finished) {
        EXPECT_EQ((*kept)->key_pem.reveal(), second.key_pem);
        break;
      }
    }
  }
}

TEST_F(State, AFolderThatCannotBeWrittenSaysSoAndNamesTheVariable) {
  disk_.refuseWrites(Error{.code = ErrorCode::Storage, .what = "read-only file system", .hint = {}});
  auto volume = Volume::open("/data", ports());
  ASSERT_FALSE(volume);
  EXPECT_THAT(volume.error().what, HasSubstr("SIDECERT_DATA"));
}

TEST_F(State, ASecondHolderWaitsForTheFirst) {
  auto first = std::make_unique<Result<Volume>>(Volume::open("/data", ports()));
  ASSERT_TRUE(*first);
  std::stop_source stop;
  stop.request_stop();
  Ports stopped{clock_, http_, disk_, Log(log_), stop.get_token()};
  auto second = Volume::open("/data", stopped);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::Stopped);
  EXPECT_TRUE(log_.contains("another Sidecert"));
  first.reset();
  EXPECT_TRUE(Volume::open("/data", ports()));
}

TEST(Keys, KeepDirectoriesOfOneHostApartAndHoldNoPath) {
  EXPECT_NE(accountKey("https://ca.example/a"), accountKey("https://ca.example/b"));
  EXPECT_EQ(plainName("../../Etc:1"), ".._.._etc_1");
}

}  // namespace
}  // namespace sidecert::state
