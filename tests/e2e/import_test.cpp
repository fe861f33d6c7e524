// From acme.sh to Sidecert with the program that ships: after the import nothing is ordered and nothing is imported again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>

#include "owners_world.h"

namespace sidecert::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
namespace fs = std::filesystem;

class ImportHome : public OwnersWorld {
 protected:
  /// A home as acme.sh would have left it, with what this world's CA issued and DSM has.
  void SetUp() override {
    const Run first = sidecert({"renew"});
    ASSERT_EQ(first.code, 0) << first.output;
    const fs::path current = fs::path(data()) / "certificates/home.example/current";
    const fs::path folder = files_ / "acme.sh/home.example_ecc";
    fs::create_directories(folder);
    fs::copy_file(current / "fullchain.pem", folder / "fullchain.cer");
    fs::copy_file(current / "key.pem", folder / "home.example.key");
    std::ofstream(files_ / "acme.sh/account.conf") << "ACCOUNT_EMAIL='me@home.example'\nSAVED_NSUPDATE_SERVER='"
                                                   << dns_.address() << "'\nSAVED_NSUPDATE_KEY='" << keyFile() << "'\n";
    std::ofstream(folder / "home.example.conf")
        << "Le_Domain='home.example'\nLe_Alt='*.home.example'\nLe_Webroot='dns_nsupdate'\nLe_API='" << pebble_.directory()
        << "'\nLe_Keylength='ec-256'\nLe_DeployHook='synology_dsm,'\nLe_ReloadCmd='touch " << (files_ / "ran").string()
        << "'\nSAVED_SYNO_SCHEME='https'\nSAVED_SYNO_HOSTNAME='127.0.0.1'\nSAVED_SYNO_PORT='" << dsm_.httpsPort()
        << "'\nSAVED_SYNO_USERNAME='certbot'\nSAVED_SYNO_PASSWORD='" << kPassword
        << "'\nSAVED_SYNO_CERTIFICATE='home.example'\n";
  }
  std::string home() const { return (files_ / "acme.sh").string(); }

  std::map<std::string, std::string> printed(const std::string& output) const {
    std::map<std::string, std::string> variables;
    std::istringstream lines(output);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("20")) continue;  // the log
      variables[line.substr(0, line.find('='))] = line.substr(line.find('=') + 1);
    }
    return variables;
  }
};

TEST_F(ImportHome, AfterItNothingIsDue) {
  environment_ = {{"SIDECERT_DATA", (files_ / "new").string()},
                  {"SSL_CERT_FILE", environment_["SSL_CERT_FILE"]},
                  {"ACME_DNS_RESOLVERS", environment_["ACME_DNS_RESOLVERS"]}};
  const Run run = sidecert({"import", home(), "--secrets", (files_ / "secrets").string()});
  ASSERT_EQ(run.code, 0) << run.output;
  EXPECT_THAT(run.output, HasSubstr("certificate home.example: taken over"));
  EXPECT_THAT(run.output, Not(HasSubstr("canary")));
  EXPECT_FALSE(fs::exists(files_ / "ran"));
  for (const auto& [name, value] : printed(run.output)) environment_[name] = value;
  EXPECT_EQ(environment_["SYNO_PASSWORD_FILE"], (files_ / "secrets/SYNO_PASSWORD").string());
  EXPECT_EQ(fs::status(files_ / "secrets/SYNO_PASSWORD").permissions(), fs::perms(0600));
  const Run next = sidecert({"renew"});
  EXPECT_EQ(next.code, 0) << next.output;
  EXPECT_EQ(orders(), 1U) << next.output;
  EXPECT_EQ(dsm_.importsDone(), 1U) << next.output;
  EXPECT_EQ(sidecert({"health"}).code, 0);
}

TEST_F(ImportHome, ADryRunPrintsAndTakesOverNothing) {
  environment_ = {{"SIDECERT_DATA", (files_ / "new").string()}};
  const Run run = sidecert({"import", home(), "--dry-run"});
  EXPECT_EQ(run.code, 0) << run.output;
  EXPECT_EQ(printed(run.output)["SYNO_PASSWORD"], kPassword);
  EXPECT_FALSE(fs::exists(files_ / "new"));
}

TEST_F(ImportHome, AFolderThatIsNoHomeIsAUsageError) {
  EXPECT_EQ(sidecert({"import", files_.path().string() + "/nowhere"}).code, 2);
  EXPECT_EQ(sidecert({"import"}).code, 2);
}

}  // namespace
}  // namespace sidecert::testing
