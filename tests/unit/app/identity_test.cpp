// By what a certificate and a NAS are found again.
#include "app/plan/identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/memory/nas_memory.h"
#include "app/memory/older_folders.h"
#include "support/crashing_file_system.h"
#include "support/manual_clock.h"
#include "support/memory_log.h"
#include "support/scripted_http.h"

namespace sidecert::app {
namespace {

using ::testing::ElementsAre;

config::CertificateSettings wanted(std::vector<std::string> names, std::string label = {}) {
  config::CertificateSettings one;
  one.label = std::move(label);
  one.names = std::move(names);
  return one;
}

TEST(FoldersOf, ANewCertificateIsCalledByItsFirstName) {
  EXPECT_THAT(foldersOf({wanted({"*.home.example", "home.example"})}, {}), ElementsAre("_.home.example"));
}

TEST(FoldersOf, AnotherOrderOfTheNamesFindsTheFolder) {
  EXPECT_THAT(foldersOf({wanted({"b.example", "a.example"})}, {{.title = "a.example", .names = {"a.example", "b.example"}}}),
              ElementsAre("a.example"));
}

TEST(FoldersOf, ALabelFindsTheFolderWhateverTheNames) {
  EXPECT_THAT(
      foldersOf({wanted({"new.example"}, "HOME")}, {{.title = "new.example", .label = "SHOP", .names = {"new.example"}},
                                                    {.title = "old.example", .label = "HOME", .names = {"old.example"}}}),
      ElementsAre("old.example"));
}

TEST(FoldersOf, ChangedNamesWithoutALabelFindTheFolderTheyShareMostWith) {
  EXPECT_THAT(foldersOf({wanted({"c.example", "a.example", "b.example"})},
                        {{.title = "z.example", .names = {"z.example", "a.example"}},
                         {.title = "x.example", .names = {"a.example", "b.example"}}}),
              ElementsAre("x.example"));
}

TEST(FoldersOf, NoFolderIsGivenTwice) {
  EXPECT_THAT(foldersOf({wanted({"a.example"}, "ONE"), wanted({"a.example", "b.example"}, "TWO")},
                        {{.title = "a.example", .names = {"a.example", "b.example"}}}),
              ElementsAre("a.example-2", "a.example"));
}

TEST(FoldersOf, AFolderOfAnotherLabelIsNotTaken) {
  EXPECT_THAT(foldersOf({wanted({"a.example"}, "NEW")}, {{.title = "a.example", .label = "OLD", .names = {"a.example"}}}),
              ElementsAre("a.example-2"));
}

class NasIdentity : public ::testing::Test {
 protected:
  Ports ports() { return {clock_, http_, disk_, Log(log_), {}}; }
  static config::NasSettings nas(std::string label, std::string host) {
    config::NasSettings one;
    one.label = std::move(label);
    one.host = std::move(host);
    return one;
  }
  Result<> bring(const config::NasSettings& nas) {
    config::CertificateSettings certificate = wanted({"home.example"});
    certificate.targets = {nas};
    config::Settings settings;
    settings.certificates = {certificate};
    return bringUpToDate(memory_, settings);
  }
  void learn(const config::NasSettings& nas) {
    auto state = loadTargetState(memory_, "home.example", nas);
    ASSERT_TRUE(state);
    state->device_token = Secret("token");
    state->certificate_id = "abc";
    ASSERT_TRUE(state->writeDown());
  }
  void expectKnown(const config::NasSettings& nas) {
    const auto state = loadTargetState(memory_, "home.example", nas);
    ASSERT_TRUE(state);
    EXPECT_EQ(state->device_token.reveal(), "token");
    EXPECT_EQ(state->certificate_id, "abc");
  }

  testing::ManualClock clock_;
  testing::ScriptedHttp http_;
  testing::MemoryLog log_;
  testing::CrashingFileSystem disk_;
  Memory memory_ = memoryIn("/data", ports());
};

TEST_F(NasIdentity, ALabelledNasKeepsTokenAndEntryUnderAnotherHostName) {
  learn(nas("ATTIC", "attic.lan"));
  expectKnown(nas("ATTIC", "10.0.0.7"));
}

TEST_F(NasIdentity, ANasThatIsGivenALabelIsStillTheSame) {
  learn(nas("", "attic.lan"));
  ASSERT_TRUE(bring(nas("ATTIC", "attic.lan")));
  expectKnown(nas("ATTIC", "attic.lan"));
}

TEST_F(NasIdentity, WhatIsKeptOfItIsOneDocument) {
  learn(nas("", "attic.lan"));
  ASSERT_TRUE(saveTarget(memory_, "home.example", "attic.lan:5000", {.sha256 = "abcd", .attempts = {}}));
  EXPECT_THAT(memory_.store->list("").value(), ElementsAre("nas/attic.lan_5000"));
  EXPECT_EQ(loadTargets(memory_, "home.example").value().at("attic.lan:5000").sha256, "abcd");
}

TEST_F(NasIdentity, WhateverIsCutWhileItIsMovedItIsThereAfterwards) {
  for (int step = 0;; ++step) {
    ASSERT_LT(step, 1000);
    ASSERT_TRUE(disk_.remove("/data"));
    learn(nas("", "attic.lan"));
    disk_.cutPowerAt(step);
    const bool finished = bring(nas("ATTIC", "attic.lan")).has_value();
    disk_.restart(testing::CrashingFileSystem::Unsynced::Dropped);
    ASSERT_TRUE(bring(nas("ATTIC", "attic.lan")));
    expectKnown(nas("ATTIC", "attic.lan"));
    if (finished) break;
  }
}

}  // namespace
}  // namespace sidecert::app
