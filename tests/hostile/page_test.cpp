// Clients of the status page that mean harm: they keep nobody from the page and Sidecert from nothing.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <csignal>

#include "players.h"
#include "support/child_process.h"
#include "support/free_address.h"

namespace sidecert::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class HostilePageClients : public ::testing::Test {
 protected:
  HostilePageClients() {
    EXPECT_TRUE(process_.waitForLine("the status page is at", std::chrono::seconds(60))) << process_.output();
  }

  std::string get(const std::string& fields) const {
    return exchangeWith(port_, "GET /status.json HTTP/1.1\r\n" + fields + "Connection: close\r\n\r\n");
  }
  /// From an address of its own; the page has limits for each.
  [[nodiscard]] Descriptor connectFrom(const char* address) const {
    Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in name{};
    name.sin_family = AF_INET;
    ::inet_pton(AF_INET, address, &name.sin_addr);
    EXPECT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name), 0);
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    name.sin_port = htons(port_);
    EXPECT_EQ(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name), 0);
    return socket;
  }

  TempDirectory files_;
  std::uint16_t port_ = freePort();
  std::map<std::string, std::string> environment_ = [this] {
    auto environment = nasAt(freePort(), files_);
    environment["DEPLOY_FROM"] = (files_ / "nowhere").string();
    environment["STATUS_LISTEN"] = "127.0.0.1:" + std::to_string(port_);
    return environment;
  }();
  ChildProcess process_{
      {.command = {SIDECERT_PROGRAM}, .environment = environment_, .clean_environment = true, .directory = {}}};
};

TEST_F(HostilePageClients, SilentEndlessAndDeafOnesKeepNobodyFromThePage) {
  std::vector<Descriptor> open;
  const std::string host = "Host: 127.0.0.1\r\n";
  for (int i = 0; i < 100; ++i) {
    const std::string address = "127.0.1." + std::to_string(1 + i % 5);
    for (const std::string& said :
         {std::string(), "GET /status.json HTTP/1.1\r\n" + host + "\r\n", std::string(9000, 'x'),
          "GET / HTTP/1.1\r\n" + host + repeated("X-More: and more\r\n", 1U << 18U),
          "POST / HTTP/1.1\r\n" + host + "Content-Length: 99999999999\r\n\r\n" + repeated("x", 1U << 18U)}) {
      open.push_back(connectFrom(address.c_str()));
      std::ignore = ::send(open.back().get(), said.data(), said.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    EXPECT_THAT(get(host), StartsWith("HTTP/1.1 200 "));
  }
  EXPECT_LT(peakOf(process_.pid()), kMostKilobytes);
  process_.signal(SIGTERM);
  EXPECT_TRUE(process_.wait(std::chrono::seconds(60))) << "it hears no stop";
}

TEST_F(HostilePageClients, WhoComesByAnotherNameReadsNothing) {
  for (const char* host :
       {"Host: evil.example\r\n", "Host: 127.0.0.1.evil.example\r\n", "Host: localhost.evil.example\r\n", "Host: \r\n", "",
        "Host: 127.0.0.1\r\nHost: evil.example\r\n", "Host: 127.0.0.1@evil.example\r\n"}) {
    const std::string answer = get(host);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 4")) << host;
    EXPECT_THAT(answer, Not(HasSubstr("127.0.0.1:"))) << host;
  }
  EXPECT_THAT(exchangeWith(port_, "GET http://evil.example/status.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"),
              StartsWith("HTTP/1.1 4"));
  EXPECT_THAT(exchangeWith(port_, "GET /\x1b[2J HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"), StartsWith("HTTP/1.1 4"));
  EXPECT_THAT(process_.output(), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace sidecert::testing
