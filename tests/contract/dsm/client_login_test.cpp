// Logging in with our client against the emulator, in each age of DSM.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "client_fixture.h"

namespace sidecert::dsm {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* kSecret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

class DsmClientLogin : public DsmClient {
 protected:
  void enrol() {
    dsm.changeAccount("sidecert", [](auto& account) { account.totp_secret = kSecret; });
  }
  Result<Inspection> look() { return inspect(nas, state, ports()); }
};

TEST_P(DsmClientLogin, TriesAWrongPasswordExactlyOnce) {
  nas.password = Secret("wrong");
  EXPECT_FALSE(run());
  EXPECT_FALSE(run());
  EXPECT_EQ(dsm.logins(), 1U);
  EXPECT_EQ(dsm.openSessions(), 0U);
}

TEST_P(DsmClientLogin, LogsInWithATotpSecretAgainAndAgain) {
  dsm.changeAccount("sidecert", [](auto& account) { account.totp_secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"; });
  nas.totp_secret = Secret("JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP");
  succeed();
  succeed();
  EXPECT_EQ(dsm.logins(), 2U);
}

TEST_P(DsmClientLogin, TurnsAOneTimeCodeIntoADeviceToken) {
  dsm.changeAccount("sidecert", [](auto& account) { account.totp_secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"; });
  nas.otp_code = Secret(dsm.otpCode("sidecert"));
  succeed();
  ASSERT_FALSE(state.device_token.empty());
  for (int week = 0; week < 8; ++week) {
    clock.advance(std::chrono::days(7));
    ASSERT_TRUE(look()) << week;
  }
  dsm.forgetDevices();
  const auto dead = look();
  ASSERT_FALSE(dead);
  EXPECT_THAT(dead.error().what, HasSubstr("403"));
}

TEST_P(DsmClientLogin, TellsANonAdministratorWhichBoxToTick) {
  dsm.changeAccount("sidecert", [](auto& account) { account.administrator = false; });
  const auto done = run();
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().hint, HasSubstr("administrators"));
  EXPECT_EQ(dsm.logins(), 1U);
  EXPECT_EQ(dsm.openSessions(), 0U);
}

TEST_P(DsmClientLogin, GivesUpOnADsmThatStaysDownAndCountsNoLogin) {
  dsm.startOutage(DsmOutage::BadGateway);
  EXPECT_FALSE(run());
  EXPECT_EQ(dsm.logins(), 0U);
  dsm.endOutage();
  succeed();
}

TEST_P(DsmClientLogin, AdoptsTheRedirectToHttps) {
  dsm.change([](auto& behaviour) { behaviour.redirect_to_https = true; });
  nas.scheme = "http";
  nas.port = dsm.httpPort();
  EXPECT_EQ(succeed().proof, Proof::Served);
}

TEST_P(DsmClientLogin, RefusesARedirectToAnotherHost) {
  dsm.change([](auto& behaviour) {
    behaviour.redirect_to_https = true;
    behaviour.redirect_host = "elsewhere.example";
  });
  nas.scheme = "http";
  nas.port = dsm.httpPort();
  EXPECT_FALSE(run());
  EXPECT_EQ(dsm.logins(), 0U);
}

TEST_P(DsmClientLogin, TakesAPasswordOfAnyCharacters) {
  const std::string odd = R"(a&b=c+d #e%41"f'g\h$i€ <>?;:@/ü)";
  dsm.changeAccount("sidecert", [&](auto& account) { account.password = odd; });
  nas.password = Secret(odd);
  EXPECT_TRUE(look());
}

TEST_P(DsmClientLogin, SendsThePasswordInNoAddress) {
  succeed();
  for (const auto& call : dsm.calls()) {
    if (call.method == "login") {
      EXPECT_EQ(call.http_method, "POST");
    }
    for (const auto& [name, value] : call.parameters) EXPECT_NE(value, nas.password.reveal()) << name;
  }
}

TEST_P(DsmClientLogin, ShowsSessionAndTokenInEveryWayOnEveryLaterCall) {
  succeed();
  for (const auto& call : dsm.calls()) {
    if (!call.api.starts_with("SYNO.Core.")) continue;
    EXPECT_TRUE(call.sid_in_query && call.token_in_query && call.token_in_header) << call.api << " " << call.method;
  }
}

TEST_P(DsmClientLogin, UsesTheHighestVersionUpToSeven) {
  dsm.change([](auto& behaviour) { behaviour.auth_max_version = std::max(behaviour.auth_max_version, 9); });
  ASSERT_TRUE(look());
  for (const auto& call : dsm.calls()) {
    if (call.method == "login") {
      EXPECT_EQ(call.version, 7);
    }
  }
}

TEST_P(DsmClientLogin, AnswersAUsedCodeByTheNextOne) {
  enrol();
  nas.totp_secret = Secret(kSecret);
  ASSERT_TRUE(look());
  // A person logs in with the very code that is next; ours is then refused with 404 once.
  state.totp_step_used = 0;
  ASSERT_TRUE(look());
  EXPECT_EQ(dsm.logins(), 3U);
  EXPECT_FALSE(state.refused_until);
}

TEST_P(DsmClientLogin, FollowsTheClockOfTheNas) {
  enrol();
  nas.totp_secret = Secret(kSecret);
  dsm.advance(std::chrono::hours(5));
  EXPECT_TRUE(look());
  EXPECT_EQ(dsm.logins(), 1U);
}

TEST_P(DsmClientLogin, GivesUpOnAWrongSecretAfterTwoCodes) {
  enrol();
  nas.totp_secret = Secret("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
  for (int restart = 0; restart < 3; ++restart) {
    const auto done = look();
    ASSERT_FALSE(done);
    EXPECT_THAT(done.error().what, HasSubstr("404"));
  }
  EXPECT_EQ(dsm.logins(), 2U);
}

TEST_P(DsmClientLogin, AsksForASecondFactorOnceWhenThereIsNone) {
  enrol();
  for (int restart = 0; restart < 3; ++restart) {
    const auto done = look();
    ASSERT_FALSE(done);
    EXPECT_THAT(done.error().hint, HasSubstr("SYNO_TOTP_SECRET"));
  }
  EXPECT_EQ(dsm.logins(), 1U);
}

TEST_P(DsmClientLogin, KeepsTheTokenWhenTheAnswerHoldsNone) {
  enrol();
  nas.otp_code = Secret(dsm.otpCode("sidecert"));
  ASSERT_TRUE(look());
  const std::string token = state.device_token.reveal();
  dsm.change([](auto& behaviour) { behaviour.device_answer = testing::DsmBehaviour::DeviceAnswer::Empty; });
  ASSERT_TRUE(look());
  EXPECT_EQ(state.device_token.reveal(), token);
  EXPECT_TRUE(look());
}

TEST_P(DsmClientLogin, KeepsAFreshTokenWhenTheAnswerHoldsOne) {
  enrol();
  nas.otp_code = Secret(dsm.otpCode("sidecert"));
  ASSERT_TRUE(look());
  const std::string token = state.device_token.reveal();
  dsm.change([](auto& behaviour) { behaviour.device_answer = testing::DsmBehaviour::DeviceAnswer::Fresh; });
  ASSERT_TRUE(look());
  EXPECT_NE(state.device_token.reveal(), token);
  EXPECT_TRUE(look());
}

TEST_P(DsmClientLogin, NeverSendsASpentOneTimeCodeAgain) {
  enrol();
  nas.otp_code = Secret(dsm.otpCode("sidecert"));
  ASSERT_TRUE(look());
  dsm.forgetDevices();
  EXPECT_FALSE(look());
  EXPECT_EQ(dsm.logins(), 2U);
  for (const auto& call : dsm.calls()) EXPECT_NE(call.code, 404);
}

TEST_P(DsmClientLogin, TakesADeviceTokenMadeElsewhereUnderItsName) {
  enrol();
  config::NasSettings other = nas;
  other.otp_code = Secret(dsm.otpCode("sidecert"));
  other.device_name = "acme.sh of old";
  TargetState others;
  ASSERT_TRUE(inspect(other, others, ports()));
  nas.device_id = others.device_token;
  nas.device_name = "acme.sh of old";
  EXPECT_TRUE(look());
  EXPECT_FALSE(state.device_token.empty());
}

TEST_P(DsmClientLogin, SurvivesATokenThatLivesOnlyThirtyDaysByUsingIt) {
  enrol();
  nas.otp_code = Secret(dsm.otpCode("sidecert"));
  ASSERT_TRUE(look());
  for (int week = 0; week < 20; ++week) {
    clock.advance(std::chrono::days(7));
    ASSERT_TRUE(look()) << week;
  }
}

TEST_P(DsmClientLogin, SaysWeeksBeforeTheRenewalThatTheTokenIsDead) {
  // Should a login not prolong the token, the regular look finds out, and the certificate is still good.
  dsm.change([](auto& behaviour) { behaviour.login_renews_device = false; });
  enrol();
  nas.otp_code = Secret(dsm.otpCode("sidecert"));
  succeed();
  clock.advance(std::chrono::days(31));
  const auto done = look();
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().what, HasSubstr("403"));
  EXPECT_THAT(done.error().hint, HasSubstr("SYNO_TOTP_SECRET"));
}

TEST_P(DsmClientLogin, TellsADsmThatTakesRsaOnlyBeforeAnythingIsOrdered) {
  const auto seen = look();
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->refuses_ec_keys, GetParam() == DsmVersion::Dsm62);
}

TEST_P(DsmClientLogin, NamesTheBlockedAddressAndWhereToUnblockIt) {
  dsm.change([](auto& behaviour) { behaviour.auto_block_after = 1; });
  nas.password = Secret("wrong");
  ASSERT_FALSE(look());
  nas.password = Secret("correct-horse-7");
  const auto done = look();
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().hint, HasSubstr("Allow/Block List"));
  EXPECT_EQ(dsm.logins(), 2U);
  dsm.unblock();
  forgetRefusal(state);
  EXPECT_TRUE(look());
}

TEST_P(DsmClientLogin, LeavesNoSessionWhateverTheEnd) {
  dsm.disturb({.api = "SYNO.Core.Certificate.CRT", .method = "list", .how = DsmDisturbance::How::Code, .code = 120});
  EXPECT_FALSE(run());
  EXPECT_EQ(dsm.openSessions(), 0U);
  EXPECT_EQ(dsm.count("SYNO.API.Auth", "logout"), 1U);
}

TEST_P(DsmClientLogin, LogsInOnceMoreWhenASecondLoginEndedTheSession) {
  dsm.disturb({.api = "SYNO.Core.Certificate.CRT", .method = "list", .how = DsmDisturbance::How::Code, .code = 107});
  EXPECT_TRUE(look());
  EXPECT_EQ(dsm.logins(), 2U);
  EXPECT_EQ(dsm.openSessions(), 0U);
}

TEST_P(DsmClientLogin, SaysWhenThePortIsAnApplicationsPortal) {
  dsm.change([](auto& behaviour) { behaviour.portal_port = true; });
  EXPECT_FALSE(look());
  EXPECT_TRUE(log.contains("SYNO_PORT"));
}

TEST_P(DsmClientLogin, WorksWhereProtectionAgainstForgeryIsOff) {
  dsm.change([](auto& behaviour) { behaviour.csrf_protection = false; });
  EXPECT_TRUE(look());
}

INSTANTIATE_FOR_EVERY_AGE(DsmClientLogin);

}  // namespace
}  // namespace sidecert::dsm
