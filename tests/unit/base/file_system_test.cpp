#include "base/file_system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "base/file_error.h"
#include "support/crashing_file_system.h"
#include "support/temp_directory.h"

namespace sidecert {
namespace {

using ::testing::AnyOf;
using testing::CrashingFileSystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Optional;

class Disk : public ::testing::Test {
 protected:
  static unsigned modeOf(const Path& path) {
    struct stat status{};
    ::stat(path.c_str(), &status);
    return status.st_mode & 0777U;
  }
  testing::TempDirectory directory_;
  PosixFileSystem files_;
};

TEST_F(Disk, ReadsWhatItWrote) {
  const std::string bytes("a\0b\n", 4);
  ASSERT_TRUE(files_.writeSynced(directory_ / "f", bytes, kPrivateFile));
  EXPECT_THAT(files_.read(directory_ / "f").value(), Optional(bytes));
}

TEST_F(Disk, AnAbsentFileIsNothing) {
  EXPECT_FALSE(files_.read(directory_ / "none").value());
  EXPECT_FALSE(files_.read(directory_ / "no" / "where").value());
  EXPECT_TRUE(files_.list(directory_ / "none").value().empty());
  EXPECT_TRUE(files_.remove(directory_ / "none"));
  EXPECT_FALSE(files_.readLink(directory_ / "none").value());
}

TEST_F(Disk, GivesFilesAndFoldersTheModeAskedForWhateverTheUmask) {
  const auto before = ::umask(0077);
  ASSERT_TRUE(files_.makeDirectories(directory_ / "a" / "b", kPublicDirectory));
  ASSERT_TRUE(files_.writeSynced(directory_ / "a" / "f", "x", kPublicFile));
  ASSERT_TRUE(files_.writeSynced(directory_ / "a" / "k", "x", kPrivateFile));
  ::umask(before);
  EXPECT_EQ(modeOf(directory_ / "a"), 0755U);
  EXPECT_EQ(modeOf(directory_ / "a" / "b"), 0755U);
  EXPECT_EQ(modeOf(directory_ / "a" / "f"), 0644U);
  EXPECT_EQ(modeOf(directory_ / "a" / "k"), 0600U);
}

TEST_F(Disk, TightensAFileThatWasOpenToAll) {
  ASSERT_TRUE(files_.writeSynced(directory_ / "f", "old", 0666));
  ASSERT_TRUE(files_.writeSynced(directory_ / "f", "new", kPrivateFile));
  EXPECT_EQ(modeOf(directory_ / "f"), 0600U);
}

TEST_F(Disk, ListsNamesInOrder) {
  for (const auto* name : {"b", "a", ".c"}) ASSERT_TRUE(files_.writeSynced(directory_ / name, "", kPrivateFile));
  EXPECT_THAT(files_.list(directory_.path()).value(), ElementsAre(".c", "a", "b"));
}

TEST_F(Disk, RemovesAWholeFolderButNotWhatALinkPointsAt) {
  ASSERT_TRUE(files_.makeDirectories(directory_ / "keep", kPrivateDirectory));
  ASSERT_TRUE(files_.writeSynced(directory_ / "keep" / "f", "x", kPrivateFile));
  ASSERT_TRUE(files_.makeDirectories(directory_ / "gone" / "deep", kPrivateDirectory));
  ASSERT_TRUE(files_.makeLink(directory_ / "keep", directory_ / "gone" / "link"));
  ASSERT_TRUE(files_.remove(directory_ / "gone"));
  EXPECT_THAT(files_.list(directory_.path()).value(), ElementsAre("keep"));
  EXPECT_THAT(files_.list(directory_ / "keep").value(), ElementsAre("f"));
}

TEST_F(Disk, ReplaceLinkSwitchesOverALeftOver) {
  ASSERT_TRUE(files_.makeLink("v0", directory_ / "current.new"));
  ASSERT_TRUE(replaceLink(files_, "v1", directory_ / "current"));
  ASSERT_TRUE(replaceLink(files_, "v2", directory_ / "current"));
  EXPECT_THAT(files_.readLink(directory_ / "current").value(), Optional(Path("v2")));
  EXPECT_THAT(files_.list(directory_.path()).value(), ElementsAre("current"));
}

TEST_F(Disk, AFileIsNoLink) {
  ASSERT_TRUE(files_.writeSynced(directory_ / "f", "", kPrivateFile));
  EXPECT_FALSE(files_.readLink(directory_ / "f").value());
}

TEST_F(Disk, ALockIsHeldByOneAndFreeAfterwards) {
  auto first = files_.tryLock(directory_ / "lock");
  ASSERT_TRUE(first && *first);
  EXPECT_EQ(files_.tryLock(directory_ / "lock").value(), nullptr);
  first->reset();
  EXPECT_NE(files_.tryLock(directory_ / "lock").value(), nullptr);
}

TEST_F(Disk, ALockDiesWithItsProcess) {
  const pid_t child = ::fork();
  if (child == 0) {
    const auto lock = files_.tryLock(directory_ / "lock");
    ::_exit(lock && *lock ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_EQ(status, 0);
  EXPECT_NE(files_.tryLock(directory_ / "lock").value(), nullptr);
}

TEST_F(Disk, AFolderWhereAFileIsNeededIsExplained) {
  ASSERT_TRUE(files_.makeDirectories(directory_ / "f", kPrivateDirectory));
  const auto read = files_.read(directory_ / "f");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::Storage);
  EXPECT_THAT(read.error().what, HasSubstr((directory_ / "f").string()));
  EXPECT_THAT(read.error().hint, HasSubstr("bind mount"));
  EXPECT_FALSE(files_.writeSynced(directory_ / "f", "", kPrivateFile));
}

TEST_F(Disk, AFileWhereAFolderIsNeededIsExplained) {
  ASSERT_TRUE(files_.writeSynced(directory_ / "f", "", kPrivateFile));
  const auto made = files_.makeDirectories(directory_ / "f" / "sub", kPrivateDirectory);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().hint, HasSubstr("a file stands"));
}

TEST_F(Disk, AFullDiskIsExplained) {
  const auto failure = storageFailure("write", "/data/x", ENOSPC);
  EXPECT_EQ(failure.error().what, "cannot write /data/x: No space left on device");
  EXPECT_THAT(failure.error().hint, HasSubstr("full"));
}

TEST_F(Disk, AReadOnlyPlaceIsExplained) {
  const auto written = files_.writeSynced("/proc/version", "x", kPrivateFile);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::Storage);
  EXPECT_THAT(written.error().what, HasSubstr("/proc/version"));
}

// Root may write anywhere, so the attempt is made by a child that is nobody.
TEST_F(Disk, AForeignFolderIsExplainedWithBothUids) {
  ASSERT_EQ(::chmod(directory_.path().c_str(), 0755), 0);
  ASSERT_TRUE(files_.makeDirectories(directory_ / "sub", kPublicDirectory));
  const auto report = directory_ / "report";
  const pid_t child = ::fork();
  if (child == 0) {
    std::ofstream out(report);
    if (::geteuid() == 0 && ::seteuid(65532) != 0) ::_exit(2);
    const auto written = files_.writeSynced(directory_ / "sub" / ".." / "f", "x", kPrivateFile);
    out << (written ? "written" : describe(written.error())) << std::flush;
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_EQ(status, 0);
  const auto text = files_.read(report).value().value_or("");
  EXPECT_THAT(text, HasSubstr("uid 65532"));
  EXPECT_THAT(text, HasSubstr("belongs to uid"));
}

TEST(ReplaceFile, LeavesOldOrNewWhereverItIsCut) {
  for (const auto unsynced : {CrashingFileSystem::Unsynced::Dropped, CrashingFileSystem::Unsynced::Kept}) {
    for (int step = 0;; ++step) {
      SCOPED_TRACE(step);
      CrashingFileSystem disk;
      ASSERT_TRUE(disk.makeDirectories("/data", kPrivateDirectory));
      ASSERT_TRUE(replaceFile(disk, "/data/account.json", "old", kPrivateFile));
      disk.cutPowerAt(step);
      const bool finished = replaceFile(disk, "/data/account.json", "new", kPrivateFile).has_value();
      disk.restart(unsynced);
      EXPECT_THAT(disk.read("/data/account.json").value(), Optional(AnyOf(std::string("old"), std::string("new"))));
      if (finished) {
        EXPECT_THAT(disk.read("/data/account.json").value(), Optional(std::string("new")));
        break;
      }
    }
  }
}

TEST(ReplaceFile, IsDurableOnceItReturned) {
  CrashingFileSystem disk;
  ASSERT_TRUE(disk.makeDirectories("/data", kPrivateDirectory));
  ASSERT_TRUE(replaceFile(disk, "/data/f", "new", kPrivateFile));
  disk.cutPowerAt(0);
  EXPECT_FALSE(disk.syncDirectory("/"));
  disk.restart(CrashingFileSystem::Unsynced::Dropped);
  EXPECT_THAT(disk.read("/data/f").value(), Optional(std::string("new")));
}

TEST(ReplaceFile, KeepsTheOldWhenTheDiskIsFull) {
  CrashingFileSystem disk;
  ASSERT_TRUE(replaceFile(disk, "/f", "old", kPrivateFile));
  disk.refuseWrites(Error{ErrorCode::Storage, "full", ""});
  EXPECT_FALSE(replaceFile(disk, "/f", "new", kPrivateFile));
  EXPECT_THAT(disk.read("/f").value(), Optional(std::string("old")));
}

TEST(ReplaceLink, LeavesOldOrNewWhereverItIsCut) {
  for (const auto unsynced : {CrashingFileSystem::Unsynced::Dropped, CrashingFileSystem::Unsynced::Kept}) {
    for (int step = 0;; ++step) {
      SCOPED_TRACE(step);
      CrashingFileSystem disk;
      ASSERT_TRUE(replaceLink(disk, "v1", "/current"));
      disk.cutPowerAt(step);
      const bool finished = replaceLink(disk, "v2", "/current").has_value();
      disk.restart(unsynced);
      EXPECT_THAT(disk.readLink("/current").value(), Optional(AnyOf(Path("v1"), Path("v2"))));
      if (finished) break;
    }
  }
}

// The fake would be of no use if writing in place survived a cut.
TEST(CrashingFileSystem, TearsAFileThatIsWrittenInPlace) {
  CrashingFileSystem disk;
  ASSERT_TRUE(disk.writeSynced("/f", "old", kPrivateFile));
  ASSERT_TRUE(disk.syncDirectory("/"));
  disk.cutPowerAt(0);
  EXPECT_FALSE(disk.writeSynced("/f", "newest", kPrivateFile));
  disk.restart(CrashingFileSystem::Unsynced::Dropped);
  EXPECT_THAT(disk.read("/f").value(), Optional(std::string("new")));
}

TEST(CrashingFileSystem, ForgetsARenameThatWasNotSynced) {
  CrashingFileSystem disk;
  ASSERT_TRUE(disk.writeSynced("/a", "x", kPrivateFile));
  ASSERT_TRUE(disk.syncDirectory("/"));
  ASSERT_TRUE(disk.rename("/a", "/b"));
  disk.cutPowerAt(0);
  EXPECT_FALSE(disk.remove("/none"));
  disk.restart(CrashingFileSystem::Unsynced::Dropped);
  EXPECT_TRUE(disk.read("/a").value());
  EXPECT_FALSE(disk.read("/b").value());
}

TEST(CrashingFileSystem, BehavesLikeADisk) {
  CrashingFileSystem disk;
  ASSERT_TRUE(disk.makeDirectories("/d/v1", kPrivateDirectory));
  ASSERT_TRUE(disk.writeSynced("/d/v1/f", "x", kPrivateFile));
  ASSERT_TRUE(disk.makeLink("v1", "/d/current"));
  EXPECT_THAT(disk.read("/d/current/f").value(), Optional(std::string("x")));
  EXPECT_THAT(disk.list("/d").value(), ElementsAre("current", "v1"));
  EXPECT_FALSE(disk.writeSynced("/none/f", "x", kPrivateFile));
  const auto lock = disk.tryLock("/d/lock");
  ASSERT_TRUE(lock && *lock);
  EXPECT_EQ(disk.tryLock("/d/lock").value(), nullptr);
}

}  // namespace
}  // namespace sidecert
