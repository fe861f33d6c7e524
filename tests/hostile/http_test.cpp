// A DNS provider, a DSM and a proxy that mean harm. Each plays every attack; what they may do by HTTP stands in
// hostile_http.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <mutex>

#include "hostile_http.h"
#include "support/raw_server.h"
#include "support/scripted_dns.h"
#include "support/temp_directory.h"
#include "support/test_ca.h"
#include "watched_run.h"

namespace sidecert::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class HostileHttp : public ::testing::TestWithParam<HttpAttack> {
 protected:
  [[nodiscard]] std::string heard() {
    const std::scoped_lock lock(mutex_);
    return heard_;
  }

  std::mutex mutex_;
  std::string heard_;
  RawServer server_{[this](int socket, int) {
    const std::string head = readHead(socket);
    {
      const std::scoped_lock lock(mutex_);
      heard_ += head;
    }
    GetParam().play(socket);
  }};
  TempDirectory files_;
  std::map<std::string, std::string> environment_{{"SIDECERT_DATA", (files_ / "data").string()}};
};

class HostileProvider : public HostileHttp {};

TEST_P(HostileProvider, EndsInAClearError) {
  const ScriptedDns dns(
      [](const std::string& query, ScriptedDns::Via) { return std::vector{ScriptedDns::answerTo(query, 0, {})}; });
  std::filesystem::create_directory(files_ / "providers");
  std::ofstream(files_ / "providers" / "mine.json") << R"({"id": "dns_mine", "name": "Mine", "docs": "d",
    "variables": [{"name": "MINE_Url", "meaning": "address"}, {"name": "MINE_Key", "secret": true, "meaning": "key"}],
    "credentials": [{"needs": ["MINE_Url", "MINE_Key"], "headers": {"X-API-Key": "{MINE_Key}"}}],
    "base": "{MINE_Url}", "message": ["/detail"], "zone": {"list": {"get": "/zones", "items": "", "name": "/name"}},
    "records": {"list": {"get": "/records", "items": "", "name": "/name", "value": "/value"},
                "add": {"post": "/add", "json": {"name": "{fqdn}", "value": "{value}"}},
                "remove": {"delete": "/records/{fqdn}/{value}"}}})";
  environment_.insert({{"SIDECERT_PROVIDERS", (files_ / "providers").string()},
                       {"ACME_DOMAINS", "home.example"},
                       {"ACME_DNS", "dns_mine"},
                       {"ACME_DNS_RESOLVERS", dns.address() + ":" + std::to_string(dns.port())},
                       {"MINE_Url", "http://127.0.0.1:" + std::to_string(server_.port())},
                       {"MINE_Key", "canary-key"}});
  expectClearEnd(runWatched({"txt", "add", "_acme-challenge.home.example", "value"}, environment_));
  EXPECT_GT(server_.connections(), 0);
}

class HostileDsm : public HostileHttp {
 protected:
  HostileDsm() {
    std::filesystem::create_directory(files_ / "certs");
    const TestCertificate made = TestCa().intermediate().issue({.names = {"home.example"}});
    std::ofstream(files_ / "certs" / "all.pem") << made.key_pem << made.fullChain();
    environment_.insert({{"DEPLOY_FROM", (files_ / "certs").string()},
                         {"SYNO_SCHEME", "http"},
                         {"SYNO_HOSTNAME", "127.0.0.1"},
                         {"SYNO_PORT", std::to_string(server_.port())},
                         {"SYNO_USERNAME", "admin"},
                         {"SYNO_PASSWORD", "canary-password"},
                         {"SYNO_CERTIFICATE", "home"},
                         {"SYNO_CREATE", "1"}});
  }
};

TEST_P(HostileDsm, EndsInAClearErrorAndHearsNoPassword) {
  expectClearEnd(runWatched({"renew"}, environment_));
  EXPECT_GT(server_.connections(), 0);
  EXPECT_THAT(heard(), Not(HasSubstr("canary")));
}

class HostileProxy : public HostileDsm {};

TEST_P(HostileProxy, EndsInAClearErrorAndHearsNoPassword) {
  environment_["SYNO_SCHEME"] = "https";
  environment_["SYNO_HOSTNAME"] = "nas.example";  // a public name, so that the proxy is asked
  environment_["SYNO_PORT"] = "5001";
  environment_["HTTPS_PROXY"] = "http://127.0.0.1:" + std::to_string(server_.port());
  expectClearEnd(runWatched({"renew"}, environment_));
  EXPECT_THAT(heard(), Not(HasSubstr("canary")));
}

std::string nameOf(const ::testing::TestParamInfo<HttpAttack>& info) {
  return info.param.name;
}
INSTANTIATE_TEST_SUITE_P(Each, HostileProvider, ::testing::ValuesIn(httpAttacks()), nameOf);
INSTANTIATE_TEST_SUITE_P(Each, HostileDsm, ::testing::ValuesIn(httpAttacks()), nameOf);
INSTANTIATE_TEST_SUITE_P(Each, HostileProxy, ::testing::ValuesIn(httpAttacks()), nameOf);

}  // namespace
}  // namespace sidecert::testing
