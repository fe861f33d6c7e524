#include "players.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

namespace sidecert::testing {

std::vector<Ended> together(const std::vector<std::function<Ended()>>& cases) {
  std::vector<Ended> ended(cases.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < cases.size(); ++i) threads.emplace_back([&, i] { ended[i] = cases[i](); });
  for (std::thread& each : threads) each.join();
  return ended;
}

std::vector<Ended> playAll(const Player& player, const std::vector<Attack>& attacks) {
  std::vector<std::function<Ended()>> cases;
  for (const Attack& attack : attacks) {
    cases.emplace_back([&player, &attack] {
      const TempDirectory files;
      const HostileServer server(attack.play, player.tls, player.speaks);
      const Command command = player.command(files, server.port());
      WatchedRun run = runWatched(command.arguments, command.environment);
      return Ended{.attack = attack.name, .run = std::move(run), .requests = server.requests()};
    });
  }
  return together(cases);
}

namespace {

void expectEach(const std::vector<Ended>& all, void (*expect)(const WatchedRun&)) {
  for (const Ended& each : all) {
    SCOPED_TRACE(each.attack);
    // Where the first words are not TLS the program may be gone before the server has read anything.
    const bool came = !each.requests.empty() || each.run.output.contains("does not speak TLS");
    EXPECT_TRUE(came) << "the program did not come here:\n" << each.run.output;
    expect(each.run);
  }
}

}  // namespace

void expectClearEnds(const std::vector<Ended>& all) {
  expectEach(all, expectClearEnd);
}

void expectUnharmedEnds(const std::vector<Ended>& all) {
  expectEach(all, expectUnharmed);
}

void expectNobodyWasTold(std::string_view secret, const std::vector<Ended>& all) {
  for (const Ended& each : all) {
    for (const std::string& request : each.requests)
      EXPECT_FALSE(request.contains(secret)) << each.attack << "\n" << request;
  }
}

std::map<std::string, std::string> nasAt(std::uint16_t port, const TempDirectory& files) {
  std::filesystem::create_directory(files / "certs");
  const TestCertificate made = TestCa().intermediate().issue({.names = {"home.example"}});
  std::ofstream(files / "certs" / "all.pem") << made.key_pem << made.fullChain();
  return {{"SIDECERT_DATA", (files / "data").string()},
          {"DEPLOY_FROM", (files / "certs").string()},
          {"SYNO_HOSTNAME", "127.0.0.1"},
          {"SYNO_PORT", std::to_string(port)},
          {"SYNO_USERNAME", "admin"},
          {"SYNO_PASSWORD", "canary-password"},
          {"SYNO_CERTIFICATE", "home"},
          {"SYNO_CREATE", "1"}};
}

}  // namespace sidecert::testing
