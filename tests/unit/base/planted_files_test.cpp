// What others may put into the folders this program reads and writes: links that lead elsewhere, pipes nobody writes to,
// devices and files without end. The program often runs as root; the folder often does not belong to it alone.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/file_system.h"
#include "support/temp_directory.h"

namespace sidecert {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Optional;

class PlantedFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(data_);
    std::filesystem::create_directories(elsewhere_);
    std::ofstream(elsewhere_ / "victim") << "precious";
  }
  [[nodiscard]] std::string victim() const {
    std::ifstream in(elsewhere_ / "victim");
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void link(const Path& target, const Path& at) const { std::filesystem::create_symlink(target, at); }

  testing::TempDirectory directory_;
  const Path data_ = directory_ / "data";
  const Path elsewhere_ = directory_ / "elsewhere";
  PosixFileSystem files_{data_};
  PosixFileSystem unguarded_;
};

TEST_F(PlantedFiles, ALinkAtADraftIsReplacedAndWhatItNamesIsLeftAlone) {
  for (FileSystem* files : {static_cast<FileSystem*>(&files_), static_cast<FileSystem*>(&unguarded_)}) {
    link(elsewhere_ / "victim", data_ / "ledger.json.new");
    ASSERT_TRUE(replaceFile(*files, data_ / "ledger.json", "ours", kPrivateFile));
    EXPECT_EQ(victim(), "precious");
    EXPECT_THAT(files->read(data_ / "ledger.json").value(), Optional(std::string("ours")));
    EXPECT_TRUE(std::filesystem::is_regular_file(std::filesystem::symlink_status(data_ / "ledger.json")));
  }
}

TEST_F(PlantedFiles, AHardLinkAtADraftIsReplacedToo) {
  std::filesystem::create_hard_link(elsewhere_ / "victim", data_ / "f.new");
  ASSERT_TRUE(replaceFile(files_, data_ / "f", "ours", kPrivateFile));
  EXPECT_EQ(victim(), "precious");
}

TEST_F(PlantedFiles, ADanglingLinkMakesNoFileElsewhere) {
  link(elsewhere_ / "made", data_ / ".write-test");
  link(elsewhere_ / "made", data_ / "lock");
  EXPECT_TRUE(files_.writeSynced(data_ / ".write-test", "x", kPrivateFile));
  const auto lock = files_.tryLock(data_ / "lock");
  ASSERT_FALSE(lock);
  EXPECT_THAT(lock.error().hint, HasSubstr("a link stands there"));
  EXPECT_FALSE(std::filesystem::exists(elsewhere_ / "made"));
}

TEST_F(PlantedFiles, AFolderThatIsALinkIsNotEntered) {
  link(elsewhere_, data_ / "nas");
  for (const auto& result :
       {files_.writeSynced(data_ / "nas" / "victim", "x", kPrivateFile),
        files_.makeDirectories(data_ / "nas" / "deep", kPrivateDirectory),
        files_.makeDirectories(data_ / "nas", kPrivateDirectory), files_.remove(data_ / "nas" / "victim"),
        files_.rename(data_ / "nas" / "victim", data_ / "mine"), files_.makeLink("victim", data_ / "nas" / "link"),
        files_.syncDirectory(data_ / "nas")}) {
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error().hint, HasSubstr("a link stands there"));
  }
  EXPECT_FALSE(files_.read(data_ / "nas" / "victim"));
  EXPECT_FALSE(files_.list(data_ / "nas"));
  EXPECT_FALSE(files_.readLink(data_ / "nas" / "victim"));
  EXPECT_EQ(victim(), "precious");
  EXPECT_THAT(unguarded_.list(elsewhere_).value(), ElementsAre("victim"));
}

TEST_F(PlantedFiles, AFileThatIsALinkIsNotRead) {
  link(elsewhere_ / "victim", data_ / "account.json");
  const auto read = files_.read(data_ / "account.json");
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().hint, HasSubstr("a link stands there"));
}

TEST_F(PlantedFiles, DotsLeadNowhereElse) {
  link(elsewhere_, data_ / "nas");
  ASSERT_TRUE(files_.makeDirectories(data_ / "sub", kPrivateDirectory));
  EXPECT_TRUE(files_.writeSynced(data_ / "nas" / ".." / "f", "x", kPrivateFile));
  EXPECT_TRUE(std::filesystem::exists(data_ / "f"));
}

// The owner's own arrangement: /data may be a link, and a certbot folder is full of them.
TEST_F(PlantedFiles, LinksThatLeadToTheFolderOrLieOutsideOfItAreFollowed) {
  link(data_, directory_ / "alias");
  PosixFileSystem files(directory_ / "alias/");
  ASSERT_TRUE(files.makeDirectories(directory_ / "alias" / "a" / "b", kPublicDirectory));
  ASSERT_TRUE(files.writeSynced(directory_ / "alias" / "f", "x", kPrivateFile));
  EXPECT_THAT(files.list(directory_ / "alias").value(), ElementsAre("a", "f"));
  EXPECT_TRUE(files.syncDirectory(directory_ / "alias"));
  link("victim", elsewhere_ / "live");
  EXPECT_THAT(files.read(elsewhere_ / "live").value(), Optional(std::string("precious")));
}

TEST_F(PlantedFiles, APipeADeviceAndASocketAreNamedAtOnce) {
  ASSERT_EQ(::mkfifo((data_ / "pipe").c_str(), 0600), 0);
  for (const Path& path : {data_ / "pipe", Path("/dev/zero")}) {
    const auto read = unguarded_.read(path);
    ASSERT_FALSE(read);
    EXPECT_THAT(read.error().what, HasSubstr(path.string()));
    EXPECT_THAT(read.error().what, HasSubstr("not a file"));
  }
  EXPECT_FALSE(files_.tryLock(data_ / "pipe"));
}

TEST_F(PlantedFiles, AFileLargerThanAnyOfOursIsNotRead) {
  std::ofstream(data_ / "huge") << "x";
  std::filesystem::resize_file(data_ / "huge", 1ULL << 40U);
  std::ofstream(data_ / "most") << std::string(kLargestFile, 'x');
  const auto read = files_.read(data_ / "huge");
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().what, HasSubstr("File too large"));
  EXPECT_EQ(files_.read(data_ / "most").value()->size(), kLargestFile);
}

TEST_F(PlantedFiles, AFolderWithEndlessNamesIsNotListed) {
  for (std::size_t i = 0; i <= kMostNames; ++i) ::close(::creat((data_ / std::to_string(i)).c_str(), 0600));
  const auto names = files_.list(data_);
  ASSERT_FALSE(names);
  EXPECT_THAT(names.error().hint, HasSubstr("more names"));
}

TEST_F(PlantedFiles, RemovingStopsAtLinksHoweverDeepTheyLie) {
  ASSERT_TRUE(files_.makeDirectories(data_ / "v" / "deep" / "er", kPrivateDirectory));
  link(elsewhere_, data_ / "v" / "deep" / "out");
  ASSERT_EQ(::mkfifo((data_ / "v" / "deep" / "pipe").c_str(), 0600), 0);
  ASSERT_TRUE(files_.remove(data_ / "v"));
  EXPECT_THAT(files_.list(data_).value(), IsEmpty());
  EXPECT_EQ(victim(), "precious");
}

}  // namespace
}  // namespace sidecert
