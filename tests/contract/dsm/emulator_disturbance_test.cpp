#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <future>

#include "emulator_client.h"
#include "support/effort.h"

namespace sidecert::testing {
namespace {

using ::testing::HasSubstr;

constexpr const char* kImport = "SYNO.Core.Certificate";

struct EmulatorDisturbance : ::testing::Test {
  EmulatorDisturbance() { client.login(); }
  DsmEmulator emulator;
  EmulatorClient client{emulator};
};

TEST_F(EmulatorDisturbance, LosesAnAnswerBeforeOrAfterTheImportTookEffect) {
  const auto made = madeFor("home.example");
  emulator.disturb({.api = kImport, .method = "import"});
  EXPECT_TRUE(client.import(EmulatorClient::parts(made)).contains("lost"));
  EXPECT_EQ(emulator.importsDone(), 0U);
  emulator.disturb({.api = kImport, .method = "import", .after_effect = true});
  EXPECT_TRUE(client.import(EmulatorClient::parts(made)).contains("lost"));
  EXPECT_EQ(emulator.importsDone(), 1U);
  EXPECT_EQ(emulator.count(kImport, "import"), 2U);
  EXPECT_TRUE(emulator.calls().back().lost);
}

TEST_F(EmulatorDisturbance, AnswersWithTheWebServersOwnPages) {
  using How = DsmDisturbance::How;
  emulator.disturb({.api = kImport, .method = "import", .how = How::BadGateway, .outage_requests = 2});
  const std::string body = EmulatorClient::multipart(EmulatorClient::parts(madeFor("home.example")));
  const auto status = [&] { return client.upload(body).value().status; };
  EXPECT_EQ(status(), 502);
  EXPECT_EQ(client.get("/").value().status, 502);
  EXPECT_EQ(client.get("/").value().status, 502);
  EXPECT_EQ(client.get("/").value().status, 200);
  emulator.disturb({.api = kImport, .method = "import", .how = How::GatewayTimeout});
  EXPECT_EQ(status(), 504);
  EXPECT_EQ(emulator.importsDone(), 0U);
}

TEST_F(EmulatorDisturbance, EndsSessionsWithTheRestart) {
  emulator.disturb({.api = kImport, .method = "import", .after_effect = true, .ends_sessions = true});
  client.import(EmulatorClient::parts(madeFor("home.example")));
  EXPECT_EQ(EmulatorClient::code(client.list()), 119);
}

TEST_F(EmulatorDisturbance, GivesACodeAsOftenAsAsked) {
  emulator.disturb(
      {.api = "SYNO.Core.Certificate.CRT", .method = "list", .how = DsmDisturbance::How::Code, .code = 109, .times = 2});
  EXPECT_EQ(EmulatorClient::code(client.list()), 109);
  EXPECT_EQ(EmulatorClient::code(client.list()), 109);
  EXPECT_EQ(EmulatorClient::code(client.list()), 0);
}

TEST_F(EmulatorDisturbance, HoldsALoginUntilItIsReleased) {
  emulator.hold("SYNO.API.Auth", "login");
  auto slow = std::async(std::launch::async, [&] { return EmulatorClient(emulator).login(); });
  ASSERT_TRUE(emulator.waitUntilHeld());
  EXPECT_EQ(slow.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  EXPECT_EQ(emulator.logins(), 1U);
  emulator.release();
  EXPECT_EQ(EmulatorClient::code(slow.get()), 0);
}

TEST_F(EmulatorDisturbance, RefusesConnectionsInAnOutageAndComesBackOnItsPort) {
  const auto port = emulator.httpPort();
  emulator.startOutage(DsmOutage::Refused);
  const auto refused = client.get("/");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::Unreachable);
  emulator.endOutage();
  EXPECT_EQ(emulator.httpPort(), port);
  EXPECT_EQ(client.get("/").value().status, 200);
}

TEST_F(EmulatorDisturbance, HasOutagesThatAnswer) {
  emulator.startOutage(DsmOutage::BadGateway);
  EXPECT_EQ(client.get("/").value().status, 502);
  emulator.startOutage(DsmOutage::NotDsm);
  EXPECT_EQ(client.get("/webapi/query.cgi?api=SYNO.API.Info").value().status, 404);
  emulator.startOutage(DsmOutage::Dropped);
  EXPECT_FALSE(client.get("/"));
}

TEST_F(EmulatorDisturbance, RedirectsToHttpsOnTheSameOrAnotherHost) {
  emulator.change([](DsmBehaviour& behaviour) { behaviour.redirect_to_https = true; });
  const auto answer = client.get("/webapi/query.cgi?api=SYNO.API.Info");
  EXPECT_EQ(answer.value().status, 302);
  EXPECT_EQ(answer->headers.first("Location"), emulator.httpsUrl() + "/webapi/query.cgi?api=SYNO.API.Info");
  emulator.change([](DsmBehaviour& behaviour) { behaviour.redirect_host = "nas.elsewhere.example"; });
  EXPECT_THAT(client.get("/webapi/query.cgi").value().headers.first("Location").value_or(""),
              HasSubstr("https://nas.elsewhere.example:"));
  EXPECT_EQ(EmulatorClient(emulator, true).get("/").value().status, 200);
}

TEST_F(EmulatorDisturbance, SaysThatPlainHttpCameToTheHttpsPort) {
  MemoryLog log;
  const auto answer =
      makePocoHttp({}, Log(log))
          .value()
          ->send({.url = "http://127.0.0.1:" + std::to_string(emulator.httpsPort()) + "/"}, testing::effort());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 400);
  EXPECT_THAT(answer->body, HasSubstr("plain HTTP request was sent to HTTPS port"));
}

TEST_F(EmulatorDisturbance, KeepsServingTheOldCertificateUntilReloaded) {
  const std::string before = emulator.servedSha256();
  emulator.change([](DsmBehaviour& behaviour) { behaviour.reloads_at_once = false; });
  client.import(EmulatorClient::parts(madeFor("home.example"), emulator.defaultId()));
  EXPECT_EQ(emulator.servedSha256(), before);
  emulator.reloadWebServer();
  EXPECT_NE(emulator.servedSha256(), before);
}

TEST_F(EmulatorDisturbance, ShowsTheCertificatesAsAPageWithoutScript) {
  const std::string id = emulator.addCertificate({.description = "<b>home</b>", .names = {"home.example"}});
  const auto page = client.get("/");
  ASSERT_TRUE(page);
  EXPECT_THAT(page->body, HasSubstr("&lt;b&gt;home&lt;/b&gt;"));
  EXPECT_THAT(page->body, HasSubstr("home.example"));
  EXPECT_THAT(page->body, HasSubstr("Default certificate"));
  EXPECT_THAT(page->body, HasSubstr("DSM Desktop Service"));
  EXPECT_THAT(page->body, ::testing::Not(HasSubstr("<script")));
}

TEST_F(EmulatorDisturbance, MarksOnThePageWhatIsOddAboutAnEntry) {
  emulator.addOddCertificates();
  const std::string page = client.get("/").value().body;
  const auto countOf = [&](std::string_view words) {
    std::size_t count = 0;
    for (auto at = page.find(words); at != std::string::npos; at = page.find(words, at + 1)) ++count;
    return count;
  };
  EXPECT_EQ(countOf("Default certificate"), 1U);
  EXPECT_EQ(countOf("Renewed by DSM"), 1U);
  EXPECT_EQ(countOf("Expired"), 1U);
  EXPECT_EQ(countOf("Incomplete"), 1U);
  EXPECT_EQ(countOf("<article"), emulator.entries().size());
  EXPECT_THAT(page, HasSubstr("she said &quot;hi&quot; \\ bye"));
}

TEST(EmulatorControl, MovesTheClockMakesTroubleAndTellsTheState) {
  DsmEmulator emulator({.control_port = 0});
  MemoryLog log;
  const auto http = makePocoHttp({}, Log(log)).value();
  const std::string base = "http://127.0.0.1:" + std::to_string(emulator.controlPort());
  const auto post = [&](const std::string& target) {
    return http->send({.method = "POST", .url = base + target}, testing::effort()).value();
  };
  const auto before = emulator.now();
  EXPECT_EQ(post("/advance?seconds=86400").status, 200);
  EXPECT_GE(emulator.now() - before, std::chrono::days(1));
  EXPECT_EQ(post("/outage?kind=bad-gateway").status, 200);
  EmulatorClient client(emulator);
  EXPECT_EQ(client.get("/").value().status, 502);
  EXPECT_EQ(post("/outage?kind=none").status, 200);
  EXPECT_EQ(post("/account?name=sidecert&password=other").status, 200);
  EXPECT_EQ(EmulatorClient::code(client.login()), 400);
  EXPECT_EQ(post("/disturb?api=SYNO.API.Auth&method=login&how=code&code=407").status, 200);
  EXPECT_EQ(EmulatorClient::code(client.login()), 407);
  const Json state = Json::parse(post("/certificate?description=x&names=a.example,b.example").body, nullptr, false);
  EXPECT_EQ(state["certificates"][1]["names"], Json::array({"a.example", "b.example"}));
  EXPECT_EQ(state["logins"], 2);
  const std::string id = state["certificates"][1]["id"];
  EXPECT_EQ(post("/service?name=a.example&subscriber=ReverseProxy&service=u&certificate=" + id).status, 200);
  EXPECT_EQ(post("/assign?service=system/default&certificate=" + id).status, 200);
  EXPECT_THAT(emulator.entry(id)->services, ::testing::UnorderedElementsAre("ReverseProxy/u", "system/default"));
  EXPECT_EQ(emulator.servedSha256(), emulator.entry(id)->sha256);
  EXPECT_EQ(post("/remove?certificate=" + id).status, 200);
  EXPECT_FALSE(emulator.entry(id));
  EXPECT_EQ(post("/behaviour?portal-port=yes&auto-block-after=0").status, 200);
  EXPECT_EQ(post("/account?name=sidecert&password=mine").status, 200);
  EXPECT_TRUE(client.login({{"passwd", "mine"}})["data"]["is_portal_port"]);
  EXPECT_EQ(post("/behaviour?no-such=yes").status, 404);
  EXPECT_EQ(post("/no-such").status, 404);
  EXPECT_EQ(post("/outage?kind=odd").status, 404);
}

}  // namespace
}  // namespace sidecert::testing
