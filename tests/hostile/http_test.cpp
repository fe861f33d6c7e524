// A CA, a DNS provider, a DSM, a proxy and a webhook that mean harm: each plays all of http_attacks.cpp.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "players.h"
#include "support/knot_server.h"

namespace sidecert::testing {
namespace {

/// The zone home.example.
std::string resolvers() {
  static const KnotServer dns({.zones = {{.name = "home.example"}}});
  return dns.address() + ":53";
}

std::vector<Attack> withDrips() {
  std::vector<Attack> all = httpAttacks();
  all.insert(all.end(), dripAttacks().begin(), dripAttacks().end());
  return all;
}

std::string origin(std::uint16_t port) {
  return "http://127.0.0.1:" + std::to_string(port);
}

TEST(HostileProvider, EndsInAClearError) {
  const Player provider{.command = [](const TempDirectory& files, std::uint16_t port) {
    std::filesystem::create_directory(files / "providers");
    std::ofstream(files / "providers" / "mine.json") << R"({"id": "dns_mine", "name": "Mine", "docs": "d",
      "variables": [{"name": "MINE_Url", "meaning": "address"}, {"name": "MINE_Key", "secret": true, "meaning": "key"}],
      "credentials": [{"needs": ["MINE_Url", "MINE_Key"], "headers": {"X-API-Key": "{MINE_Key}"}}],
      "base": "{MINE_Url}", "message": ["/detail"],
      "zone": {"list": {"get": "/zones", "items": "/zones", "name": "/name"}},
      "records": {"list": {"get": "/zones/{zone}", "items": "/records", "name": "/name", "value": "/value"},
                  "add": {"post": "/zones/{zone}", "json": {"name": "{fqdn}", "value": "{value}"}},
                  "remove": {"delete": "/zones/{zone}/{fqdn}/{value}"}}})";
    return Command{.arguments = {"txt", "add", "_acme-challenge.home.example", "value"},
                   .environment = {{"SIDECERT_DATA", (files / "data").string()},
                                   {"SIDECERT_PROVIDERS", (files / "providers").string()},
                                   {"ACME_DOMAINS", "home.example"},
                                   {"ACME_DNS", "dns_mine"},
                                   {"ACME_DNS_RESOLVERS", resolvers()},
                                   {"MINE_Url", origin(port)},
                                   {"MINE_Key", "canary-key"}}};
  }};
  expectClearEnds(playAll(provider, httpAttacks()));
}

TEST(HostileDsm, EndsInAClearErrorAndIsNotToldThePassword) {
  const Player dsm{.command = [](const TempDirectory& files, std::uint16_t port) {
    return Command{.arguments = {"check"}, .environment = nasAt(port, files)};
  }};
  const std::vector<Ended> all = playAll(dsm, withDrips());
  expectClearEnds(all);
  expectNobodyWasTold("canary", all);
}

TEST(HostileProxy, EndsInAClearErrorAndIsNotToldThePassword) {
  const Player proxy{.command = [](const TempDirectory& files, std::uint16_t port) {
    auto environment = nasAt(5001, files);
    environment["SYNO_SCHEME"] = "https";
    environment["SYNO_HOSTNAME"] = "nas.example";  // a public name, so that the proxy is asked
    environment["HTTPS_PROXY"] = origin(port);
    return Command{.arguments = {"check"}, .environment = environment};
  }};
  const std::vector<Ended> all = playAll(proxy, withDrips());
  expectClearEnds(all);
  expectNobodyWasTold("canary", all);
}

TEST(HostileWebhook, KeepsNobodyFromHisWork) {
  const Player webhook{.command = [](const TempDirectory& files, std::uint16_t port) {
    auto environment = nasAt(5000, files);
    environment["DEPLOY_FROM"] = (files / "nowhere").string();
    environment["NOTIFY_URLS"] = "json://user:canary-token@127.0.0.1:" + std::to_string(port) + "/told";
    return Command{.arguments = {"renew"}, .environment = environment};
  }};
  expectClearEnds(playAll(webhook, withDrips()));
}

TEST(HostileCa, EndsInAClearErrorAndIsNotToldTheToken) {
  const TestCa ca;
  const Player acme{.tls = ca.issue({.names = {"localhost"}}),
                    .command = [&](const TempDirectory& files, std::uint16_t port) {
                      std::ofstream(files / "ca.pem") << ca.pem();
                      return Command{.arguments = {"renew"},
                                     .environment = {{"SIDECERT_DATA", (files / "data").string()},
                                                     {"ACME_DOMAINS", "home.example"},
                                                     {"ACME_SERVER", "https://localhost:" + std::to_string(port) + "/dir"},
                                                     {"SSL_CERT_FILE", (files / "ca.pem").string()},
                                                     {"ACME_DNS", "dns_cf"},
                                                     {"CF_Token", "canary-token"},
                                                     {"ACME_DNS_RESOLVERS", resolvers()}}};
                    }};
  const std::vector<Ended> all = playAll(acme, httpAttacks());
  expectClearEnds(all);
  expectNobodyWasTold("canary", all);
}

}  // namespace
}  // namespace sidecert::testing
