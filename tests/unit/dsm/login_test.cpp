#include <gmock/gmock.h>
#include <unistd.h>

#include <array>

#include "base/tcp.h"
#include "crypto/digest.h"
#include "dsm/inspection.h"
#include "fake_dsm.h"

namespace sidecert::dsm {
namespace {

using testing::FakeDsm;
using ::testing::HasSubstr;
using testing::nasSettings;
using Answer = std::optional<Result<HttpResponse>>;

constexpr auto kBase32 = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";  // "12345678901234567890", RFC 6238 appendix B

class Login : public ::testing::Test {
 protected:
  Result<Inspection> run() { return inspect(nas, state, dsm.ports()); }
  void refuseLogins(int code, int times = 1000) {
    dsm.instead = [code, left = times](const std::string& method, const HttpRequest&) mutable -> Answer {
      if (method != "login" || left == 0) return {};
      --left;
      return FakeDsm::refusal(code);
    };
  }
  std::string sent(const std::string& field, std::size_t login = 0) {
    return FakeDsm::field(dsm.seen["login"].at(login), field);
  }
  std::string codeNow() {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(dsm.clock.now().time_since_epoch()).count();
    return crypto::totp("12345678901234567890", seconds);
  }

  FakeDsm dsm;
  config::NasSettings nas = nasSettings();
  TargetState state;
};

class RefusedLogin : public Login, public ::testing::WithParamInterface<int> {};

TEST_P(RefusedLogin, IsOneAttemptInTheRunAndNoneAfterARestartInsideTheHold) {
  refuseLogins(GetParam());
  const auto first = run();
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().code, ErrorCode::Refused);
  EXPECT_EQ(dsm.count["login"], 1);
  const auto asked = dsm.http.requests().size();
  const auto again = run();
  ASSERT_FALSE(again);
  EXPECT_GT(again.error().retry_after.value(), std::chrono::hours(5));
  EXPECT_EQ(dsm.http.requests().size(), asked);
}

INSTANTIATE_TEST_SUITE_P(Codes, RefusedLogin, ::testing::Values(400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411));

TEST_F(Login, IsTriedAgainWhenTheHoldIsOver) {
  refuseLogins(400, 1);
  EXPECT_FALSE(run());
  dsm.clock.advance(std::chrono::hours(25));
  EXPECT_TRUE(run());
  EXPECT_FALSE(state.refused_until);
}

TEST_F(Login, IsTriedAgainWhenTheCredentialsChanged) {
  refuseLogins(400, 1);
  EXPECT_FALSE(run());
  nas.password = Secret("another");
  EXPECT_TRUE(run());
}

TEST_F(Login, IsTriedAgainWhenTheOwnerSaysSo) {
  refuseLogins(407, 1);
  EXPECT_FALSE(run());
  forgetRefusal(state);
  EXPECT_TRUE(run());
}

TEST_F(Login, SendsAFreshCodeFromTheTotpSecret) {
  nas.totp_secret = Secret(kBase32);
  const auto expected = codeNow();
  ASSERT_TRUE(run());
  EXPECT_EQ(sent("otp_code"), expected);
}

TEST_F(Login, NeverSendsTheSameCodeTwice) {
  nas.totp_secret = Secret(kBase32);
  ASSERT_TRUE(run());
  ASSERT_TRUE(run());
  EXPECT_NE(sent("otp_code", 0), sent("otp_code", 1));
}

TEST_F(Login, FollowsDsmsClock) {
  nas.totp_secret = Secret(kBase32);
  dsm.instead = [](const std::string& method, const HttpRequest&) -> Answer {
    if (method != "query") return {};
    auto answer = FakeDsm::json({{"SYNO.API.Auth", {{"maxVersion", 7}, {"path", "entry.cgi"}}}});
    answer.headers.add("Date", "Sun, 01 Mar 2026 13:00:00 GMT");
    return answer;
  };
  ASSERT_TRUE(run());
  const TimePoint theirs = parseHttpDate("Sun, 01 Mar 2026 13:00:00 GMT").value();
  EXPECT_EQ(sent("otp_code"),
            crypto::totp("12345678901234567890",
                         std::chrono::duration_cast<std::chrono::seconds>(theirs.time_since_epoch()).count()));
}

TEST_F(Login, TriesARefusedCodeOnceMoreWithTheNextOne) {
  nas.totp_secret = Secret(kBase32);
  refuseLogins(404, 1);
  ASSERT_TRUE(run());
  EXPECT_EQ(dsm.count["login"], 2);
  EXPECT_NE(sent("otp_code", 0), sent("otp_code", 1));
  EXPECT_LE(dsm.clock.slept(), Duration(31'000));
}

TEST_F(Login, GivesUpAfterTwoRefusedCodes) {
  nas.totp_secret = Secret(kBase32);
  refuseLogins(404);
  EXPECT_FALSE(run());
  EXPECT_EQ(dsm.count["login"], 2);
  EXPECT_FALSE(run());
  EXPECT_EQ(dsm.count["login"], 2);
}

TEST_F(Login, SaysWhenTheTotpSecretIsNoSecret) {
  nas.totp_secret = Secret("123456!");
  const auto done = run();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::Settings);
  EXPECT_THAT(done.error().what, HasSubstr("SYNO_TOTP_SECRET"));
  EXPECT_EQ(dsm.count["login"], 0);
}

TEST_F(Login, TurnsAOneTimeCodeIntoADeviceTokenAndNeverSendsTheCodeAgain) {
  nas.otp_code = Secret("123456");
  dsm.instead = [&](const std::string& method, const HttpRequest& request) -> Answer {
    if (method != "login") return {};
    const bool with_code = FakeDsm::field(request, "otp_code") == "123456";
    return FakeDsm::json({{"sid", "s"}, {"synotoken", "t"}, {"device_id", with_code ? "token-one" : ""}});
  };
  ASSERT_TRUE(run());
  EXPECT_EQ(sent("enable_device_token"), "yes");
  EXPECT_EQ(sent("device_name"), "CertRenewal");
  EXPECT_EQ(state.device_token.reveal(), "token-one");
  ASSERT_TRUE(run());
  EXPECT_EQ(sent("otp_code", 1), "(absent)");
  EXPECT_EQ(sent("device_id", 1), "token-one");
  EXPECT_EQ(state.device_token.reveal(), "token-one") << "an empty answer keeps the token";
}

TEST_F(Login, KeepsTheTokenThatTheAnswerRefreshes) {
  nas.device_id = Secret("given");
  dsm.instead = [](const std::string& method, const HttpRequest&) -> Answer {
    if (method != "login") return {};
    return FakeDsm::json({{"sid", "s"}, {"synotoken", "t"}, {"did", "refreshed"}});
  };
  ASSERT_TRUE(run());
  EXPECT_EQ(sent("device_id", 0), "given");
  ASSERT_TRUE(run());
  EXPECT_EQ(sent("device_id", 1), "refreshed");
}

TEST_F(Login, AnswersADeadTokenOnceByAnUnusedOneTimeCode) {
  state.device_token = Secret("dead");
  nas.otp_code = Secret("654321");
  refuseLogins(403, 1);
  ASSERT_TRUE(run());
  EXPECT_EQ(dsm.count["login"], 2);
  EXPECT_EQ(sent("otp_code", 1), "654321");
}

TEST_F(Login, SaysWhatToSetWhenTheTokenIsDeadAndNothingElseIsThere) {
  state.device_token = Secret("dead");
  refuseLogins(403);
  const auto done = run();
  ASSERT_FALSE(done);
  EXPECT_EQ(dsm.count["login"], 1);
  EXPECT_THAT(done.error().hint, HasSubstr("SYNO_TOTP_SECRET"));
}

TEST_F(Login, WarnsWhenTheTokenWasNotUsedForWeeks) {
  state.device_token = Secret("old");
  state.token_proved = dsm.clock.now() - std::chrono::days(25);
  dsm.entries.push_back(testing::entryObject("mine", "home", testing::kOldLeaf));
  const auto done = deploy(nas, state, testing::ourMaterial(), dsm.ports());
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_THAT(done->warnings, ::testing::Contains(HasSubstr("device token")));
  const auto again = deploy(nas, state, testing::ourMaterial(), dsm.ports());
  ASSERT_TRUE(again);
  EXPECT_THAT(again->warnings, ::testing::Not(::testing::Contains(HasSubstr("device token"))));
}

TEST_F(Login, DoesNotObeyAHoldThatAClockWroteWhichHasBeenSetBackSince) {
  refuseLogins(400, 1);
  ASSERT_FALSE(run());
  ASSERT_TRUE(state.refused_until);
  *state.refused_until += std::chrono::years(30);
  EXPECT_TRUE(run());
  EXPECT_EQ(dsm.count["login"], 2);
}

TEST_F(Login, KnowsADsm6ByItsLogin) {
  EXPECT_FALSE(run()->refuses_ec_keys);
  dsm.auth_version = 6;
  EXPECT_TRUE(run()->refuses_ec_keys);
}

TEST_F(Login, SaysAtOnceThatANameIsUnknown) {
  struct Row {
    const char* host;
    const char* hint;
  };
  for (const Row& row : {Row{"nas.local", ".local names are unknown in containers"}, Row{"nsa.lan", "SYNO_HOSTNAME"}}) {
    nas.host = row.host;
    dsm.http.always([&](const HttpRequest&) -> Result<HttpResponse> {
      return fail(ErrorCode::Unreachable, fmt::format("the name {} does not resolve to an address", row.host));
    });
    const auto done = run();
    ASSERT_FALSE(done);
    EXPECT_THAT(done.error().hint, HasSubstr(row.hint));
    EXPECT_EQ(dsm.clock.slept(), Duration(0));
  }
}

TEST_F(Login, UsesTheOlderPathAndVersionOfDsm6) {
  state.device_token = Secret("tok");
  dsm.instead = [](const std::string& method, const HttpRequest&) -> Answer {
    if (method != "query") return {};
    return FakeDsm::json({{"SYNO.API.Auth", {{"maxVersion", 6}, {"path", "auth.cgi"}}}});
  };
  ASSERT_TRUE(run());
  EXPECT_THAT(dsm.seen["login"][0].url, HasSubstr("/webapi/auth.cgi"));
  EXPECT_EQ(sent("version"), "6");
  EXPECT_EQ(dsm.seen["login"][0].headers.first("Cookie"), "did=tok");
}

TEST_F(Login, WaitsForADsmThatIsStartingAndCountsNoAttempt) {
  int left = 6;
  dsm.instead = [&](const std::string& method, const HttpRequest&) -> Answer {
    if (method == "query" && left-- > 3) return fail(ErrorCode::Unreachable, "connection refused");
    if (method == "login" && left-- > 0)
      return HttpResponse{.status = 502, .headers = {}, .body = "<html>", .peer_sha256 = {}};
    return {};
  };
  EXPECT_TRUE(run());
  EXPECT_FALSE(state.refused_until);
}

TEST_F(Login, GivesUpWaitingWithAHintAboutTheBridgeNetwork) {
  nas.host = "localhost";
  dsm.instead = [](const std::string&, const HttpRequest&) -> Answer {
    return fail(ErrorCode::Unreachable, "connection refused");
  };
  const auto done = run();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::Unreachable);
  EXPECT_THAT(done.error().hint, HasSubstr("network_mode: host"));
  EXPECT_EQ(dsm.count["login"], 0);
  EXPECT_LT(dsm.clock.slept(), Duration(200'000));
}

TEST_F(Login, KeepsToTheLoopbackAddressThatAnswered) {
  nas.host = "localhost";
  dsm.instead = [](const std::string&, const HttpRequest& request) -> Answer {
    if (request.connect_to == "127.0.0.1") return fail(ErrorCode::Unreachable, "connection refused");
    return {};
  };
  ASSERT_TRUE(run());
  for (const auto* method : {"login", "list", "logout"}) EXPECT_EQ(dsm.seen[method].front().connect_to, "::1") << method;
}

// Redirects, trust.

TEST_F(Login, AdoptsARedirectToHttpsOnTheSameHost) {
  dsm.http.answer(302, "", {{"Location", "https://127.0.0.1:5001/webapi/query.cgi"}});
  ASSERT_TRUE(run());
  EXPECT_THAT(dsm.seen["login"].front().url, HasSubstr("https://127.0.0.1:5001/webapi/"));
  EXPECT_EQ(dsm.seen["login"].front().tls.mode, TlsTrust::Mode::Anything);
}

TEST_F(Login, RefusesARedirectToAnotherHostBeforeAnyPasswordIsSent) {
  dsm.http.answer(302, "", {{"Location", "https://evil.example/"}});
  const auto done = run();
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().what, HasSubstr("evil.example"));
  EXPECT_EQ(dsm.count["login"], 0);
}

TEST_F(Login, RefusesAPathThatLeadsElsewhere) {
  for (const auto* path : {"//evil.example/x", "../../x", "x?y=1", "@evil", ""}) {
    dsm.http.answer(200, FakeDsm::json({{"SYNO.API.Auth", {{"maxVersion", 7}, {"path", path}}}}).body);
    EXPECT_FALSE(run()) << path;
  }
  EXPECT_EQ(dsm.count["login"], 0);
}

TEST_F(Login, SaysWhenThePortSpeaksHttps) {
  dsm.http.answer(400, "<html>The plain HTTP request was sent to HTTPS port</html>");
  EXPECT_THAT(run().error().hint, HasSubstr("SYNO_SCHEME=https"));
}

TEST_F(Login, SaysWhenThePortSpeaksPlainHttp) {
  nas.scheme = "https";
  dsm.http.refuse(ErrorCode::Unreachable, "127.0.0.1 does not speak TLS on this port");
  const auto done = run();
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().hint, HasSubstr("SYNO_SCHEME=http"));
  EXPECT_EQ(dsm.clock.slept(), Duration(0));
}

TEST_F(Login, SendsNoPasswordInClearToAnotherMachine) {
  for (const char* host : {"nas.lan", "192.168.7.9", "203.0.113.9"}) {
    nas.host = host;
    const auto done = run();
    ASSERT_FALSE(done) << host;
    EXPECT_EQ(done.error().code, ErrorCode::Settings);
    EXPECT_THAT(done.error().hint, AllOf(HasSubstr("SYNO_SCHEME=https"), HasSubstr("SYNO_INSECURE=1")));
    EXPECT_EQ(dsm.count["login"], 0);
  }
}

TEST_F(Login, SendsThePasswordInClearWhenTheOwnerSaysSo) {
  nas.host = "nas.lan";
  nas.insecure = true;
  ASSERT_TRUE(run());
  EXPECT_TRUE(dsm.log.contains("unencrypted"));
}

TEST_F(Login, AsksNoNameServerForNamesBelowLocalhost) {
  nas.host = "nas.localhost";
  ASSERT_TRUE(run());
  for (const auto& request : dsm.http.requests()) EXPECT_EQ(request.connect_to, "127.0.0.1") << request.url;
}

TEST_F(Login, ConnectsToALocalNameAtTheAddressItLeadsTo) {
  nas.local_hostname = true;
  nas.host = "localhost";
  ASSERT_TRUE(run());
  for (const auto& request : dsm.http.requests()) {
    EXPECT_THAT(request.connect_to, ::testing::AnyOf("127.0.0.1", "::1")) << request.url;
  }
}

TEST_F(Login, ConnectsToALocalNameAtAnAddressOfThisMachineOnly) {
  nas.local_hostname = true;
  nas.host = "192.0.2.1";  // another machine's, whatever the owner says
  const auto done = run();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::Settings);
  EXPECT_THAT(done.error().what, AllOf(HasSubstr("SYNO_LOCAL_HOSTNAME"), HasSubstr("192.0.2.1")));
  EXPECT_TRUE(dsm.http.requests().empty());
}

// The address that was found carried its port, so that no name was ever this machine's.
TEST_F(Login, ConnectsToTheAddressThatALocalNameHasHere) {
  std::array<char, 256> name{};
  ASSERT_EQ(::gethostname(name.data(), name.size() - 1), 0);
  nas.local_hostname = true;
  nas.host = name.data();  // of this machine: /etc/hosts has it
  const auto done = run();
  ASSERT_TRUE(done) << describe(done.error());
  for (const auto& request : dsm.http.requests()) EXPECT_TRUE(parseAddress(request.connect_to, 5000)) << request.connect_to;
}

TEST_F(Login, ConnectsToAnAddressOfItsOwnNetworkWithoutAnyProxy) {
  nas.scheme = "https";
  for (const char* host : {"192.168.7.9", "10.1.2.3", "172.31.0.1", "169.254.1.1", "100.64.0.1", "fd00::1", "fe80::1"}) {
    nas.host = host;
    ASSERT_TRUE(run()) << host;
    EXPECT_EQ(dsm.http.requests().back().connect_to, host);
  }
  nas.host = "203.0.113.9";
  ASSERT_TRUE(run());
  EXPECT_EQ(dsm.http.requests().back().connect_to, "");
}

TEST_F(Login, VerifiesAnotherHostAndRemembersItsLeaf) {
  nas.host = "nas.lan";
  nas.scheme = "https";
  dsm.instead = [&](const std::string& method, const HttpRequest&) -> Answer {
    if (method != "query") return {};
    auto answer = FakeDsm::json({{"SYNO.API.Auth", {{"maxVersion", 7}, {"path", "entry.cgi"}}}});
    answer.peer_sha256 = "aa";
    return answer;
  };
  (void)run();
  EXPECT_EQ(dsm.seen["query"].front().tls.mode, TlsTrust::Mode::Verify);
}

TEST_F(Login, AcceptsAnExpiredLeafThatVerifiedBeforeOrThatWeDeployed) {
  nas.host = "nas.lan";
  nas.scheme = "https";
  state.our_leaves = {std::string(64, 'b')};
  dsm.instead = [](const std::string&, const HttpRequest& request) -> Answer {
    const bool pinned = request.tls.mode == TlsTrust::Mode::Pinned && request.tls.pins == std::vector{std::string(64, 'b')};
    if (!pinned) return fail(ErrorCode::Untrusted, "certificate has expired");
    return {};
  };
  EXPECT_TRUE(run());
}

TEST_F(Login, AcceptsNoExpiredLeafThatItDoesNotKnow) {
  nas.host = "nas.lan";
  nas.scheme = "https";
  state.our_leaves = {std::string(64, 'b')};
  dsm.instead = [](const std::string&, const HttpRequest&) -> Answer {
    return fail(ErrorCode::Untrusted, "certificate has expired");
  };
  const auto done = run();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::Untrusted);
  EXPECT_EQ(dsm.count["login"], 0);
}

TEST_F(Login, ShowsTheFingerprintOfAnUntrustedHostAndSendsNothing) {
  nas.host = "nas.lan";
  nas.scheme = "https";
  dsm.http.showCertificate(testing::certificateOf(testing::kOldLeaf).toDer());
  dsm.instead = [](const std::string&, const HttpRequest&) -> Answer { return fail(ErrorCode::Untrusted, "self-signed"); };
  const auto done = run();
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().hint, HasSubstr(testing::certificateOf(testing::kOldLeaf).sha256()));
  EXPECT_EQ(dsm.count["login"], 0);
}

TEST_F(Login, PinsTheFingerprintTheOwnerGave) {
  nas.host = "nas.lan";
  nas.scheme = "https";
  nas.tls_fingerprint = std::string(64, 'c');
  ASSERT_TRUE(run());
  EXPECT_EQ(dsm.seen["login"].front().tls.mode, TlsTrust::Mode::Pinned);
  EXPECT_THAT(dsm.seen["login"].front().tls.pins, ::testing::ElementsAre(nas.tls_fingerprint));
}

TEST_F(Login, AsksForTheMissingVariablesBeforeAnythingIsSent) {
  nas.password = Secret();
  EXPECT_EQ(run().error().code, ErrorCode::Settings);
  EXPECT_TRUE(dsm.http.requests().empty());
}

TEST_F(Login, RefusesATemporaryAdministratorWithAnExplanation) {
  nas.username.clear();
  nas.use_temp_admin = true;
  const auto done = run();
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().what, HasSubstr("SYNO_USE_TEMP_ADMIN"));
  EXPECT_THAT(done.error().hint, HasSubstr("SYNO_USERNAME"));
  EXPECT_TRUE(dsm.http.requests().empty());
}

}  // namespace
}  // namespace sidecert::dsm
