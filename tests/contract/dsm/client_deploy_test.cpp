// Deploying with our client against the emulator, in each age of DSM.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client_fixture.h"

namespace sidecert::dsm {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

class DsmClientDeploys : public DsmClient {};

TEST_P(DsmClientDeploys, ReplacesInPlaceKeepsTheServicesAndProvesIt) {
  const auto done = succeed();
  EXPECT_EQ(done.proof, Proof::Served) << done.proof_detail;
  EXPECT_EQ(done.certificate_id, id);
  EXPECT_EQ(dsm.entry(id)->sha256, material.leaf.sha256());
  EXPECT_EQ(dsm.defaultId(), id);
  EXPECT_EQ(dsm.servedSha256(), material.leaf.sha256());
  EXPECT_THAT(dsm.entry(id)->services, Contains("system/default"));
  EXPECT_EQ(dsm.openSessions(), 0U);
}

TEST_P(DsmClientDeploys, ImportsAnUnchangedCertificateOnce) {
  for (int restart = 0; restart < 5; ++restart) succeed();
  EXPECT_EQ(dsm.imports().size(), 1U);
}

TEST_P(DsmClientDeploys, MakesANewCertificateAndMovesTheServicesAskedFor) {
  nas.certificate = "brand new";
  nas.create = true;
  nas.services = {"default"};
  const auto done = succeed();
  EXPECT_TRUE(done.created);
  EXPECT_THAT(done.moved, ::testing::SizeIs(1));
  EXPECT_THAT(dsm.entry(done.certificate_id)->services, ::testing::ElementsAre("system/default"));
  EXPECT_EQ(done.proof, Proof::Served) << done.proof_detail;
  EXPECT_EQ(dsm.servedSha256(), material.leaf.sha256());
}

TEST_P(DsmClientDeploys, MakesNoSecondCertificateWhenItsStateIsLost) {
  nas.certificate = "brand new";
  nas.create = true;
  succeed();
  const auto count = dsm.entries().size();
  state = {};
  EXPECT_FALSE(succeed().imported);
  EXPECT_EQ(dsm.entries().size(), count);
}

TEST_P(DsmClientDeploys, LeavesOddEntriesAsTheyAre) {
  dsm.addOddCertificates();
  const auto before = dsm.entries();
  succeed();
  for (const auto& entry : before) {
    if (entry.id == id) continue;
    EXPECT_EQ(dsm.entry(entry.id)->sha256, entry.sha256) << entry.description;
  }
}

TEST_P(DsmClientDeploys, KeepsTheDefaultWhereDsmWouldForgetIt) {
  dsm.change([](auto& behaviour) { behaviour.replacing_default_demotes = true; });
  succeed();
  EXPECT_EQ(dsm.defaultId(), id);
}

TEST_P(DsmClientDeploys, FindsTheEntryWhenDsmTellsNoId) {
  dsm.change([](auto& behaviour) { behaviour.import_answers_id = false; });
  nas.certificate = "brand new";
  nas.create = true;
  EXPECT_FALSE(succeed().certificate_id.empty());
}

INSTANTIATE_FOR_EVERY_AGE(DsmClientDeploys);

}  // namespace
}  // namespace sidecert::dsm
