// What an owner has, all of it real but small: a CA (Pebble), a name server (Knot with TSIG), a NAS (the DSM emulator), a
// data folder, and the program that ships.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "support/child_process.h"
#include "support/dsm_emulator.h"
#include "support/knot_server.h"
#include "support/pebble_server.h"
#include "support/temp_directory.h"

namespace sidecert::testing {

// Every secret says "canary" in clear or, where it must be base64, decodes to it.
inline constexpr const char* kTsigSecret = "Y2FuYXJ5LXRzaWctMDEyMzQ1Njc4OWFiY2RlZmdoaWo=";
inline constexpr const char* kPassword = "canary-password";

class OwnersWorld : public ::testing::Test {
 protected:
  OwnersWorld()
      : dns_({.zones = {{.name = "home.example", .update_keys = {"e2e"}},
                        {.name = "example"}},  // CAA records are looked for there too
              .keys = {{.name = "e2e", .secret = kTsigSecret}}}),
        pebble_({.with_dns = false, .dns_server = dns_.address() + ":53"}),
        dsm_({.proxy_port = 0, .accounts = {{.name = "certbot", .password = kPassword}}}) {
    writeKey(kTsigSecret);
    environment_ = {{"ACME_DOMAINS", "home.example,*.home.example"},
                    {"ACME_SERVER", pebble_.directory()},
                    {"SSL_CERT_FILE", pebble_.caFile()},
                    {"ACME_DNS", "dns_nsupdate"},
                    {"ACME_DNS_RESOLVERS", dns_.address() + ":53"},
                    {"NSUPDATE_SERVER", dns_.address()},
                    {"NSUPDATE_KEY", keyFile()},
                    {"SYNO_SCHEME", "https"},
                    {"SYNO_HOSTNAME", "127.0.0.1"},
                    {"SYNO_PORT", std::to_string(dsm_.httpsPort())},
                    {"SYNO_USERNAME", "certbot"},
                    {"SYNO_PASSWORD", kPassword},
                    {"SYNO_CERTIFICATE", "home.example"},
                    {"SYNO_CREATE", "1"},
                    {"SYNO_AS_DEFAULT", "1"},
                    {"LOG_LEVEL", "debug"},
                    {"SIDECERT_DATA", data()}};
  }

  [[nodiscard]] std::string data() const { return (files_ / "data").string(); }
  [[nodiscard]] std::string keyFile() const { return (files_ / "tsig.key").string(); }
  void writeKey(const std::string& secret) const {
    std::ofstream(keyFile()) << DnsKey{.name = "e2e", .secret = secret}.clause();
  }
  void withoutNas() {
    std::erase_if(environment_, [](const auto& entry) { return entry.first.starts_with("SYNO_"); });
  }

  struct Run {
    int code;
    std::string output;
  };
  Run sidecert(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), SIDECERT_PROGRAM);
    return execute(arguments);
  }
  Run execute(const std::vector<std::string>& command) {
    ChildProcess process({.command = command, .environment = environment_, .clean_environment = true, .directory = {}});
    const auto code = process.wait(std::chrono::seconds(90));
    EXPECT_TRUE(code) << "it hangs: " << process.output();
    return {code.value_or(-1), process.output()};
  }

  [[nodiscard]] std::size_t orders() const { return requests("POST /order-plz"); }
  [[nodiscard]] std::size_t requests(const std::string& line) const {
    const auto all = pebble_.requests();
    return static_cast<std::size_t>(std::ranges::count(all, line));
  }

  /// Nothing but the reading of its directory, with which every test begins.
  void expectCaNotAsked() const {
    for (const std::string& request : pebble_.requests()) EXPECT_TRUE(request.starts_with("GET /dir")) << request;
  }

  void expectNothingHalfWritten() const {
    EXPECT_FALSE(std::filesystem::exists(data() + "/certificates/home.example/current"));
    EXPECT_EQ(dsm_.importsDone(), 0U);
  }

  TempDirectory files_;
  KnotServer dns_;
  PebbleServer pebble_;
  DsmEmulator dsm_;
  std::map<std::string, std::string> environment_;
};

}  // namespace sidecert::testing
