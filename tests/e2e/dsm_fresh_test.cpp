// The compose file as an owner pastes it, against a NAS as it comes out of its box.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "dsm_world.h"

namespace sidecert::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// The SYNO_ settings of compose/sidecert.yaml, without those that say whose NAS it is.
std::map<std::string, std::string> pastedSettings() {
  std::ifstream file(std::string(SIDECERT_SOURCE) + "/compose/sidecert.yaml");
  std::map<std::string, std::string> settings;
  for (std::string line; std::getline(file, line);) {
    const auto begin = line.find("SYNO_");
    const auto colon = line.find(": ", begin);
    if (begin == std::string::npos || colon == std::string::npos || line.find_first_not_of(' ') != begin) continue;
    std::string value = line.substr(colon + 2);
    value = value.substr(0, value.find(" #"));
    while (value.ends_with(' ')) value.pop_back();
    if (value.starts_with('"')) value = value.substr(1, value.size() - 2);
    settings[line.substr(begin, colon - begin)] = value;
  }
  settings.erase("SYNO_USERNAME");
  settings.erase("SYNO_PASSWORD_FILE");
  return settings;
}

class FreshNas : public DsmWorld {
 protected:
  FreshNas() {
    for (const auto* name : {"SYNO_CERTIFICATE", "SYNO_CREATE", "SYNO_SERVICES", "SYNO_SCHEME"}) environment_.erase(name);
    const auto pasted = pastedSettings();
    EXPECT_TRUE(pasted.contains("SYNO_CERTIFICATE"));
    for (const auto& [name, value] : pasted) environment_[name] = value;
    environment_["SYNO_PORT"] = std::to_string(dsm_.httpPort());
  }
};

TEST_F(FreshNas, ShowsOurCertificateOnItsOwnPageAfterwards) {
  const auto made = renew();
  const Run run = sidecert();
  EXPECT_EQ(run.code, 0) << run.output;
  EXPECT_EQ(dsm_.servedSha256(), made.certificate.sha256());
  EXPECT_THAT(run.output, AllOf(HasSubstr("seen at"), HasSubstr("DSM Desktop Service"), Not(HasSubstr("warning"))));
  EXPECT_EQ(sidecert({"health"}).code, 0);
}

TEST_F(FreshNas, WithASecondCertificateOfItsOwnerStaysAsHeMadeIt) {
  const auto theirs = dsm_.addCertificate({.description = "work", .names = {"work.example"}});
  dsm_.assignService("smbftpd/ftpd", theirs);
  const auto made = renew();
  EXPECT_EQ(sidecert().code, 0);
  EXPECT_EQ(dsm_.servedSha256(), made.certificate.sha256());
  EXPECT_THAT(dsm_.entry(theirs)->services, ::testing::ElementsAre("smbftpd/ftpd"));
}

}  // namespace
}  // namespace sidecert::testing
