#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "emulator_client.h"

namespace sidecert::testing {
namespace {

constexpr const char* kSecret = "JBSWY3DPEHPK3PXP";

struct WithSecondFactor : ::testing::Test {
  WithSecondFactor() {
    emulator.changeAccount(DsmAccount{}.name, [](DsmAccount& account) { account.totp_secret = kSecret; });
  }
  DsmEmulator emulator;
  EmulatorClient client{emulator};
};

TEST(EmulatorDiscovery, NamesPathAndVersionOfTheLoginByProfile) {
  const DsmEmulator old({.version = DsmVersion::Dsm62});
  const DsmEmulator recent;
  const std::string ask = "?api=SYNO.API.Info&version=1&method=query&query=SYNO.API.Auth,SYNO.Core.Certificate";
  const Json six = EmulatorClient::read(EmulatorClient(old).get("/webapi/query.cgi" + ask));
  EXPECT_EQ(six["data"]["SYNO.API.Auth"]["path"], "auth.cgi");
  EXPECT_EQ(six["data"]["SYNO.API.Auth"]["maxVersion"], 6);
  const Json seven = EmulatorClient::read(EmulatorClient(recent).get("/webapi/entry.cgi" + ask));
  EXPECT_EQ(seven["data"]["SYNO.API.Auth"]["path"], "entry.cgi");
  EXPECT_EQ(seven["data"]["SYNO.API.Auth"]["maxVersion"], 7);
  EXPECT_EQ(seven["data"].size(), 2U);
  const Json all = EmulatorClient::read(
      EmulatorClient(recent).get("/webapi/query.cgi?api=SYNO.API.Info&version=1&method=query&query=all"));
  EXPECT_GT(all["data"].size(), 10U);
}

TEST(EmulatorDiscovery, TellsEverythingUnlessAskedForSomeNames) {
  const DsmEmulator emulator;
  EmulatorClient client(emulator);
  const auto told = [&](const std::string& query) {
    return EmulatorClient::read(client.get("/webapi/query.cgi?api=SYNO.API.Info&version=1&method=query" + query))["data"]
        .size();
  };
  const auto everything = told("");
  EXPECT_GT(everything, 10U);
  for (const char* all : {"&query=all", "&query=ALL", "&query=%22all%22", "&query=SYNO."})
    EXPECT_EQ(told(all), everything) << all;
  EXPECT_EQ(told("&query=SYNO.API.Auth"), 1U);
  EXPECT_EQ(told("&query=SYNO.API.Auth,SYNO.Core.Certificate."), 7U);
  EXPECT_EQ(told("&query=SYNO.API.Nothing"), 0U);
  const Json posted = client.post("/webapi/query.cgi", {{"api", "SYNO.API.Info"}, {"version", "1"}, {"method", "query"}});
  EXPECT_EQ(posted["data"].size(), everything);
}

TEST(EmulatorDiscovery, SaysWhichApisAreInFilesOfTheirOwnAndWhichTakeJson) {
  const DsmEmulator old({.version = DsmVersion::Dsm62});
  const DsmEmulator recent;
  const std::string ask = "/webapi/query.cgi?api=SYNO.API.Info&version=1&method=query&query=SYNO.";
  const Json six = EmulatorClient::read(EmulatorClient(old).get(ask))["data"];
  const Json seven = EmulatorClient::read(EmulatorClient(recent).get(ask))["data"];
  EXPECT_EQ(six["SYNO.API.Info"], Json::parse(R"({"maxVersion":1,"minVersion":1,"path":"query.cgi"})"));
  EXPECT_EQ(six["SYNO.API.Encryption"]["path"], "encryption.cgi");
  EXPECT_FALSE(six.contains("SYNO.API.Auth.UIConfig"));
  EXPECT_EQ(seven["SYNO.API.Info"],
            Json::parse(R"({"maxVersion":1,"minVersion":1,"path":"entry.cgi","requestFormat":"JSON"})"));
  EXPECT_EQ(seven["SYNO.API.Auth"], Json::parse(R"({"maxVersion":7,"minVersion":1,"path":"entry.cgi"})"));
  EXPECT_EQ(seven["SYNO.DSM.Info"]["minVersion"], 2);
}

TEST(EmulatorDiscovery, TellsAnyLoginWhichDsmItIs) {
  const DsmEmulator emulator({.version = DsmVersion::Dsm74, .accounts = {{.administrator = false}}});
  EmulatorClient client(emulator);
  const auto ask = [&](const char* version) {
    return client.post(client.entry(), {{"api", "SYNO.DSM.Info"}, {"version", version}, {"method", "getinfo"}});
  };
  EXPECT_EQ(EmulatorClient::code(ask("2")), 119);
  client.login({{"enable_syno_token", "no"}});
  EXPECT_EQ(ask("2")["data"]["version_string"], "DSM 7.4.1-90080");
  EXPECT_EQ(ask("2")["data"]["version"], "90080");
  EXPECT_EQ(EmulatorClient::code(ask("1")), 104);
}

TEST(EmulatorDiscovery, TakesTheOlderLoginPathOnDsm7AndNoNewerOneOnDsm6) {
  const DsmEmulator old({.version = DsmVersion::Dsm62});
  DsmEmulator recent;
  EXPECT_EQ(EmulatorClient::code(EmulatorClient(old).login({}, 6, "entry.cgi")), 102);
  EXPECT_EQ(EmulatorClient::code(EmulatorClient(old).login({}, 6, "auth.cgi")), 0);
  EXPECT_EQ(EmulatorClient::code(EmulatorClient(recent).login({}, 6, "auth.cgi")), 0);
  recent.change([](auto& behaviour) { behaviour.older_auth_path.clear(); });
  EXPECT_EQ(EmulatorClient::code(EmulatorClient(recent).login({}, 6, "auth.cgi")), 102);
}

TEST(EmulatorLogin, GivesABrowserTheKeyItAsksForFirstAndNoBrokenReplyAfterwards) {
  const DsmEmulator emulator;
  EmulatorClient client(emulator);
  HttpRequest request{
      .method = "POST",
      .url = "/webapi/entry.cgi/SYNO.API.Auth.UIConfig",
      .body = EmulatorClient::form({{"api", "SYNO.API.Auth.UIConfig"}, {"method", "get"}, {"version", "1"}})};
  request.headers.add("Content-Type", "application/x-www-form-urlencoded");
  const auto answer = client.send(request);
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->headers.first("Set-Cookie").value_or("").starts_with("_SSID="));
  EXPECT_FALSE(client.login({{"ik_message", "of a browser"}})["data"].contains("ik_message"));
  EXPECT_EQ(EmulatorClient::code(client.login({{"ik_message", "x"}, {"passwd", "wrong"}})), 400);
}

TEST(EmulatorDiscovery, TellsUnknownApisMethodsAndVersionsApart) {
  const DsmEmulator emulator;
  EmulatorClient client(emulator);
  client.login();
  EXPECT_EQ(EmulatorClient::code(client.call("SYNO.No.Such", "list")), 102);
  EXPECT_EQ(EmulatorClient::code(client.call("SYNO.Core.Certificate.CRT", "import")), 103);
  EXPECT_EQ(EmulatorClient::code(client.call("SYNO.Core.Certificate.Service", "list")), 103);
  EXPECT_EQ(EmulatorClient::code(client.login({}, 8)), 104);
  EXPECT_EQ(EmulatorClient::code(client.post("/webapi/entry.cgi", {{"api", "SYNO.API.Auth"}})), 101);
}

TEST(EmulatorLogin, AnswersInTheShapeOfItsVersion) {
  const DsmEmulator emulator;
  EmulatorClient client(emulator);
  const Json seven = client.login();
  for (const char* key : {"account", "device_id", "ik_message", "is_portal_port", "sid", "synotoken"}) {
    EXPECT_TRUE(seven["data"].contains(key)) << key;
  }
  const Json six = client.login({}, 6);
  EXPECT_TRUE(six["data"].contains("did"));
  EXPECT_FALSE(six["data"].contains("device_id"));
  EXPECT_FALSE(client.login({{"enable_syno_token", "no"}})["data"].contains("synotoken"));
}

TEST(EmulatorLogin, HasNoVersionOlderThan3OnDsm7) {
  const DsmEmulator old({.version = DsmVersion::Dsm62});
  const DsmEmulator recent;
  EXPECT_EQ(EmulatorClient::code(EmulatorClient(old).login({}, 2, "auth.cgi")), 0);
  EXPECT_EQ(EmulatorClient::code(EmulatorClient(recent).login({}, 2, "auth.cgi")), 103);
  EXPECT_EQ(EmulatorClient::code(EmulatorClient(recent).login({}, 3, "auth.cgi")), 0);
}

TEST(EmulatorLogin, WorksByGetAndSetsACookieWhenAsked) {
  const DsmEmulator emulator;
  EmulatorClient client(emulator);
  const auto answer = client.get("/webapi/entry.cgi?" + EmulatorClient::form({{"api", "SYNO.API.Auth"},
                                                                              {"version", "7"},
                                                                              {"method", "login"},
                                                                              {"account", DsmAccount{}.name},
                                                                              {"passwd", DsmAccount{}.password},
                                                                              {"format", "cookie"}}));
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->headers.first("Set-Cookie").value_or(""), ::testing::StartsWith("id="));
}

TEST(EmulatorLogin, TakesAPasswordOfAnyCharacters) {
  const std::string password = "a&b+c=d%41#$\"'\\ \xc3\xa4";
  const DsmEmulator emulator({.accounts = {{.name = "o'neil", .password = password}}});
  EmulatorClient client(emulator);
  EXPECT_EQ(EmulatorClient::code(client.login({{"account", "o'neil"}, {"passwd", password}})), 0);
}

TEST(EmulatorLogin, RefusesAWrongPasswordAndThenBlocksTheAddress) {
  DsmEmulator emulator;
  emulator.change([](DsmBehaviour& behaviour) { behaviour.auto_block_after = 3; });
  EmulatorClient client(emulator);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(EmulatorClient::code(client.login({{"passwd", "wrong"}})), 400);
  EXPECT_EQ(EmulatorClient::code(client.login()), 407);
  EXPECT_TRUE(emulator.blocked("127.0.0.1"));
  EXPECT_EQ(emulator.logins(), 4U);
  emulator.unblock();
  EXPECT_EQ(EmulatorClient::code(client.login()), 0);
}

TEST(EmulatorLogin, GivesTheRefusalOfTheAccountOnlyToTheRightPassword) {
  DsmEmulator emulator;
  EmulatorClient client(emulator);
  for (const int refusal : {401, 402, 405, 406, 408, 409, 410, 411}) {
    emulator.changeAccount(DsmAccount{}.name, [&](DsmAccount& account) { account.refusal = refusal; });
    EXPECT_EQ(EmulatorClient::code(client.login({{"passwd", "wrong"}})), 400);
    EXPECT_EQ(EmulatorClient::code(client.login()), refusal);
    emulator.unblock();
  }
}

TEST_F(WithSecondFactor, AsksForACodeAndSaysWhichKindsItTakes) {
  const Json answer = client.login();
  EXPECT_EQ(EmulatorClient::code(answer), 403);
  EXPECT_EQ(answer["error"]["errors"]["types"], Json::parse(R"([{"type":"otp"}])"));
  emulator.change([](DsmBehaviour& behaviour) { behaviour.second_factor_details = false; });
  EXPECT_FALSE(client.login()["error"].contains("errors"));
}

TEST_F(WithSecondFactor, TakesEachCodeOnce) {
  const std::string code = emulator.otpCode(DsmAccount{}.name);
  EXPECT_EQ(EmulatorClient::code(client.login({{"otp_code", code}})), 0);
  EXPECT_EQ(EmulatorClient::code(client.login({{"otp_code", code}})), 404);
  emulator.advance(std::chrono::seconds(30));
  EXPECT_EQ(EmulatorClient::code(client.login({{"otp_code", emulator.otpCode(DsmAccount{}.name)}})), 0);
}

TEST_F(WithSecondFactor, RefusesACodeOfAnotherTime) {
  EXPECT_EQ(EmulatorClient::code(client.login({{"otp_code", emulator.otpCode(DsmAccount{}.name, 20)}})), 404);
}

TEST_F(WithSecondFactor, TakesNoCodeWhereOnlyAKeyIsEnrolled) {
  emulator.changeAccount(DsmAccount{}.name, [](DsmAccount& account) { account.second_factors = {"fido"}; });
  EXPECT_EQ(EmulatorClient::code(client.login({{"otp_code", emulator.otpCode(DsmAccount{}.name)}})), 403);
}

TEST_F(WithSecondFactor, TrustsADeviceUnderItsNameUntilItIsForgottenOrTooOld) {
  const Json first = client.login(
      {{"otp_code", emulator.otpCode(DsmAccount{}.name)}, {"enable_device_token", "yes"}, {"device_name", "CertRenewal"}});
  const auto device = first["data"]["device_id"].get<std::string>();
  EXPECT_EQ(device.size(), 86U);
  const auto again = [&](const char* name) { return client.login({{"device_id", device}, {"device_name", name}}); };
  EXPECT_EQ(again("CertRenewal")["data"]["device_id"], device);
  EXPECT_EQ(EmulatorClient::code(again("another name")), 403);
  emulator.advance(std::chrono::days(31));
  EXPECT_EQ(EmulatorClient::code(again("CertRenewal")), 403);
  emulator.forgetDevices();
  EXPECT_EQ(EmulatorClient::code(again("CertRenewal")), 403);
}

TEST_F(WithSecondFactor, AnswersAKnownDeviceWithNothingOrAFreshTokenWhenToldTo) {
  const Json first = client.login(
      {{"otp_code", emulator.otpCode(DsmAccount{}.name)}, {"enable_device_token", "yes"}, {"device_name", "d"}});
  const auto device = first["data"]["device_id"].get<std::string>();
  emulator.change([](DsmBehaviour& b) { b.device_answer = DsmBehaviour::DeviceAnswer::Empty; });
  EXPECT_EQ(client.login({{"device_id", device}, {"device_name", "d"}})["data"]["device_id"], "");
  emulator.change([](DsmBehaviour& b) { b.device_answer = DsmBehaviour::DeviceAnswer::Fresh; });
  const Json fresh = client.login({{"device_id", device}, {"device_name", "d"}});
  EXPECT_EQ(EmulatorClient::code(client.login({{"device_id", device}, {"device_name", "d"}})), 403);
  const auto next = fresh["data"]["device_id"].get<std::string>();
  EXPECT_EQ(EmulatorClient::code(client.login({{"device_id", next}, {"device_name", "d"}})), 0);
}

TEST(EmulatorSession, WantsTheTokenItGaveOnEveryLaterCall) {
  for (const auto& [version, code] : {std::pair{DsmVersion::Dsm72, 119}, std::pair{DsmVersion::Dsm74, 103}}) {
    const DsmEmulator emulator({.version = version});
    EmulatorClient client(emulator);
    client.login();
    EXPECT_EQ(EmulatorClient::code(client.list()), 0);
    client.token.clear();
    EXPECT_EQ(EmulatorClient::code(client.list()), code);
    client.token = "wrong";
    EXPECT_EQ(EmulatorClient::code(client.list()), 119);
  }
}

TEST(EmulatorSession, WithoutATokenMayOnlyReadUnlessProtectionIsOff) {
  DsmEmulator emulator;
  EmulatorClient client(emulator);
  client.login({{"enable_syno_token", "no"}});
  const auto parts = EmulatorClient::parts(madeFor("home.example"));
  EXPECT_EQ(EmulatorClient::code(client.list()), 0);
  EXPECT_EQ(EmulatorClient::code(client.import(parts)), 119);
  emulator.change([](DsmBehaviour& behaviour) { behaviour.csrf_protection = false; });
  EXPECT_EQ(EmulatorClient::code(client.import(parts)), 0);
}

TEST(EmulatorSession, HasDashesForATokenWhereProtectionIsOff) {
  DsmEmulator emulator;
  emulator.change([](DsmBehaviour& behaviour) { behaviour.csrf_protection = false; });
  EmulatorClient client(emulator);
  EXPECT_EQ(client.login()["data"]["synotoken"], "--------");
  EXPECT_EQ(EmulatorClient::code(client.list()), 0);
  client.token.clear();
  EXPECT_EQ(EmulatorClient::code(client.list()), 0);
}

TEST(EmulatorSession, IsHonouredInAFormBodyForChangesToo) {
  DsmEmulator emulator;
  const std::string id = emulator.addCertificate({});
  EmulatorClient client(emulator);
  client.login();
  const auto rename = [&] {
    return client.post("/webapi/entry.cgi", {{"api", "SYNO.Core.Certificate.CRT"},
                                             {"version", "1"},
                                             {"method", "set"},
                                             {"id", "\"" + id + "\""},
                                             {"desc", "\"new\""},
                                             {"_sid", client.sid},
                                             {"SynoToken", client.token}});
  };
  EXPECT_EQ(EmulatorClient::code(rename()), 0);
  EXPECT_EQ(emulator.entry(id)->description, "new");
  emulator.change([](DsmBehaviour& behaviour) { behaviour.takes_session_in_form = false; });
  EXPECT_EQ(EmulatorClient::code(rename()), 119);
}

TEST(EmulatorSession, IsHonouredInACookie) {
  const DsmEmulator emulator;
  EmulatorClient client(emulator);
  client.login();
  HttpRequest request{.url =
                          "/webapi/entry.cgi/SYNO.Core.Certificate.CRT?api=SYNO.Core.Certificate.CRT&method=list&version=1"};
  request.headers.add("Cookie", "did=x; id=" + client.sid);
  request.headers.add("X-SYNO-TOKEN", client.token);
  EXPECT_EQ(EmulatorClient::code(EmulatorClient::read(client.send(request))), 0);
}

TEST(EmulatorSession, EndsByIdlenessByASecondLoginAndByARestart) {
  DsmEmulator emulator;
  EmulatorClient client(emulator);
  client.login();
  emulator.advance(std::chrono::hours(1));
  EXPECT_EQ(EmulatorClient::code(client.list()), 106);
  emulator.change([](DsmBehaviour& behaviour) { behaviour.one_session_per_account = true; });
  client.login();
  EmulatorClient other(emulator);
  other.login();
  EXPECT_EQ(EmulatorClient::code(client.list()), 107);
  emulator.endSessions();
  EXPECT_EQ(EmulatorClient::code(other.list()), 119);
}

TEST(EmulatorSession, IsGoneAfterLogout) {
  DsmEmulator emulator;
  EmulatorClient client(emulator);
  client.login();
  EXPECT_EQ(emulator.openSessions(), 1U);
  client.call("SYNO.API.Auth", "logout");
  EXPECT_EQ(emulator.openSessions(), 0U);
  EXPECT_EQ(EmulatorClient::code(client.list()), 119);
}

TEST(EmulatorSession, IsForAdministratorsAndNotForPortals) {
  DsmEmulator emulator;
  EmulatorClient client(emulator);
  client.login();
  emulator.changeAccount(DsmAccount{}.name, [](DsmAccount& account) { account.administrator = false; });
  EXPECT_EQ(EmulatorClient::code(client.list()), 105);
  emulator.changeAccount(DsmAccount{}.name, [](DsmAccount& account) { account.administrator = true; });
  emulator.change([](DsmBehaviour& behaviour) { behaviour.portal_port = true; });
  EXPECT_EQ(client.login()["data"]["is_portal_port"], true);
  EXPECT_EQ(EmulatorClient::code(client.list()), 105);
}

TEST(EmulatorSession, OfAnOlderLoginMayOnlyReadOnDsm74) {
  const DsmEmulator emulator({.version = DsmVersion::Dsm74});
  EmulatorClient client(emulator);
  client.login({}, 6);
  EXPECT_EQ(EmulatorClient::code(client.list()), 0);
  EXPECT_EQ(EmulatorClient::code(client.import(EmulatorClient::parts(madeFor("home.example")))), 105);
}

// Sends one request from a loopback address of choice and returns everything that came back.
std::string fromAddress(const std::string& source, std::uint16_t port, const std::string& request) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{.sin_family = AF_INET};
  inet_pton(AF_INET, source.c_str(), &address.sin_addr);
  ::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address);
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  address.sin_port = htons(port);
  std::string answer;
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
    ::send(socket, request.data(), request.size(), MSG_NOSIGNAL);
    std::string buffer(4096, '\0');
    for (ssize_t got = 0; (got = ::recv(socket, buffer.data(), buffer.size(), 0)) > 0;) {
      answer.append(buffer, 0, static_cast<std::size_t>(got));
    }
  }
  ::close(socket);
  return answer;
}

TEST(EmulatorSession, IsBoundToTheAddressOfItsLogin) {
  DsmEmulator emulator;
  EmulatorClient client(emulator);
  client.login();
  const std::string request = "GET " + client.entry() +
                              "&api=SYNO.Core.Certificate.CRT&method=list&version=1 HTTP/1.1\r\nHost: x\r\n"
                              "Connection: close\r\n\r\n";
  EXPECT_THAT(fromAddress("127.0.0.9", emulator.httpPort(), request), ::testing::HasSubstr(R"("code":150)"));
  emulator.change([](DsmBehaviour& behaviour) { behaviour.check_address = false; });
  EXPECT_THAT(fromAddress("127.0.0.9", emulator.httpPort(), request), ::testing::HasSubstr(R"("success":true)"));
}

TEST(EmulatorLog, NeverShowsASecret) {
  std::string lines;
  DsmEmulator emulator({.on_line = [&](const std::string& line) { lines += line + "\n"; }});
  emulator.changeAccount(DsmAccount{}.name, [](DsmAccount& account) { account.totp_secret = kSecret; });
  EmulatorClient client(emulator);
  const std::string code = emulator.otpCode(DsmAccount{}.name);
  client.login({{"passwd", "canary-1"}});
  client.login({{"otp_code", code}, {"enable_device_token", "yes"}, {"device_name", "d"}});
  client.list();
  const auto log = client.get("/emulator/log");
  ASSERT_TRUE(log);
  std::string parameters;
  for (const auto& call : emulator.calls()) {
    for (const auto& [name, value] : call.parameters) parameters += name + "=" + value + "\n";
  }
  for (const std::string& secret : {std::string("canary-1"), DsmAccount{}.password, code, client.sid, client.token}) {
    EXPECT_THAT(lines + log->body + parameters, ::testing::Not(::testing::HasSubstr(secret)));
  }
  EXPECT_THAT(lines, ::testing::HasSubstr("login of sidecert from 127.0.0.1: refused with 400"));
}

}  // namespace
}  // namespace sidecert::testing
