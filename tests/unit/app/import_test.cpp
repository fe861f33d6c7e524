// Taking over from acme.sh. The home is laid out as its releases leave it; nothing in it is ever run.
#include "app/migrate/import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "app/memory/acme_memory.h"
#include "app/memory/record_memory.h"
#include "app/plan/plan.h"
#include "base/encoding.h"
#include "base/text.h"
#include "state/certificate_folder.h"
#include "state/volume.h"
#include "support/manual_clock.h"
#include "support/memory_log.h"
#include "support/scripted_http.h"
#include "support/temp_directory.h"
#include "support/test_ca.h"

namespace sidecert::app {
namespace {

using std::chrono::days;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kTestStart;
using ::testing::Not;
namespace fs = std::filesystem;

constexpr const char* kDirectory = "https://acme-v02.api.letsencrypt.org/directory";

std::string wrapped(const std::string& value) {
  return "__ACME_BASE64__START_" + base64(value) + "__ACME_BASE64__END_";
}

class Import : public ::testing::Test {
 protected:
  Import() {
    write("account.conf",
          "#LOG_FILE=\"/acme.sh/acme.sh.log\"\nACCOUNT_EMAIL='me@home.example'\nSAVED_CF_Token='canary-cf-token'\n"
          "SAVED_CF_Account_ID='0123'\nUSER_PATH='/usr/bin:/bin'\n");
    const std::string ca = "ca/acme-v02.api.letsencrypt.org/directory/";
    write(ca + "account.key", account_.toPem().reveal());
    write(ca + "account.json", R"({"key":{"kty":"EC"},"contact":["mailto:me@home.example"],"status":"valid"})");
    write(ca + "ca.conf",
          "ACCOUNT_URL='https://acme-v02.api.letsencrypt.org/acme/acct/42'\nCA_KEY_HASH='x'\nCA_EMAIL='me@home.example'\n");
    certificate("home.example_ecc", "home.example", "'home.example'\nLe_Alt='*.home.example'",
                {"home.example", "*.home.example"});
  }

  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((home_ / name).parent_path());
    std::ofstream(home_ / name) << text;
  }

  void certificate(const std::string& folder, const std::string& domain, const std::string& names,
                   const std::vector<std::string>& in_it, const std::string& more = {}) const {
    write(folder + "/" + domain + ".conf",
          "Le_Domain=" + names + "\nLe_Webroot='dns_cf'\nLe_PreHook=''\nLe_PostHook=''\nLe_RenewHook=''\nLe_API='" +
              kDirectory + "'\nLe_Keylength='ec-256'\nLe_DeployHook='synology_dsm,'\nSAVED_SYNO_SCHEME='http'\n" +
              "SAVED_SYNO_HOSTNAME='localhost'\nSAVED_SYNO_PORT='5000'\nSAVED_SYNO_USERNAME='certadmin'\n" +
              "SAVED_SYNO_PASSWORD='" + wrapped("canary $pass'word") + "'\nSAVED_SYNO_DEVICE_ID='canary-did'\n" +
              "SAVED_SYNO_CERTIFICATE='Home'\nSAVED_SYNO_CREATE='1'\n" + more);
    const auto issued =
        ca_.intermediate().issue({.names = in_it, .not_before = kTestStart - days(10), .not_after = kTestStart + days(80)});
    write(folder + "/" + domain + ".cer", issued.pem);
    write(folder + "/ca.cer", issued.chain);
    write(folder + "/fullchain.cer", issued.fullChain());
    write(folder + "/" + domain + ".key", issued.key_pem);
  }

  acme_sh::Home home() {
    auto read = acme_sh::readHome(ports(), home_.path());
    EXPECT_TRUE(read) << (read ? "" : read.error().what);
    return read.value_or(acme_sh::Home{});
  }
  Ports ports() { return {clock_, http_, files_, Log(lines_), {}}; }

  std::vector<std::string> environment() {
    std::vector<std::string> lines;
    for (const ImportedVariable& variable : settingsOf(home()).variables)
      lines.push_back(variable.name + "=" + variable.value.reveal());
    return lines;
  }

  testing::TempDirectory home_, data_;
  testing::ManualClock clock_;
  testing::ScriptedHttp http_;
  testing::MemoryLog lines_;
  PosixFileSystem files_;
  testing::TestCa ca_;
  crypto::PrivateKey account_ = crypto::PrivateKey::generate(crypto::KeyType::EcP256);
};

TEST_F(Import, PrintsTheEnvironmentThatCorresponds) {
  EXPECT_THAT(
      environment(),
      ElementsAre("ACME_DOMAINS=home.example,*.home.example", "ACME_KEYLENGTH=ec-256", "ACME_SERVER=letsencrypt",
                  "ACME_EMAIL=me@home.example", "ACME_DNS=dns_cf", "CF_Token=canary-cf-token", "CF_Account_ID=0123",
                  "SYNO_SCHEME=http", "SYNO_HOSTNAME=localhost", "SYNO_PORT=5000", "SYNO_USERNAME=certadmin",
                  "SYNO_PASSWORD=canary $pass'word", "SYNO_CERTIFICATE=Home", "SYNO_CREATE=1", "SYNO_DEVICE_ID=canary-did"));
}

TEST_F(Import, APipeBesideGoodFilesHoldsNothingUp) {
  ASSERT_EQ(::mkfifo((home_ / "ca.example.conf").c_str(), 0600), 0);
  std::filesystem::create_directories(home_ / "ca.example");
  ASSERT_EQ(::mkfifo((home_ / "ca.example" / "ca.example.conf").c_str(), 0600), 0);
  EXPECT_THAT(home().certificates, ::testing::SizeIs(1));
  EXPECT_THAT(lines_.text(),
              HasSubstr("ca.example.conf: it is a pipe, a socket or a device, not a file; it is passed over"));
}

// Base64 hides a line break in acme.sh's files. Printed, it would be a variable more for the owner to paste.
TEST_F(Import, AValueThatWouldBeTwoLinesOrColourATerminalIsLeftOut) {
  certificate(
      "home.example_ecc", "home.example", "home.example", {"home.example"},
      "SAVED_CF_Account_ID='" + wrapped("0123\nSYNO_INSECURE=1") + "'\nSAVED_CF_Token='" + wrapped("t\x1b[2J") + "'\n");
  const ImportedSettings imported = settingsOf(home());
  for (const ImportedVariable& variable : imported.variables)
    EXPECT_EQ(printable(variable.value.reveal()), variable.value.reveal());
  EXPECT_THAT(join(imported.notes, "\n"), HasSubstr("the value of CF_Account_ID holds control characters and is left out"));
}

TEST_F(Import, KnowsWhichValuesAreSecret) {
  for (const ImportedVariable& variable : settingsOf(home()).variables)
    EXPECT_EQ(variable.secret, variable.value.reveal().contains("canary")) << variable.name;
}

TEST_F(Import, TakesOverAccountAndCertificateAndNothingIsDueThen) {
  const auto lines = takeOver(home(), data_.path(), 0.5, ports());
  ASSERT_TRUE(lines) << describe(lines.error());
  EXPECT_THAT(*lines, ElementsAre("account at Let's Encrypt: taken over",
                                  "certificate home.example: taken over, valid until 2026-05-20 12:00 UTC"));
  const auto account = AccountMemory(memoryIn(data_.path(), ports()), ports()).load(kDirectory);
  ASSERT_TRUE(account && *account);
  EXPECT_EQ((*account)->url, "https://acme-v02.api.letsencrypt.org/acme/acct/42");
  EXPECT_EQ(crypto::PrivateKey::fromPem((*account)->key_pem.reveal())->thumbprint(), account_.thumbprint());

  const Path folder = state::certificatePath(data_.path(), "home.example");
  const auto kept = state::CertificateFolder(folder, ports()).current();
  ASSERT_TRUE(kept && *kept);
  const crypto::Certificate& leaf = (*kept)->chain.front();
  config::CertificateSettings settings;
  settings.names = {"home.example", "*.home.example"};
  settings.servers = {kDirectory};
  const auto record = loadRecord(memoryIn(data_.path(), ports()), "home.example");
  ASSERT_TRUE(record);
  const Current current{.names = leaf.dnsNames(),
                        .not_before = leaf.notBefore(),
                        .not_after = leaf.notAfter(),
                        .sha256 = leaf.sha256(),
                        .key_type = "EC P-256"};
  EXPECT_FALSE(plan(settings, {.current = current, .record = *record, .ledger = {}}, kTestStart, 0.5).order);
}

// acme.sh leaves the port out of its folder's name, so the account of a CA with one was left behind without a word.
TEST_F(Import, TheAccountOfACaWithAPortIsFoundAndWhatIsLeftIsSaid) {
  const std::string directory = "https://ca.home:9000/acme/acme/directory";
  certificate("inner.example_ecc", "inner.example", "'inner.example'\nLe_Alt='no'", {"inner.example"},
              "Le_API='" + directory + "'\n");
  write("ca/ca.home/acme/acme/directory/account.key", account_.toPem().reveal());
  write("ca/ca.home/acme/acme/directory/ca.conf", "ACCOUNT_URL='https://ca.home:9000/acme/acme/account/7'\n");
  write("ca/other.example/directory/account.key", account_.toPem().reveal());
  const auto lines = takeOver(home(), data_.path(), 0.5, ports());
  ASSERT_TRUE(lines);
  EXPECT_THAT(*lines, ::testing::Contains("account at ca.home: taken over"));
  EXPECT_THAT(*lines, ::testing::Contains(HasSubstr("account at other.example: not taken over")));
  const auto account = AccountMemory(memoryIn(data_.path(), ports()), ports()).load(directory);
  ASSERT_TRUE(account && *account);
  EXPECT_EQ((*account)->url, "https://ca.home:9000/acme/acme/account/7");
}

TEST_F(Import, ASecondTimeChangesNothing) {
  ASSERT_TRUE(takeOver(home(), data_.path(), 0.5, ports()));
  const auto lines = takeOver(home(), data_.path(), 0.5, ports());
  ASSERT_TRUE(lines);
  EXPECT_THAT(*lines, ElementsAre("account at Let's Encrypt: there is one already, it is kept",
                                  "certificate home.example: there is one already, it is kept"));
}

TEST_F(Import, SeveralCertificatesShareWhatIsTheSameAndLabelWhatIsNot) {
  certificate("work.example_ecc", "work.example", "'work.example'\nLe_Alt='no'", {"work.example"},
              "SAVED_SYNO_CERTIFICATE='Work'\n");
  EXPECT_THAT(environment(), AllOf(Contains("CERT_HOME_EXAMPLE_ACME_DOMAINS=home.example,*.home.example"),
                                   Contains("CERT_WORK_EXAMPLE_ACME_DOMAINS=work.example"),
                                   Contains("CERT_HOME_EXAMPLE_SYNO_CERTIFICATE=Home"),
                                   Contains("CERT_WORK_EXAMPLE_SYNO_CERTIFICATE=Work"), Contains("ACME_DNS=dns_cf"),
                                   Contains("SYNO_USERNAME=certadmin"), Not(Contains("ACME_DOMAINS=work.example"))));
}

TEST_F(Import, EarlySpellingsAreUnderstood) {
  write("home.example_ecc/home.example.conf",
        "Le_Domain='home.example'\nLe_Alt='no'\nLe_Webroot='dns_cf'\nLe_Keylength=''\nSYNO_Username='old'\n"
        "SAVED_SYNO_Host='nas.lan'\nSAVED_SYNO_DID='canary-did'\n");
  write("account.conf", "CF_Token='early'\nDEFAULT_ACME_SERVER='https://acme.zerossl.com/v2/DV90'\n");
  EXPECT_THAT(environment(),
              AllOf(Contains("SYNO_USERNAME=old"), Contains("SYNO_HOSTNAME=nas.lan"), Contains("SYNO_DEVICE_ID=canary-did"),
                    Contains("CF_Token=early"), Contains("ACME_KEYLENGTH=2048"), Contains("ACME_SERVER=zerossl")));
}

TEST_F(Import, WhatCannotBeCarriedOverIsSaid) {
  certificate("home.example_ecc", "home.example", "'home.example'\nLe_Alt='no'", {"home.example"},
              "Le_ReloadCmd='" + wrapped("touch /tmp/ran") + "'\nLe_Webroot='/var/www'\nLe_ForceNewDomainKey='0'\n");
  const auto notes = settingsOf(home()).notes;
  EXPECT_THAT(notes, Contains(HasSubstr("Le_ReloadCmd is not carried over")));
  EXPECT_THAT(notes, Contains(HasSubstr("validated by a web server's folder; Sidecert uses DNS only")));
  EXPECT_THAT(notes, Contains(HasSubstr("ACME_REUSE_KEY")));
}

TEST_F(Import, NothingFoundThereIsRunOrExpanded) {
  const fs::path proof = data_ / "ran";
  write("account.conf", "SAVED_CF_Token='$(touch " + proof.string() + ")'\n`touch " + proof.string() + "`\nX=`id`\n");
  write("dnsapi/dns_cf.sh", "touch " + proof.string() + "\n");
  EXPECT_THAT(environment(), Contains("CF_Token=$(touch " + proof.string() + ")"));
  ASSERT_TRUE(takeOver(home(), data_.path(), 0.5, ports()));
  EXPECT_FALSE(fs::exists(proof));
}

TEST_F(Import, ACertificateThatDoesNotHoldTogetherIsOrderedAnew) {
  write("home.example_ecc/home.example.key", crypto::PrivateKey::generate(crypto::KeyType::EcP256).toPem().reveal());
  const auto lines = takeOver(home(), data_.path(), 0.5, ports());
  ASSERT_TRUE(lines);
  EXPECT_THAT(*lines, Contains(HasSubstr("not taken over, it will be ordered anew")));
  EXPECT_FALSE(fs::exists(data_ / "certificates/home.example/current"));
}

TEST_F(Import, AWildcardAloneKeepsItsFolderName) {
  certificate("*.home.example", "*.home.example", "'*.home.example'\nLe_Alt='no'", {"*.home.example"});
  ASSERT_TRUE(takeOver(home(), data_.path(), 0.5, ports()));
  EXPECT_TRUE(fs::exists(data_ / "certificates/_.home.example/current/key.pem"));
}

TEST_F(Import, AnotherFolderIsSaidToBeNoHome) {
  const testing::TempDirectory empty;
  const auto read = acme_sh::readHome(ports(), empty.path());
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::Settings);
  EXPECT_THAT(read.error().hint, HasSubstr("account.conf"));
  EXPECT_FALSE(acme_sh::readHome(ports(), "/nowhere/at/all"));
}

TEST(EnvironmentLine, QuotesWhatComposeWouldExpand) {
  EXPECT_EQ(environmentLine("A", "plain-value"), "A=plain-value\n");
  EXPECT_EQ(environmentLine("A", "p$a#ss word"), "A='p$a#ss word'\n");
}

}  // namespace
}  // namespace sidecert::app
