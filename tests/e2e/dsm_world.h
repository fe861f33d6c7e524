// A NAS and the program that ships, without a CA: the certificate is made elsewhere and comes in by DEPLOY_FROM. What a test
// says of DSM here is what an owner meets.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "support/child_process.h"
#include "support/dsm_emulator.h"
#include "support/temp_directory.h"
#include "support/test_ca.h"

namespace sidecert::testing {

class DsmWorld : public ::testing::Test {
 protected:
  DsmWorld() {
    std::filesystem::create_directory(certs());
    environment_ = {{"DEPLOY_FROM", certs().string()},
                    {"SYNO_HOSTNAME", dsm_.address()},
                    {"SYNO_PORT", std::to_string(dsm_.httpPort())},
                    {"SYNO_USERNAME", "sidecert"},
                    {"SYNO_PASSWORD", "correct-horse-7"},
                    {"SYNO_CERTIFICATE", "home"},
                    {"SYNO_CREATE", "1"},
                    {"SYNO_SERVICES", "default"},
                    {"SIDECERT_DATA", (files_ / "data").string()}};
    useHttps();
  }

  /// DSM's https port, where the proof is looked for as well.
  void useHttps() {
    environment_["SYNO_SCHEME"] = "https";
    environment_["SYNO_PORT"] = std::to_string(dsm_.httpsPort());
  }

  std::filesystem::path certs() const { return files_ / "certs"; }

  /// What another tool leaves behind: a fresh certificate under certbot's names.
  TestCertificate renew(std::vector<std::string> names = {"home.example", "*.home.example"}) {
    auto made = ca_.issue({.names = std::move(names), .key_type = crypto::KeyType::Rsa2048});
    write(made);
    return made;
  }
  void write(const TestCertificate& made) const {
    std::ofstream(certs() / "privkey.pem") << made.key_pem;
    std::ofstream(certs() / "chain.pem") << made.chain;
    std::ofstream(certs() / "cert.pem") << made.pem;
    std::ofstream(certs() / "fullchain.pem") << made.fullChain();
  }

  struct Run {
    int code;
    std::string output;
  };
  Run sidecert(std::vector<std::string> arguments = {"renew"}) {
    arguments.insert(arguments.begin(), SIDECERT_PROGRAM);
    ChildProcess process({.command = arguments, .environment = environment_, .clean_environment = true, .directory = {}});
    const auto code = process.wait(std::chrono::seconds(240));
    EXPECT_TRUE(code) << "it hangs: " << process.output();
    return {code.value_or(-1), process.output()};
  }
  ChildProcess::Options daemon() const {
    return {.command = {SIDECERT_PROGRAM}, .environment = environment_, .clean_environment = true, .directory = {}};
  }

  /// The entry of this description; an empty one when there is none.
  DsmEntry entryCalled(const std::string& description) const {
    const auto all = dsm_.entries();
    const auto found = std::ranges::find(all, description, &DsmEntry::description);
    return found == all.end() ? DsmEntry{} : *found;
  }

  TempDirectory files_;
  TestCa ca_ = TestCa().intermediate();
  DsmEmulator dsm_;
  std::map<std::string, std::string> environment_;
};

}  // namespace sidecert::testing
