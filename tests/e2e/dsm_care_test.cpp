// What goes on after the first deployment: drift, several NAS, files that change, and an answer lost in the worst moment.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thread>

#include "dsm_world.h"
#include "support/free_address.h"

namespace sidecert::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class DsmCare : public DsmWorld {
 protected:
  /// Whether it became true within a time that is generous on a busy machine.
  template <class Condition>
  static bool becomes(Condition true_now) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(90);
    while (!true_now()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return true;
  }
};

TEST_F(DsmCare, AStartSeesThatDsmForgotEverythingAndTheNextStartSeesThatAllIsWell) {
  const auto made = renew();
  DsmOptions ports;
  ports.http_port = freePort();
  ports.https_port = freePort();
  environment_["SYNO_PORT"] = std::to_string(ports.https_port);
  {
    const DsmEmulator first(ports);
    ASSERT_EQ(sidecert().code, 0);
    EXPECT_EQ(first.servedSha256(), made.certificate.sha256());
  }
  const DsmEmulator second(ports);
  const Run back = sidecert();
  EXPECT_EQ(back.code, 0) << back.output;
  EXPECT_THAT(back.output, HasSubstr("no longer shows the certificate"));
  EXPECT_EQ(second.servedSha256(), made.certificate.sha256());
  EXPECT_EQ(second.importsDone(), 1U);
  const auto calls = second.calls().size();
  EXPECT_EQ(sidecert().code, 0);
  EXPECT_EQ(second.calls().size(), calls);
}

TEST_F(DsmCare, ACertificateReplacedByHandIsBroughtBack) {
  const auto made = renew();
  ASSERT_EQ(sidecert().code, 0);
  dsm_.removeCertificate(entryCalled("home").id);  // its services go back to the built-in one
  EXPECT_NE(dsm_.servedSha256(), made.certificate.sha256());
  EXPECT_EQ(sidecert().code, 0);
  EXPECT_EQ(dsm_.servedSha256(), made.certificate.sha256());
}

TEST_F(DsmCare, AServiceTakenAwayByTheOwnerIsNotFoughtOver) {
  renew();
  environment_["SYNO_SERVICES"] = "keep";
  dsm_.addCertificate({.description = "home", .names = {"home.example"}, .as_default = true});
  dsm_.removeCertificate(dsm_.entries().front().id);
  ASSERT_EQ(sidecert().code, 0);
  const auto other = dsm_.addCertificate({.description = "mine now", .names = {"other.example"}});
  dsm_.assignService("system/default", other);
  for (int start = 0; start < 3; ++start) EXPECT_EQ(sidecert().code, 0);
  EXPECT_EQ(dsm_.importsDone(), 1U);
}

TEST_F(DsmCare, ALostAnswerIsSettledByTheProgramThatShips) {
  renew();
  dsm_.disturb({.api = "SYNO.Core.Certificate",
                .method = "import",
                .how = DsmDisturbance::How::BadGateway,
                .after_effect = true,
                .outage_requests = 1,
                .ends_sessions = true});
  const Run run = sidecert();
  EXPECT_EQ(run.code, 0) << run.output;
  EXPECT_EQ(dsm_.count("SYNO.Core.Certificate", "import"), 1U);
}

TEST_F(DsmCare, ANasThatIsDownDoesNotHoldUpTheOther) {
  DsmEmulator attic;
  attic.startOutage(DsmOutage::BadGateway);  // "starting": worth three minutes of patience
  for (const auto* name : {"SYNO_HOSTNAME", "SYNO_PORT"}) environment_.erase(name);
  environment_["NAS_ATTIC_SYNO_HOSTNAME"] = attic.address();
  environment_["NAS_ATTIC_SYNO_PORT"] = std::to_string(attic.httpsPort());
  environment_["NAS_CELLAR_SYNO_HOSTNAME"] = dsm_.address();
  environment_["NAS_CELLAR_SYNO_PORT"] = std::to_string(dsm_.httpsPort());
  const auto made = renew();
  ChildProcess process(daemon());
  EXPECT_TRUE(becomes([&] { return dsm_.servedSha256() == made.certificate.sha256(); })) << process.output();
  EXPECT_TRUE(process.waitForLine("certificate 'home' is", std::chrono::seconds(60))) << process.output();
  process.signal(SIGTERM);
  EXPECT_EQ(process.wait(std::chrono::seconds(60)), 0) << process.output();
  const Run status = sidecert({"status", "--json"});
  EXPECT_THAT(status.output, HasSubstr("\"proof\": \"served\""));
  attic.endOutage();
  EXPECT_EQ(sidecert().code, 0);
  EXPECT_EQ(attic.servedSha256(), made.certificate.sha256());
  EXPECT_EQ(dsm_.importsDone(), 1U);
}

TEST_F(DsmCare, FilesThatChangeAreDeployedWhileItWaits) {
  const auto first = renew();
  ChildProcess process(daemon());
  ASSERT_TRUE(process.waitForLine("the next pass is at", std::chrono::seconds(90))) << process.output();
  EXPECT_EQ(dsm_.servedSha256(), first.certificate.sha256());
  const auto second = renew();
  EXPECT_TRUE(becomes([&] { return dsm_.servedSha256() == second.certificate.sha256(); })) << process.output();
  process.signal(SIGTERM);
  EXPECT_EQ(process.wait(std::chrono::seconds(60)), 0) << process.output();
  EXPECT_EQ(dsm_.importsDone(), 2U);
}

TEST_F(DsmCare, FilesHalfReplacedAreLeftUntilTheOtherHalfIsThere) {
  const auto first = renew();
  ASSERT_EQ(sidecert().code, 0);
  const auto second = ca_.issue({.names = {"home.example"}, .key_type = crypto::KeyType::Rsa2048});
  std::ofstream(certs() / "cert.pem") << second.pem;
  EXPECT_EQ(sidecert().code, 0);
  EXPECT_EQ(dsm_.importsDone(), 1U);
  EXPECT_EQ(dsm_.servedSha256(), first.certificate.sha256());
  write(second);
  EXPECT_EQ(sidecert().code, 0);
  EXPECT_EQ(dsm_.servedSha256(), second.certificate.sha256());
}

TEST_F(DsmCare, AnEmptyFolderIsToldWithItsVariable) {
  const Run run = sidecert();
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.output, HasSubstr("DEPLOY_FROM"));
  EXPECT_TRUE(dsm_.calls().empty());
}

TEST_F(DsmCare, AWindowThatIsShutHoldsTheImportAndSaysUntilWhen) {
  renew();
  // Two minutes, twelve hours from now: shut whenever this test runs.
  const auto at = std::chrono::floor<std::chrono::minutes>(std::chrono::system_clock::now()) + std::chrono::hours(12);
  const auto minute = static_cast<int>((at - std::chrono::floor<std::chrono::days>(at)).count());
  const auto clock = [](int value) {
    const std::string text = std::to_string(value % 1440 / 60 * 100 + value % 60);
    const std::string padded = std::string(4 - text.size(), '0') + text;
    return padded.substr(0, 2) + ":" + padded.substr(2);
  };
  environment_["SYNO_DEPLOY_WINDOW"] = clock(minute) + "-" + clock(minute + 2);
  const Run run = sidecert();
  EXPECT_EQ(run.code, 0) << run.output;
  EXPECT_TRUE(dsm_.calls().empty());
  EXPECT_EQ(sidecert({"health"}).code, 0);
  EXPECT_EQ(sidecert({"deploy"}).code, 0);  // the owner stands there
  EXPECT_EQ(dsm_.importsDone(), 1U);
}

TEST_F(DsmCare, TheTemporaryAdministratorIsRefusedWhereTheHostCannotBeEntered) {
  renew();
  environment_.erase("SYNO_USERNAME");
  environment_.erase("SYNO_PASSWORD");
  environment_["SYNO_USE_TEMP_ADMIN"] = "1";
  const Run run = sidecert();
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.output, AllOf(HasSubstr("SYNO_USE_TEMP_ADMIN"), HasSubstr("SYNO_USERNAME"), HasSubstr("root on the NAS")));
  EXPECT_TRUE(dsm_.calls().empty());
}

}  // namespace
}  // namespace sidecert::testing
