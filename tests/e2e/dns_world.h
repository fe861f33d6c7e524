// The program that ships, real Pebble 2.10 and real name servers. Pebble and the program ask through a recursive server, as
// they do in the world.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "support/child_process.h"
#include "support/dns_resolver_server.h"
#include "support/pebble_server.h"
#include "support/temp_directory.h"

namespace sidecert::testing {

class DnsWorld : public ::testing::Test {
 protected:
  struct Run {
    int code;
    std::string output;
  };

  /// To be called once the authoritative servers are there.
  void begin(const RecursiveServer::Delegations& zones, const RecursiveServer::Delegations& as_the_ca_sees_them = {}) {
    resolver_ = std::make_unique<RecursiveServer>(zones);
    if (!as_the_ca_sees_them.empty()) cas_resolver_ = std::make_unique<RecursiveServer>(as_the_ca_sees_them);
    const DnsServer& asked_by_ca = cas_resolver_ ? *cas_resolver_ : *resolver_;
    pebble_ = std::make_unique<PebbleServer>(
        PebbleOptions{.suite = "sid", .with_dns = false, .dns_server = asked_by_ca.address() + ":53"});
    set({{"ACME_DOMAINS", "home.example,*.home.example"},
         {"ACME_SERVER", pebble_->directory()},
         {"SSL_CERT_FILE", pebble_->caFile()},
         {"ACME_DNS_RESOLVERS", resolver_->address()},
         {"LOG_LEVEL", "debug"},
         {"SIDECERT_DATA", data()}});
  }

  /// Later values take the place of earlier ones.
  void set(const std::map<std::string, std::string>& variables) {
    for (const auto& [name, value] : variables) environment_[name] = value;
  }

  std::unique_ptr<ChildProcess> start(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), SIDECERT_PROGRAM);
    return std::make_unique<ChildProcess>(ChildProcess::Options{
        .command = arguments, .environment = environment_, .clean_environment = true, .directory = {}});
  }
  static Run finish(ChildProcess& process) {
    const auto code = process.wait(std::chrono::seconds(200));
    EXPECT_TRUE(code) << "it hangs: " << process.output();
    return {code.value_or(-1), process.output()};
  }
  Run sidecert(std::vector<std::string> arguments) { return finish(*start(std::move(arguments))); }

  std::string data() const { return (files_ / "data").string(); }
  std::string certificateFile(const std::string& title = "home.example") const {
    return data() + "/certificates/" + title + "/current/cert.pem";
  }
  bool issued(const std::string& title = "home.example") const { return std::filesystem::exists(certificateFile(title)); }
  std::size_t orders() const {
    const auto requests = pebble_->requests();
    return static_cast<std::size_t>(std::ranges::count(requests, "POST /order-plz"));
  }

  /// The TXT values at a name, as that server answers.
  static std::vector<std::string> txtAt(const std::string& server, const std::string& name);

  TempDirectory files_;
  std::unique_ptr<RecursiveServer> resolver_, cas_resolver_;
  std::unique_ptr<PebbleServer> pebble_;
  std::map<std::string, std::string> environment_;
};

}  // namespace sidecert::testing
