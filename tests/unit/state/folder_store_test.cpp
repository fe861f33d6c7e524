// The data folder as a store.
#include "state/folder_store.h"

#include <sys/wait.h>
#include <unistd.h>

#include "support/crashing_file_system.h"
#include "support/manual_clock.h"
#include "support/memory_log.h"
#include "support/scripted_http.h"
#include "support/temp_directory.h"
#include "unit/state/store_contract.h"

namespace sidecert::state {
namespace {

using sidecert::testing::CrashingFileSystem;

class FolderMedium {
 public:
  Store& store() { return store_; }
  std::unique_ptr<Store> another() { return std::make_unique<FolderStore>("/data", ports()); }
  void cutPowerAt(int step) { disk_.cutPowerAt(step); }
  void restart(bool keeps) {
    disk_.restart(keeps ? CrashingFileSystem::Unsynced::Kept : CrashingFileSystem::Unsynced::Dropped);
  }
  void damage(const std::string& key) { replace(key, "{\"half\":"); }
  void makeNewer(const std::string& key) { replace(key, R"({"schema": 99})"); }
  CrashingFileSystem& disk() { return disk_; }

 private:
  Ports ports() { return {clock_, http_, disk_, Log(log_), {}}; }
  void replace(const std::string& key, std::string_view bytes) {
    ASSERT_TRUE(disk_.writeSynced("/data/" + key + ".json", bytes, kPrivateFile));
  }
  sidecert::testing::ManualClock clock_;
  sidecert::testing::ScriptedHttp http_;
  sidecert::testing::MemoryLog log_;
  CrashingFileSystem disk_;
  FolderStore store_{"/data", ports()};
};

INSTANTIATE_TYPED_TEST_SUITE_P(Folder, StoreContract, FolderMedium);

TEST(FolderStore, SetsADamagedFileAsideAndNeverDeletesIt) {
  FolderMedium medium;
  ASSERT_TRUE(write(medium.store(), "x", Json::object()));
  medium.damage("x");
  ASSERT_TRUE(write(medium.store(), "x", Json::object()));
  const auto names = medium.disk().list("/data");
  ASSERT_TRUE(names);
  EXPECT_THAT(*names, ::testing::Contains(::testing::HasSubstr("x.json.unreadable-")));
  EXPECT_THAT(medium.store().list("").value(), ::testing::ElementsAre("x"));
}

TEST(FolderStore, ADocumentNestedWithoutEndIsADamagedOne) {
  FolderMedium medium;
  ASSERT_TRUE(medium.disk().makeDirectories("/data", kPrivateDirectory));
  const std::string deep = R"({"a":)" + std::string(200'000, '[') + std::string(200'000, ']') + "}";
  ASSERT_TRUE(medium.disk().writeSynced("/data/x.json", deep, kPrivateFile));
  const auto body = read(medium.store(), "x");
  ASSERT_TRUE(body);
  EXPECT_FALSE(*body);
}

// A file such as .DS_Store in certificates/ made every look at the folder fail.
TEST(FolderStore, WhatIsNotOursBreaksNothing) {
  FolderMedium medium;
  ASSERT_TRUE(write(medium.store(), "certificates/home/record", Json::object()));
  ASSERT_TRUE(medium.disk().writeSynced("/data/certificates/.DS_Store", "Bud1", kPrivateFile));
  ASSERT_TRUE(medium.disk().writeSynced("/data/certificates/notes.txt", "mine", kPrivateFile));
  ASSERT_TRUE(medium.disk().makeDirectories("/data/certificates/@eaDir", kPrivateDirectory));
  EXPECT_THAT(medium.store().list("certificates").value(), ::testing::ElementsAre("certificates/home/record"));
}

// Two real processes count in one document; each waits for nobody and loses nothing.
TEST(FolderStore, TwoProcessesLoseNothingOfEachOther) {
  constexpr int kEach = 50;
  const sidecert::testing::TempDirectory folder;
  const auto count = [&] {
    SystemClock clock;
    sidecert::testing::ScriptedHttp http;
    sidecert::testing::MemoryLog log;
    PosixFileSystem files;
    FolderStore store(folder.path(), {clock, http, files, Log(log), {}});
    for (int done = 0; done < kEach;) {
      const auto seen = store.get("count");
      if (!seen) return 1;
      const int before = *seen ? (*seen)->body.value("number", 0) : 0;
      const auto put = store.put("count", Json{{"number", before + 1}}, *seen ? (*seen)->revision : "");
      if (put) {
        ++done;
      } else if (put.error().code != ErrorCode::Refused) {
        return 1;
      }
    }
    return 0;
  };
  std::array<pid_t, 2> children{};
  for (pid_t& child : children) {
    child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) ::_exit(count());
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  SystemClock clock;
  sidecert::testing::ScriptedHttp http;
  sidecert::testing::MemoryLog log;
  PosixFileSystem files;
  FolderStore store(folder.path(), {clock, http, files, Log(log), {}});
  EXPECT_EQ(store.get("count").value()->body["number"], 2 * kEach);
}

}  // namespace
}  // namespace sidecert::state
