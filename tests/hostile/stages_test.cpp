// A CA and a DSM that behave up to a point: what comes after the first answer is no more trusted than that.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "players.h"
#include "support/altering_proxy.h"
#include "support/dsm_emulator.h"
#include "support/free_address.h"
#include "support/knot_server.h"
#include "support/pebble_server.h"

namespace sidecert::testing {
namespace {

constexpr const char* kTsigSecret = "Y2FuYXJ5LXRzaWctMDEyMzQ1Njc4OWFiY2RlZmdoaWo=";

struct Words {
  const char* name;
  int status;
  std::string body;
};

/// Answers in JSON, each wrong in a way of its own.
const std::vector<Words>& badAnswers() {
  static const std::vector<Words> all{
      {"Nested", 200, repeated("[", kMegabyte / 2)},
      {"Wide", 200, "{" + repeated("\"a\":[],", kMegabyte / 2) + "\"b\":0}"},
      {"TooLong", 200, "{\"detail\":\"" + repeated("x", 7 * kMegabyte) + "\"}"},
      {"Forged", 200, std::string(forgery())},
      {"ForgedRefusal", 403, std::string(forgery())},
      {"Empty", 200, ""},
  };
  return all;
}

std::vector<Ended> withCaTurningAt(const std::vector<const char*>& kinds) {
  const KnotServer dns({.zones = {{.name = "home.example", .update_keys = {"k"}}, {.name = "example"}},
                        .keys = {{.name = "k", .secret = kTsigSecret}}});
  PebbleServer pebble(
      {.environment = {{"PEBBLE_VA_ALWAYS_VALID", "1"}}, .with_dns = false, .dns_server = dns.address() + ":53"});
  std::vector<std::function<Ended()>> cases;
  for (const char* kind : kinds) {
    for (const Words& words : badAnswers()) {
      cases.emplace_back([&, kind] {
        const TempDirectory files;
        AlteringProxy ca(pebble, [&](const ProxyRequest& request, const AlteringProxy::Pass& pass) {
          ProxyAnswer answer = pass();
          if (request.kind != kind) return answer;
          if (words.status != 200) answer.status = words.status;
          answer.body = words.body;
          return answer;
        });
        std::ofstream(files / "key") << DnsKey{.name = "k", .secret = kTsigSecret}.clause();
        WatchedRun run = runWatched({"renew"}, {{"SIDECERT_DATA", (files / "data").string()},
                                                {"ACME_DOMAINS", "home.example"},
                                                {"ACME_SERVER", ca.directory()},
                                                {"SSL_CERT_FILE", pebble.caFile()},
                                                {"ACME_DNS", "dns_nsupdate"},
                                                {"ACME_DNS_RESOLVERS", dns.address() + ":53"},
                                                {"NSUPDATE_SERVER", dns.address()},
                                                {"NSUPDATE_KEY", (files / "key").string()}});
        const bool came = ca.count(kind) > 0;
        return Ended{.attack = std::string(kind) + " " + words.name,
                     .run = std::move(run),
                     .requests = came ? std::vector<std::string>{kind} : std::vector<std::string>()};
      });
    }
  }
  return together(cases);
}

TEST(HostileCa, EndsInAClearErrorWhereNothingElseTells) {
  expectClearEnds(withCaTurningAt({"order-plz", "authZ", "certZ"}));
}

// The account's URL is in a header, challenges and orders are asked for again.
TEST(HostileCa, DoesNoHarmWhereItCanBeAskedAgain) {
  expectUnharmedEnds(withCaTurningAt({"sign-me-up", "chalZ", "finalize-order"}));
}

/// What this DSM says to a request, asked anew and to the end.
std::string answerOf(const DsmEmulator& dsm, std::string request) {
  constexpr std::string_view kKeep = "Connection: keep-alive";
  request.replace(request.find(kKeep), kKeep.size(), "Connection: close");
  return exchangeWith(dsm.httpPort(), request);
}

struct Stage {
  const char* name;
  const char* api;
  const char* method;
};

std::vector<Ended> withDsmTurningAt(const std::vector<Stage>& stages) {
  std::vector<std::function<Ended()>> cases;
  for (const Stage& stage : stages) {
    for (const Words& words : badAnswers()) {
      cases.emplace_back([&] {
        const TempDirectory files;
        const DsmEmulator dsm({.accounts = {{.name = "admin", .password = "canary-password"}}});
        std::atomic<bool> came = false;
        const HostileServer server([&](Peer& peer, const std::string& request) {
          const bool here = request.contains(std::string("api=") + stage.api + "&") && request.contains(stage.method);
          came = came || here;
          peer.send(here ? httpAnswer(std::to_string(words.status) + " OK", words.body) : answerOf(dsm, request));
        });
        WatchedRun run = runWatched({"deploy"}, nasAt(server.port(), files));
        return Ended{.attack = std::string(stage.name) + " " + words.name,
                     .run = std::move(run),
                     .requests = came ? server.requests() : std::vector<std::string>()};
      });
    }
  }
  return together(cases);
}

TEST(HostileDsm, EndsInAClearErrorUpToTheImport) {
  expectClearEnds(withDsmTurningAt({{"login", "SYNO.API.Auth", "method=login"},
                                    {"list", "SYNO.Core.Certificate.CRT", "method=list"},
                                    {"import", "SYNO.Core.Certificate", "method=import"}}));
}

TEST(HostileDsm, DoesNoHarmWithItsServices) {
  expectUnharmedEnds(withDsmTurningAt({{"services", "SYNO.Core.Certificate.Service", "method="}}));
}

}  // namespace
}  // namespace sidecert::testing
