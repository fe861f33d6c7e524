// A mail server, a name server and clients of the page that mean harm.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>

#include <fstream>
#include <functional>

#include "base/poco_http.h"
#include "hostile_http.h"
#include "support/child_process.h"
#include "support/effort.h"
#include "support/free_address.h"
#include "support/memory_log.h"
#include "support/raw_server.h"
#include "support/scripted_dns.h"
#include "support/temp_directory.h"
#include "support/test_ca.h"
#include "support/web_server.h"
#include "watched_run.h"

namespace sidecert::testing {
namespace {

struct Attack {
  std::string name;
  std::function<void(int socket)> play;
};
std::string nameOfMailAttack(const ::testing::TestParamInfo<Attack>& info) {
  return info.param.name;
}

class HostileMail : public ::testing::TestWithParam<Attack> {};

TEST_P(HostileMail, EndsInAClearError) {
  const RawServer server([](int socket, int) { GetParam().play(socket); });
  const TempDirectory files;
  const WatchedRun run =
      runWatched({"renew"}, {{"SIDECERT_DATA", (files / "data").string()},
                             {"DEPLOY_FROM", (files / "nowhere").string()},
                             {"SYNO_HOSTNAME", "127.0.0.1"},
                             {"SYNO_PORT", std::to_string(freePort())},
                             {"SYNO_USERNAME", "admin"},
                             {"SYNO_PASSWORD", "canary-password"},
                             {"NOTIFY_URLS", "smtp://user:canary-password@127.0.0.1:" + std::to_string(server.port()) +
                                                 "/?from=a@home.example&to=b@home.example"}});
  expectClearEnd(run);
  EXPECT_GT(server.connections(), 0);
}

INSTANTIATE_TEST_SUITE_P(
    Each, HostileMail,
    ::testing::Values(Attack{"EndlessReplyLines", [](int socket) { sendForEver(socket, "220-and more\r\n"); }},
                      Attack{"OneEndlessReplyLine", [](int socket) { sendForEver(socket, "220 "); }},
                      Attack{"EndlessAbilities",
                             [](int socket) {
                               sendText(socket, "220 hello\r\n");
                               sendForEver(socket, "250-ABILITY\r\n");
                             }},
                      Attack{"Escapes", [](int socket) { sendText(socket, "554 \x1b[2J\x07\rforged\r\n"); }},
                      Attack{"Garbage", [](int socket) { sendText(socket, std::string(100'000, '\xFF')); }}),
    nameOfMailAttack);

struct CaAttack {
  std::string name;
  std::function<WebAnswer(const WebRequest&)> answer;
};

class HostileCa : public ::testing::TestWithParam<CaAttack> {};

TEST_P(HostileCa, EndsInAClearError) {
  const TestCa ca;
  const WebServer server(GetParam().answer, ca.issue({.names = {"localhost"}}));
  const ScriptedDns dns(
      [](const std::string& query, ScriptedDns::Via) { return std::vector{ScriptedDns::answerTo(query, 0, {})}; });
  const TempDirectory files;
  std::ofstream(files / "ca.pem") << ca.pem();
  const WatchedRun run = runWatched({"renew"}, {{"SIDECERT_DATA", (files / "data").string()},
                                                {"ACME_DOMAINS", "home.example"},
                                                {"ACME_SERVER", server.url("/dir")},
                                                {"ACME_EMAIL", "a@home.example"},
                                                {"SSL_CERT_FILE", (files / "ca.pem").string()},
                                                {"ACME_DNS", "dns_cf"},
                                                {"CF_Token", "canary-token"},
                                                {"ACME_DNS_RESOLVERS", dns.address() + ":" + std::to_string(dns.port())}});
  expectClearEnd(run);
  EXPECT_GT(server.connections(), 0);
  for (const WebRequest& request : server.requests()) EXPECT_FALSE(request.body.contains("canary"));
}

WebAnswer json(std::string body, int status = 200) {
  return {.status = status, .headers = {{"Content-Type", "application/json"}}, .body = std::move(body)};
}

INSTANTIATE_TEST_SUITE_P(
    Each, HostileCa,
    ::testing::Values(
        CaAttack{"NestedJson", [](const WebRequest&) { return json(std::string(1U << 20U, '[')); }},
        CaAttack{"WideJson",
                 [](const WebRequest&) {
                   std::string wide = "{\"newNonce\":\"x\"";
                   for (int i = 0; i < 400'000; ++i) wide += ",\"" + std::to_string(i) + "\":[]";
                   return json(wide + "}");
                 }},
        CaAttack{"HugeBody", [](const WebRequest&) { return json("\"" + std::string(64U << 20U, 'x') + "\""); }},
        CaAttack{"RedirectsForEver",
                 [](const WebRequest&) { return WebAnswer{.status = 302, .headers = {{"Location", "/dir"}}, .body = ""}; }},
        CaAttack{"EscapesInTheProblem",
                 [](const WebRequest&) {
                   return json(R"({"type":"urn:ietf:params:acme:error:\u001b[2J","detail":"\u001b[2J\r\nforged info"})",
                               503);
                 }},
        CaAttack{"ALinkToThePlainWeb",
                 [](const WebRequest&) {
                   return json(R"({"newNonce":"http://127.0.0.1:9/n","newAccount":"http://127.0.0.1:9/a",)"
                               R"("newOrder":"http://127.0.0.1:9/o","revokeCert":"http://127.0.0.1:9/r"})");
                 }},
        CaAttack{"LineBreaksInEveryUrl",
                 [](const WebRequest&) {
                   return json(
                       R"({"newNonce":"https://x\r\nHost: y/n","newAccount":"https://x\r\n/a","newOrder":"https://x\n/o"})");
                 }}),
    [](const auto& info) { return info.param.name; });

struct DnsAttack {
  std::string name;
  ScriptedDns::Handler answer;
};

class HostileNameServer : public ::testing::TestWithParam<DnsAttack> {};

std::string truncated(const std::string& query) {
  std::string answer = ScriptedDns::answerTo(query, 0, {});
  answer[2] = static_cast<char>(answer[2] | 0x02);
  return answer;
}

TEST_P(HostileNameServer, EndsInAClearError) {
  const ScriptedDns dns(GetParam().answer);
  const TempDirectory files;
  std::ofstream(files / "key")
      << "key \"k\" {\n  algorithm hmac-sha256;\n  secret \"Y2FuYXJ5LXRzaWctMDEyMzQ1Njc4OWFiY2RlZmdoaWo=\";\n};\n";
  const WatchedRun run = runWatched({"txt", "add", "_acme-challenge.home.example", "value"},
                                    {{"SIDECERT_DATA", (files / "data").string()},
                                     {"ACME_DOMAINS", "home.example"},
                                     {"ACME_DNS", "dns_nsupdate"},
                                     {"ACME_DNS_RESOLVERS", dns.address() + ":" + std::to_string(dns.port())},
                                     {"NSUPDATE_SERVER", dns.address()},
                                     {"NSUPDATE_SERVER_PORT", std::to_string(dns.port())},
                                     {"NSUPDATE_KEY", (files / "key").string()}});
  expectClearEnd(run);
}

INSTANTIATE_TEST_SUITE_P(
    Each, HostileNameServer,
    ::testing::Values(
        DnsAttack{"TruncatedAndSilentByTcp",
                  [](const std::string& query, ScriptedDns::Via via) {
                    return via == ScriptedDns::Via::Udp ? std::vector{truncated(query)} : std::vector<std::string>{};
                  }},
        DnsAttack{"Garbage", [](const std::string&, ScriptedDns::Via) { return std::vector{std::string(300, '\xC0')}; }},
        DnsAttack{"AnswersToOtherQuestions",
                  [](const std::string& query, ScriptedDns::Via) {
                    std::string other = ScriptedDns::answerTo(query, 0, {});
                    other[0] = static_cast<char>(other[0] ^ 0x55);
                    return std::vector<std::string>(50, other);
                  }},
        DnsAttack{"PointerLoop",
                  [](const std::string& query, ScriptedDns::Via) {
                    return std::vector{ScriptedDns::answerTo(
                        query, 0, {std::string("\xC0\x0C\x00\x05\x00\x01\x00\x00\x00\x3C\x00\x02\xC0\x0C", 14)})};
                  }},
        DnsAttack{"Refused", [](const std::string& query,
                                ScriptedDns::Via) { return std::vector{ScriptedDns::answerTo(query, 5, {})}; }},
        DnsAttack{"Silence", [](const std::string&, ScriptedDns::Via) { return std::vector<std::string>{}; }}),
    [](const auto& info) { return info.param.name; });

class HostilePageClients : public ::testing::Test {
 protected:
  HostilePageClients() {
    EXPECT_TRUE(process_.waitForLine("the status page is at", std::chrono::seconds(60))) << process_.output();
  }
  [[nodiscard]] Descriptor connect() const {
    Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    return socket;
  }
  [[nodiscard]] HttpResponse get(const std::string& path) {
    return http_->send({.url = "http://127.0.0.1:" + std::to_string(port_) + path}, testing::effort())
        .value_or(HttpResponse{});
  }

  TempDirectory files_;
  std::uint16_t port_ = freePort();
  MemoryLog log_;
  std::unique_ptr<HttpTransport> http_ = makePocoHttp({}, Log(log_)).value();
  ChildProcess process_{{.command = {SIDECERT_PROGRAM},
                         .environment = {{"DEPLOY_FROM", (files_ / "nowhere").string()},
                                         {"SYNO_HOSTNAME", "127.0.0.1"},
                                         {"SYNO_USERNAME", "admin"},
                                         {"SYNO_PASSWORD", "canary-password"},
                                         {"SIDECERT_DATA", (files_ / "data").string()},
                                         {"STATUS_LISTEN", "127.0.0.1:" + std::to_string(port_)}},
                         .clean_environment = true,
                         .directory = {}}};
};

TEST_F(HostilePageClients, SilentEndlessAndDeafOnesKeepNobodyFromThePage) {
  std::vector<Descriptor> open;
  for (int i = 0; i < 150; ++i) open.push_back(connect());
  for (int i = 0; i < 150; ++i) {
    open.push_back(connect());
    sendText(open.back().get(), i % 2 == 0 ? "GET /status.json HTTP/1.1\r\nHost: nas\r\n\r\n" : std::string(9000, 'x'));
  }
  EXPECT_EQ(get("/status.json").status, 200);
  EXPECT_EQ(get("/health").status, 503);
  process_.signal(SIGTERM);
  EXPECT_TRUE(process_.wait(std::chrono::seconds(60)));
}

}  // namespace
}  // namespace sidecert::testing
