// What may become of an import, and what our client makes of it, in each age of DSM: how often it was sent, how often it
// happened, and that no second entry was made.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client_fixture.h"

namespace sidecert::dsm {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using How = DsmDisturbance::How;

struct Cut {
  const char* name;
  How how;
  int code = 0;
};

constexpr Cut kCuts[] = {{"ConnectionLost", How::Drop},
                         {"BadGateway", How::BadGateway},
                         {"GatewayTimeout", How::GatewayTimeout},
                         {"SessionTimedOut", How::Code, 106},
                         {"SessionUnknown", How::Code, 119}};

class DsmClientAfterImport : public DsmClient {
 protected:
  void cut(const Cut& cut, bool after_effect, int outage_requests = 0) {
    dsm.disturb({.api = "SYNO.Core.Certificate",
                 .method = "import",
                 .how = cut.how,
                 .code = cut.code,
                 .after_effect = after_effect,
                 .outage_requests = outage_requests,
                 .ends_sessions = after_effect});
  }
  std::size_t sent() { return dsm.count("SYNO.Core.Certificate", "import"); }
};

TEST_P(DsmClientAfterImport, ASuccessIsListedServedAndSentOnce) {
  EXPECT_EQ(succeed().proof, Proof::Served);
  EXPECT_EQ(sent(), 1U);
}

TEST_P(DsmClientAfterImport, AnAnswerLostAfterTheEffectIsNeverASecondImport) {
  for (const Cut& each : kCuts) {
    if (each.how == How::Code) continue;  // a refusal has no effect in DSM
    material = issue();
    dsm.forgetCalls();
    cut(each, true, 3);
    EXPECT_EQ(succeed().proof, Proof::Served) << each.name;
    EXPECT_EQ(sent(), 1U) << each.name;
    EXPECT_EQ(dsm.entry(id)->sha256, material.leaf.sha256()) << each.name;
  }
}

TEST_P(DsmClientAfterImport, AnAnswerLostBeforeTheEffectIsExactlyOneMoreImport) {
  for (const Cut& each : kCuts) {
    material = issue();
    dsm.forgetCalls();
    cut(each, false);
    EXPECT_EQ(succeed().proof, Proof::Served) << each.name;
    EXPECT_EQ(sent(), 2U) << each.name;
    EXPECT_EQ(dsm.importsDone(), 1U) << each.name;
  }
}

TEST_P(DsmClientAfterImport, ALostAnswerToACreationMakesNoSecondEntry) {
  nas.certificate = "brand new";
  nas.create = true;
  const auto before = dsm.entries().size();
  cut(kCuts[0], true, 3);
  const auto done = succeed();
  EXPECT_EQ(dsm.entries().size(), before + 1);
  EXPECT_EQ(sent(), 1U);
  EXPECT_EQ(state.certificate_id, done.certificate_id);
}

TEST_P(DsmClientAfterImport, ALostAnswerToACreationThatDidNotHappenMakesOneEntry) {
  nas.certificate = "brand new";
  nas.create = true;
  const auto before = dsm.entries().size();
  cut(kCuts[1], false);
  succeed();
  EXPECT_EQ(dsm.entries().size(), before + 1);
  EXPECT_EQ(sent(), 2U);
}

TEST_P(DsmClientAfterImport, SettlingLogsInWithAFreshOneTimeCode) {
  constexpr const char* kSecret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
  dsm.changeAccount("sidecert", [](auto& account) { account.totp_secret = kSecret; });
  nas.totp_secret = Secret(kSecret);
  cut(kCuts[0], true, 2);
  succeed();
  EXPECT_EQ(dsm.logins(), 2U);
  for (const auto& call : dsm.calls()) EXPECT_NE(call.code, 404);
}

TEST_P(DsmClientAfterImport, ADsmThatStaysAwayIsNotGuessedAtAndTheNextRunLooksFirst) {
  cut(kCuts[0], true, 1'000'000);
  const auto done = run();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::AnswerLost);
  EXPECT_EQ(sent(), 1U);
  dsm.endOutage();
  EXPECT_FALSE(succeed().imported);
  EXPECT_EQ(sent(), 1U);
  EXPECT_EQ(dsm.importsDone(), 1U);
}

TEST_P(DsmClientAfterImport, AKillBetweenImportAndItsNoteIsNoSecondImport) {
  succeed();
  state = {};  // nothing was written down
  EXPECT_FALSE(succeed().imported);
  EXPECT_EQ(sent(), 1U);
}

TEST_P(DsmClientAfterImport, AnOldCertificateStillServedIsToldAndNotCalledProved) {
  dsm.change([](auto& behaviour) { behaviour.reloads_at_once = false; });
  const auto done = succeed();
  EXPECT_EQ(done.proof, Proof::NotServedYet);
  EXPECT_THAT(done.proof_detail, HasSubstr("shows another certificate"));
  dsm.reloadWebServer();
  EXPECT_EQ(succeed().proof, Proof::Served);
  EXPECT_EQ(sent(), 1U);
}

TEST_P(DsmClientAfterImport, ADsmThatNeverServesIsImportedIntoOnceMoreAndNoMore) {
  dsm.change([](auto& behaviour) { behaviour.reloads_at_once = false; });
  EXPECT_EQ(succeed().proof, Proof::NotServedYet);
  clock.advance(kRepairAfter);
  EXPECT_EQ(succeed().proof, Proof::NotServed);
  for (int day = 0; day < 30; ++day) {
    clock.advance(std::chrono::days(1));
    EXPECT_EQ(succeed().proof, Proof::NotServed);
  }
  EXPECT_EQ(sent(), 2U);
}

// Section 7, "semantics".

TEST_P(DsmClientAfterImport, ANewDefaultIsReportedAsItTurnedOutWhenOnlyDsmsPagesMove) {
  nas.certificate = "brand new";
  nas.create = true;
  nas.as_default = true;
  const auto done = succeed();
  EXPECT_EQ(dsm.defaultId(), done.certificate_id);
  EXPECT_EQ(done.services.size(), 1U);
}

TEST_P(DsmClientAfterImport, ANewDefaultIsReportedAsItTurnedOutWhenEveryServiceMoves) {
  dsm.change([](auto& behaviour) { behaviour.default_takes_all_services = true; });
  nas.certificate = "brand new";
  nas.create = true;
  nas.as_default = true;
  const auto done = succeed();
  EXPECT_EQ(dsm.defaultId(), done.certificate_id);
  EXPECT_GT(done.services.size(), 1U);
  EXPECT_EQ(done.services.size(), dsm.entry(done.certificate_id)->services.size());
}

TEST_P(DsmClientAfterImport, WhatIsNotTheDefaultDoesNotBecomeItByReplacing) {
  const auto other = dsm.addCertificate({.description = "other", .as_default = true});
  succeed();
  EXPECT_EQ(dsm.defaultId(), other);
  EXPECT_FALSE(dsm.imports().back().text("as_default"));
}

TEST_P(DsmClientAfterImport, TheDescriptionIsSentAgainSoThatItStays) {
  succeed();
  EXPECT_EQ(dsm.entry(id)->description, "home");
}

TEST_P(DsmClientAfterImport, TheKeyTypeMayChangeInPlaceWhereDsmTakesIt) {
  succeed();
  material = issue(crypto::KeyType::EcP256);
  const auto done = run();
  if (GetParam() == DsmVersion::Dsm62) {
    ASSERT_FALSE(done);
    EXPECT_THAT(done.error().what, HasSubstr("5529"));
    EXPECT_THAT(done.error().hint, HasSubstr("ACME_KEYLENGTH=2048"));
    return;
  }
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_EQ(done->certificate_id, id);
  EXPECT_THAT(dsm.entry(id)->services, Contains("system/default"));
  material = issue();
  EXPECT_EQ(succeed().certificate_id, id);
}

TEST_P(DsmClientAfterImport, AnEcKeyRefusedAsAnIllegalKeyIsAdviceToo) {
  material = issue(crypto::KeyType::EcP256);
  dsm.disturb({.api = "SYNO.Core.Certificate", .method = "import", .how = How::Code, .code = 5511});
  const auto done = run();
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().hint, HasSubstr("ACME_KEYLENGTH=2048"));
  EXPECT_EQ(sent(), 1U);
}

TEST_P(DsmClientAfterImport, NothingIsSentThatDsmWouldBreakOn) {
  const auto other = testing::TestCa("Stranger").intermediate("Stranger below").issue({.names = {"home.example"}});
  const auto soon = ca.issue({.names = {"home.example"}, .not_before = clock.now() + std::chrono::hours(48)});
  const auto gone = ca.issue({.names = {"home.example"}, .not_after = clock.now() - std::chrono::minutes(1)});
  const auto as = [](const testing::TestCertificate& made) {
    return Material{
        .leaf = made.certificate, .leaf_pem = made.pem, .chain_pem = made.chain, .key_pem = Secret(made.key_pem)};
  };
  Material wrong_chain = issue();
  wrong_chain.chain_pem = other.chain;
  Material wrong_key = issue();
  wrong_key.key_pem = Secret(other.key_pem);
  Material no_key = issue();
  no_key.key_pem = Secret();
  Material no_chain_at_all = issue();
  no_chain_at_all.chain_pem = "not a certificate";
  for (const Material& bad : {wrong_chain, wrong_key, no_key, no_chain_at_all, as(soon), as(gone)}) {
    material = bad;
    EXPECT_FALSE(run());
  }
  EXPECT_TRUE(dsm.calls().empty());
}

INSTANTIATE_FOR_EVERY_AGE(DsmClientAfterImport);

}  // namespace
}  // namespace sidecert::dsm
