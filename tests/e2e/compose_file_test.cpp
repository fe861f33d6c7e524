// The settings of compose/sidecert.yaml as they are, only names, account and provider filled in, against a NAS as it comes
// from the factory: what an owner who pastes the file ends with.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <regex>

#include "owners_world.h"
#include "support/web_server.h"

namespace sidecert::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ComposeFile : public OwnersWorld {
 protected:
  ComposeFile() {
    const auto world = environment_;
    environment_.clear();
    std::ifstream file(SIDECERT_SOURCE "/compose/sidecert.yaml");
    static const std::regex kVariable(R"re(^      ([A-Z_]+): "?([^"# ]+)"?.*)re");
    for (std::string line; std::getline(file, line);) {
      if (std::smatch found; std::regex_match(line, found, kVariable)) environment_[found[1]] = found[2];
    }
    EXPECT_THAT(environment_, ::testing::Contains(::testing::Key("SYNO_CERTIFICATE")));
    // Names, account and provider are filled in; the rest is where this world lies.
    for (const char* own : {"ACME_DOMAINS", "ACME_SERVER", "ACME_DNS", "NSUPDATE_SERVER", "NSUPDATE_KEY", "SYNO_USERNAME"})
      environment_[own] = world.at(own);
    for (const char* lies : {"SSL_CERT_FILE", "ACME_DNS_RESOLVERS", "SIDECERT_DATA", "SYNO_HOSTNAME"})
      environment_[lies] = world.at(lies);
    environment_["SYNO_PORT"] = std::to_string(dsm_.httpPort());
    environment_["SYNO_PASSWORD_FILE"] = (files_ / "dsm-password").string();
    std::ofstream(files_ / "dsm-password") << kPassword << "\n";
    environment_["NOTIFY_URLS"] = "json://127.0.0.1:" + std::to_string(hook_.port()) + "/hook";
  }

  std::vector<std::string> severities() const {
    std::vector<std::string> all;
    for (const WebRequest& request : hook_.requests())
      all.push_back(nlohmann::json::parse(request.body).at("severity").get<std::string>());
    return all;
  }
  WebServer hook_{[](const WebRequest&) { return WebAnswer{}; }};
};

// DSM listed a certificate that no service used, and the owner was told that all is done.
TEST_F(ComposeFile, WhereNothingUsesItTheOwnerIsToldOnceAndItIsUnhealthy) {
  environment_["SYNO_SERVICES"] = "keep";
  const Run run = sidecert({"renew"});
  EXPECT_EQ(run.code, 1) << run.output;
  EXPECT_THAT(run.output, HasSubstr("nothing on the NAS uses it"));
  EXPECT_EQ(sidecert({"health"}).code, 1);
  EXPECT_THAT(severities(), ElementsAre("alarm"));
  EXPECT_EQ(sidecert({"renew"}).code, 1);
  EXPECT_THAT(severities(), ElementsAre("alarm")) << "it was told again";
  EXPECT_EQ(dsm_.importsDone(), 1U);
}

}  // namespace
}  // namespace sidecert::testing
