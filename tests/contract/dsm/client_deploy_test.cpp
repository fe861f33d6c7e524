// The DSM client over real sockets against the emulator, in each age of DSM.
#include <gmock/gmock.h>

#include "base/poco_http.h"
#include "dsm/deployment.h"
#include "dsm/inspection.h"
#include "support/dsm_emulator.h"
#include "support/manual_clock.h"
#include "support/memory_log.h"
#include "support/test_ca.h"

namespace sidecert::dsm {
namespace {

using ::testing::Contains;
using testing::DsmDisturbance;
using testing::DsmEmulator;
using testing::DsmOutage;
using testing::DsmVersion;
using ::testing::HasSubstr;

class DsmClient : public ::testing::TestWithParam<DsmVersion> {
 protected:
  DsmClient() {
    nas.host = dsm.address();
    nas.scheme = "https";
    nas.port = dsm.httpsPort();
    nas.username = "sidecert";
    nas.password = Secret("correct-horse-7");
    nas.certificate = "home";
    testing::DsmCertificateSpec old;
    old.description = "home";
    old.as_default = true;
    const std::string built_in = dsm.defaultId();
    id = dsm.addCertificate(old);
    dsm.removeCertificate(built_in);  // its services go to the default
  }

  testing::DsmOptions options() {
    testing::DsmOptions chosen;
    chosen.version = GetParam();
    chosen.now = [this] { return std::chrono::floor<std::chrono::seconds>(clock.now()); };
    return chosen;
  }
  Material issue() {
    const auto made = ca.issue({.names = {"home.example", "*.home.example"}, .key_type = crypto::KeyType::Rsa2048});
    return {.leaf = made.certificate, .leaf_pem = made.pem, .chain_pem = made.chain, .key_pem = Secret(made.key_pem)};
  }
  Ports ports() { return {clock, *http, files, Log(log), {}}; }
  Result<Deployment> run() { return deploy(nas, state, material, ports()); }
  /// A deployment that must succeed; the log tells why it did not.
  Deployment succeed() {
    auto done = run();
    EXPECT_TRUE(done) << describe(done.error()) << "\n" << log.text();
    return done ? *done : Deployment{};
  }
  void disturbImport(DsmDisturbance::How how, bool after_effect, int outage = 0) {
    DsmDisturbance disturbance;
    disturbance.api = "SYNO.Core.Certificate";
    disturbance.method = "import";
    disturbance.how = how;
    disturbance.after_effect = after_effect;
    disturbance.outage_requests = outage;
    disturbance.ends_sessions = after_effect;
    dsm.disturb(disturbance);
  }

  testing::ManualClock clock{std::chrono::floor<Duration>(std::chrono::system_clock::now())};
  DsmEmulator dsm{options()};
  testing::MemoryLog log;
  PosixFileSystem files;
  std::unique_ptr<HttpTransport> http =
      makePocoHttp({.user_agent = "test", .trust_files = {}, .https_proxy = {}, .http_proxy = {}, .no_proxy = {}}, Log(log))
          .value();
  testing::TestCa ca = testing::TestCa().intermediate();
  Material material = issue();
  config::NasSettings nas;
  TargetState state;
  std::string id;
};

TEST_P(DsmClient, ReplacesInPlaceKeepsTheServicesAndProvesIt) {
  const auto done = succeed();
  EXPECT_EQ(done.proof, Proof::Served) << done.proof_detail;
  EXPECT_EQ(done.certificate_id, id);
  EXPECT_EQ(dsm.entry(id)->sha256, material.leaf.sha256());
  EXPECT_EQ(dsm.defaultId(), id);
  EXPECT_EQ(dsm.servedSha256(), material.leaf.sha256());
  EXPECT_THAT(dsm.entry(id)->services, Contains("system/default"));
  EXPECT_EQ(dsm.openSessions(), 0U);
}

TEST_P(DsmClient, ImportsAnUnchangedCertificateOnce) {
  for (int restart = 0; restart < 5; ++restart) succeed();
  EXPECT_EQ(dsm.imports().size(), 1U);
}

TEST_P(DsmClient, AdoptsTheRedirectToHttps) {
  dsm.change([](auto& behaviour) { behaviour.redirect_to_https = true; });
  nas.scheme = "http";
  nas.port = dsm.httpPort();
  EXPECT_EQ(succeed().proof, Proof::Served);
}

TEST_P(DsmClient, RefusesARedirectToAnotherHost) {
  dsm.change([](auto& behaviour) {
    behaviour.redirect_to_https = true;
    behaviour.redirect_host = "elsewhere.example";
  });
  nas.scheme = "http";
  nas.port = dsm.httpPort();
  EXPECT_FALSE(run());
  EXPECT_EQ(dsm.logins(), 0U);
}

TEST_P(DsmClient, TriesAWrongPasswordExactlyOnce) {
  nas.password = Secret("wrong");
  EXPECT_FALSE(run());
  EXPECT_FALSE(run());
  EXPECT_EQ(dsm.logins(), 1U);
  EXPECT_EQ(dsm.openSessions(), 0U);
}

TEST_P(DsmClient, LogsInWithATotpSecretAgainAndAgain) {
  dsm.changeAccount("sidecert", [](auto& account) { account.totp_secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"; });
  nas.totp_secret = Secret("JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP");
  succeed();
  succeed();
  EXPECT_EQ(dsm.logins(), 2U);
}

TEST_P(DsmClient, TurnsAOneTimeCodeIntoADeviceToken) {
  dsm.changeAccount("sidecert", [](auto& account) { account.totp_secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"; });
  nas.otp_code = Secret(dsm.otpCode("sidecert"));
  succeed();
  ASSERT_FALSE(state.device_token.empty());
  for (int week = 0; week < 8; ++week) {
    clock.advance(std::chrono::days(7));
    ASSERT_TRUE(keepAlive(nas, state, &material.leaf, ports())) << week;
  }
  dsm.forgetDevices();
  const auto dead = keepAlive(nas, state, &material.leaf, ports());
  ASSERT_FALSE(dead);
  EXPECT_THAT(dead.error().what, HasSubstr("403"));
}

TEST_P(DsmClient, NeverImportsTwiceWhenTheAnswerIsLostAfterTheImport) {
  disturbImport(DsmDisturbance::How::Drop, true, 3);
  EXPECT_EQ(succeed().proof, Proof::Served);
  EXPECT_EQ(dsm.importsDone(), 1U);
  EXPECT_EQ(dsm.count("SYNO.Core.Certificate", "import"), 1U);
}

TEST_P(DsmClient, ImportsExactlyOnceMoreWhenTheAnswerIsLostBeforeTheImport) {
  disturbImport(DsmDisturbance::How::BadGateway, false);
  EXPECT_EQ(succeed().proof, Proof::Served);
  EXPECT_EQ(dsm.importsDone(), 1U);
  EXPECT_EQ(dsm.count("SYNO.Core.Certificate", "import"), 2U);
}

TEST_P(DsmClient, MakesANewCertificateAndMovesTheServicesAskedFor) {
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

TEST_P(DsmClient, MakesNoSecondCertificateWhenItsStateIsLost) {
  nas.certificate = "brand new";
  nas.create = true;
  succeed();
  const auto count = dsm.entries().size();
  state = {};
  EXPECT_FALSE(succeed().imported);
  EXPECT_EQ(dsm.entries().size(), count);
}

TEST_P(DsmClient, LeavesOddEntriesAsTheyAre) {
  dsm.addOddCertificates();
  const auto before = dsm.entries();
  succeed();
  for (const auto& entry : before) {
    if (entry.id == id) continue;
    EXPECT_EQ(dsm.entry(entry.id)->sha256, entry.sha256) << entry.description;
  }
}

TEST_P(DsmClient, KeepsTheDefaultWhereDsmWouldForgetIt) {
  dsm.change([](auto& behaviour) { behaviour.replacing_default_demotes = true; });
  succeed();
  EXPECT_EQ(dsm.defaultId(), id);
}

TEST_P(DsmClient, FindsTheEntryWhenDsmTellsNoId) {
  dsm.change([](auto& behaviour) { behaviour.import_answers_id = false; });
  nas.certificate = "brand new";
  nas.create = true;
  EXPECT_FALSE(succeed().certificate_id.empty());
}

TEST_P(DsmClient, TellsANonAdministratorWhichBoxToTick) {
  dsm.changeAccount("sidecert", [](auto& account) { account.administrator = false; });
  const auto done = run();
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().hint, HasSubstr("administrators"));
  EXPECT_EQ(dsm.openSessions(), 0U);
}

TEST_P(DsmClient, GivesUpOnADsmThatStaysDownAndCountsNoLogin) {
  dsm.startOutage(DsmOutage::BadGateway);
  EXPECT_FALSE(run());
  EXPECT_EQ(dsm.logins(), 0U);
  dsm.endOutage();
  succeed();
}

INSTANTIATE_TEST_SUITE_P(Ages, DsmClient, ::testing::Values(DsmVersion::Dsm62, DsmVersion::Dsm72, DsmVersion::Dsm74),
                         [](const auto& age) {
                           return age.param == DsmVersion::Dsm62   ? "Dsm62"
                                  : age.param == DsmVersion::Dsm72 ? "Dsm72"
                                                                   : "Dsm74";
                         });

}  // namespace
}  // namespace sidecert::dsm
