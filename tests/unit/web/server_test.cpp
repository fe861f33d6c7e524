#include "web/server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <stdexcept>
#include <utility>
#include <vector>

namespace sidecert::web {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

PageResponse echo(const std::string& path) {
  return {.status = path == "/gone" ? 404 : 200, .type = "text/plain", .body = "you asked for " + path};
}

class ServerOnLoopback : public ::testing::Test {
 protected:
  ServerOnLoopback() {
    auto server = Server::listen("127.0.0.1", 0, KnownHosts({"status.example"}), echo);
    EXPECT_TRUE(server) << describe(server.error());
    if (server) server_ = std::move(*server);
  }

  [[nodiscard]] Descriptor connect() const {
    Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server_->port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    return socket;
  }
  static void say(const Descriptor& socket, std::string_view text) {
    EXPECT_EQ(::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  static std::string hear(const Descriptor& socket) {
    std::string all;
    std::array<char, 1024> piece{};
    for (ssize_t count = 0; (count = ::recv(socket.get(), piece.data(), piece.size(), 0)) > 0;)
      all.append(piece.data(), static_cast<std::size_t>(count));
    return all;
  }
  [[nodiscard]] std::string ask(std::string_view request) const {
    const Descriptor socket = connect();
    say(socket, request);
    return hear(socket);
  }

  std::unique_ptr<Server> server_;
};

TEST_F(ServerOnLoopback, AnswersGet) {
  EXPECT_THAT(
      ask("GET /status.json?x=1 HTTP/1.1\r\nHost: nas\r\n\r\n"),
      AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("Content-Length: 26\r\n"), HasSubstr("Connection: Close\r\n"),
            HasSubstr("Cache-Control: no-store\r\n"), HasSubstr("Content-Security-Policy: default-src 'none'"),
            EndsWith("\r\n\r\nyou asked for /status.json")));
  EXPECT_THAT(ask("GET /gone HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.1 404 Not Found\r\n"));
}

TEST_F(ServerOnLoopback, AnswersHeadWithoutBody) {
  EXPECT_THAT(ask("HEAD / HTTP/1.1\r\nHost: nas\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("Content-Length: 15\r\n"), EndsWith("\r\n\r\n")));
}

TEST_F(ServerOnLoopback, OnlyReads) {
  EXPECT_THAT(ask("POST / HTTP/1.1\r\nHost: nas\r\nContent-Length: 2\r\n\r\n{}"),
              AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("Allow: GET, HEAD\r\n"), Not(HasSubstr("you asked"))));
}

TEST_F(ServerOnLoopback, RefusesWhatIsNoRequest) {
  EXPECT_THAT(ask(std::string(9000, 'x')), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(ask(std::string("\x16\x03\x01\x00\xA5\x01\r\n\r\n", 10)), Not(HasSubstr("you asked")));  // TLS
}

// DNS rebinding: a stranger's page whose own name points here reads what is here.
TEST_F(ServerOnLoopback, AForeignNameReadsNothing) {
  for (const char* host : {"evil.example", "evil.example:80", "status.example.evil.example", "127.0.0.1.evil.example", "a b",
                           "[::1", "nas:x", "evil.example\r\nHost: nas", "nas\r\nHost: evil.example"}) {
    EXPECT_THAT(ask(std::string("GET / HTTP/1.1\r\nHost: ") + host + "\r\n\r\n"),
                AllOf(ContainsRegex("^HTTP/1.1 4(21 Misdirected Request|00)"), Not(HasSubstr("you asked"))))
        << host;
  }
  EXPECT_THAT(ask("GET / HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
}

TEST_F(ServerOnLoopback, ItsOwnNamesAndAddressesReadIt) {
  for (const char* host : {"127.0.0.1", "127.0.0.1:8090", "[::1]:8090", "nas", "NAS:8090", "nas.local", "nas.home.arpa",
                           "status.example", "Status.Example.:443", "localhost"}) {
    EXPECT_THAT(ask(std::string("GET / HTTP/1.1\r\nHost: ") + host + "\r\n\r\n"), HasSubstr("you asked for /")) << host;
  }
}

TEST_F(ServerOnLoopback, ManySilentConnectionsKeepNobodyWaiting) {
  std::vector<Descriptor> silent;
  for (int i = 0; i < 200; ++i) silent.push_back(connect());
  EXPECT_THAT(ask("GET / HTTP/1.1\r\nHost: nas\r\n\r\n"), HasSubstr("you asked for /"));
  EXPECT_EQ(hear(silent.front()), "");  // it made room
}

TEST_F(ServerOnLoopback, AClientThatNeverReadsKeepsNobodyWaiting) {
  std::vector<Descriptor> deaf;
  for (int i = 0; i < 100; ++i) {
    deaf.push_back(connect());
    say(deaf.back(), "GET / HTTP/1.1\r\nHost: nas\r\n\r\n");
  }
  EXPECT_THAT(ask("GET / HTTP/1.1\r\nHost: nas\r\n\r\n"), HasSubstr("you asked for /"));
}

TEST_F(ServerOnLoopback, ASilentConnectionKeepsNobodyWaiting) {
  const Descriptor one = connect();
  const Descriptor two = connect();
  say(two, "GET / HT");
  EXPECT_THAT(ask("GET / HTTP/1.1\r\nHost: nas\r\n\r\n"), HasSubstr("you asked for /"));
}

// The exception had ended the process, and renewals with it.
TEST(Server, AnAnswerThatBreaksIsAnErrorOfThatExchangeAlone) {
  auto server = Server::listen("127.0.0.1", 0, KnownHosts(), [](const std::string& path) -> PageResponse {
    if (path == "/broken") throw std::runtime_error("no memory");
    return echo(path);
  });
  ASSERT_TRUE(server);
  for (const auto& [path, begin] : {std::pair{"/broken", "HTTP/1.1 500 "}, std::pair{"/", "HTTP/1.1 200 "}}) {
    const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons((*server)->port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    const std::string request = std::string("GET ") + path + " HTTP/1.1\r\nHost: nas\r\n\r\n";
    ASSERT_EQ(::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL), static_cast<ssize_t>(request.size()));
    std::array<char, 64> piece{};
    const auto got = ::recv(socket.get(), piece.data(), piece.size(), 0);
    ASSERT_GT(got, 0);
    EXPECT_THAT(std::string(piece.data(), static_cast<std::size_t>(got)), StartsWith(begin));
  }
}

TEST_F(ServerOnLoopback, EndsWhileConnectionsAreOpen) {
  const Descriptor silent = connect();
  const Descriptor half = connect();
  say(half, "GET / HTTP/1.1\r\n");
  server_.reset();
  EXPECT_EQ(hear(silent), "");
}

TEST_F(ServerOnLoopback, SaysThatAnAddressIsTaken) {
  const auto second = Server::listen("127.0.0.1", server_->port(), KnownHosts(), echo);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::Settings);
  EXPECT_THAT(second.error().what, AllOf(HasSubstr("127.0.0.1:"), HasSubstr("in use")));
}

TEST_F(ServerOnLoopback, SaysThatAnAddressIsAnotherMachines) {
  const auto server = Server::listen("192.0.2.1", 0, KnownHosts({"status.example"}), echo);
  ASSERT_FALSE(server);
  EXPECT_THAT(server.error().what, HasSubstr("cannot listen at 192.0.2.1:0"));
}

}  // namespace
}  // namespace sidecert::web
