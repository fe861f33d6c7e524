// A mail server that means harm: Sidecert's own work goes on, and the password goes to nobody.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "players.h"

namespace sidecert::testing {
namespace {

/// Says each of these, the first at once and each other after the client has spoken.
Script dialogue(std::vector<std::string> lines) {
  return [lines = std::move(lines)](Peer& peer, const std::string&) {
    for (const std::string& line : lines) {
      if (&line != &lines.front() && peer.receive().empty()) return;
      peer.send(line);
    }
    peer.receive();
  };
}

Attack endlessAfter(std::string name, std::vector<std::string> before, std::string more) {
  return {std::move(name), [before = std::move(before), more = std::move(more)](Peer& peer, const std::string&) {
            for (const std::string& line : before) {
              peer.send(line);
              if (peer.receive().empty()) return;
            }
            peer.sendWithoutEnd(more);
          }};
}

std::vector<Attack> mailAttacks() {
  return {
      endlessAfter("EndlessReplyLines", {}, "220-and more\r\n"),
      endlessAfter("OneEndlessReplyLine", {}, "220 "),
      endlessAfter("EndlessAbilities", {"220 hello\r\n"}, "250-ABILITY\r\n"),
      {"Escapes", dialogue({"554 \x1b[2J\x07\rforged 2026-01-01 info all is well\r\n"})},
      {"Garbage", dialogue({std::string(100'000, '\xFF')})},
      {"NoStartTls", dialogue({"220 hello\r\n", "250-hello\r\n250 AUTH PLAIN LOGIN\r\n", "334 go on\r\n", "334 go on\r\n"})},
      {"WordsBeforeTheHandshake",
       dialogue({"220 hello\r\n", "250-hello\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n",
                 "220 go\r\n250-hello\r\n250 AUTH PLAIN LOGIN\r\n334 go on\r\n", "334 go on\r\n"})},
      {"StartTlsRefused",
       dialogue({"220 hello\r\n", "250-AUTH PLAIN\r\n250 STARTTLS\r\n", "454 not now\r\n", "334 go on\r\n"})},
      {"HangsUp", [](Peer&, const std::string&) {}},
      {"Drip", [](Peer& peer, const std::string&) { peer.drip("2"); }},
      {"DrippingLines", [](Peer& peer, const std::string&) { peer.drip("220-x\r\n"); }},
      {"Silence", [](Peer& peer, const std::string&) { peer.drip(""); }}};
}

std::vector<Ended> mailed(const std::string& scheme) {
  const Player server{.speaks = Speaks::First, .command = [&](const TempDirectory& files, std::uint16_t port) {
                        auto environment = nasAt(5000, files);
                        environment["DEPLOY_FROM"] = (files / "nowhere").string();
                        environment["NOTIFY_URLS"] = scheme + "://user:canary-password@127.0.0.1:" + std::to_string(port) +
                                                     "/?from=a@home.example&to=b@home.example";
                        return Command{.arguments = {"renew"}, .environment = environment};
                      }};
  return playAll(server, mailAttacks());
}

TEST(HostileMailServer, EndsInAClearErrorAndIsNotToldThePassword) {
  for (const char* scheme : {"smtp", "smtps"}) {
    const std::vector<Ended> all = mailed(scheme);
    expectClearEnds(all);
    expectNobodyWasTold("canary", all);
    expectNobodyWasTold(base64("canary-password"), all);
    expectNobodyWasTold("AUTH", all);
  }
}

}  // namespace
}  // namespace sidecert::testing
