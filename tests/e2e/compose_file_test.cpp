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
    for (const char* own : {"ACME_DOMAINS", "ACME_SERVER", "NSUPDATE_SERVER", "NSUPDATE_KEY", "SYNO_USERNAME"})
      environment_[own] = world.at(own);
    for (const char* lies : {"SSL_CERT_FILE", "ACME_DNS_RESOLVERS", "SIDECERT_DATA", "SYNO_HOSTNAME"})
      environment_[lies] = world.at(lies);
    environment_["SYNO_PORT"] = std::to_string(dsm_.httpPort());
    environment_["SYNO_PASSWORD_FILE"] = (files_ / "dsm-password").string();
    std::ofstream(files_ / "dsm-password") << kPassword << "\n";
    environment_["NOTIFY_URLS"] = "json://127.0.0.1:" + std::to_string(hook_.port()) + "/hook";
  }

  /// Twice, because the next start must find nothing to do: served where people see it, healthy, told once.
  void expectItEndsWell() {
    for (int start = 0; start < 2; ++start) {
      const Run run = sidecert({"renew"});
      EXPECT_EQ(run.code, 0) << run.output;
      EXPECT_EQ(sidecert({"health"}).code, 0);
    }
    EXPECT_THAT(severities(), ElementsAre("good"));
    EXPECT_EQ(dsm_.importsDone(), 1U);
    EXPECT_EQ(orders(), 1U);
  }
  [[nodiscard]] DsmEntry ours() const {
    for (const DsmEntry& entry : dsm_.entries()) {
      if (entry.description == "home.example") return entry;
    }
    ADD_FAILURE() << "DSM lists no home.example";
    return {};
  }

  std::vector<std::string> severities() const {
    std::vector<std::string> all;
    for (const WebRequest& request : hook_.requests())
      all.push_back(nlohmann::json::parse(request.body).at("severity").get<std::string>());
    return all;
  }
  WebServer hook_{[](const WebRequest&) { return WebAnswer{}; }};
};

TEST_F(ComposeFile, EndsWithOurLeafOnDsmsOwnPage) {
  expectItEndsWell();
  EXPECT_EQ(dsm_.servedSha256(), ours().sha256);
  EXPECT_THAT(ours().services, ::testing::Contains("system/default"));
}

// Behind a router that maps ports DSM tells one that leads nowhere from here.
TEST_F(ComposeFile, WithADsmOnOtherPortsEndsWithOurLeafOnItsOwnPage) {
  dsm_.change([this](DsmBehaviour& behaviour) { behaviour.told_https_port = dsm_.httpPort(); });
  environment_["SYNO_HTTPS_PORT"] = std::to_string(dsm_.httpsPort());
  expectItEndsWell();
  EXPECT_EQ(dsm_.servedSha256(), ours().sha256);
}

// What an older DSM does not tell cannot be looked at: said, and neither waited for nor imported again.
TEST_F(ComposeFile, WithADsmThatDoesNotTellItsPortsItIsNotSeenAndThatIsSaid) {
  dsm_.change([](DsmBehaviour& behaviour) { behaviour.tells_web_ports = false; });
  expectItEndsWell();
  EXPECT_EQ(dsm_.servedSha256(), ours().sha256);
  EXPECT_THAT(sidecert({"status"}).output, HasSubstr("set SYNO_HTTPS_PORT"));
}

TEST_F(ComposeFile, WithASecondCertificateOnTheNasThatOneStaysAsItIs) {
  const std::string theirs = dsm_.addCertificate({.description = "work", .names = {"work.example"}});
  dsm_.assignService("smbftpd/ftpd", theirs);
  const std::string before = dsm_.entry(theirs)->sha256;
  expectItEndsWell();
  EXPECT_EQ(dsm_.servedSha256(), ours().sha256);
  EXPECT_EQ(dsm_.entry(theirs)->sha256, before);
  EXPECT_THAT(dsm_.entry(theirs)->services, ElementsAre("smbftpd/ftpd"));
}

// DSM's own pages have another certificate; a handshake at a reverse-proxy host is the proof.
TEST_F(ComposeFile, WithANasThatServesOnlyReverseProxyHostsItIsSeenThere) {
  const std::string built_in = dsm_.defaultId();
  const std::string pages = dsm_.addCertificate({.description = "pages", .names = {"nas.example"}});
  for (const std::string& service : dsm_.entry(built_in)->services) dsm_.assignService(service, pages);
  dsm_.addService({.display_name = "photos.home.example", .subscriber = "ReverseProxy", .service = "uuid-1"}, built_in);
  dsm_.addService({.display_name = "music.home.example", .subscriber = "ReverseProxy", .service = "uuid-2"}, built_in);
  expectItEndsWell();
  EXPECT_THAT(ours().services, ::testing::UnorderedElementsAre("ReverseProxy/uuid-1", "ReverseProxy/uuid-2"));
  EXPECT_THAT(sidecert({"status"}).output, HasSubstr("photos.home.example"));
  EXPECT_EQ(dsm_.servedSha256(), dsm_.entry(pages)->sha256);
}

// DSM lists what it is given and goes on serving the old one.
TEST_F(ComposeFile, WithADsmThatNeverServesItIsImportedOnceAndNotCalledServed) {
  dsm_.change([](DsmBehaviour& behaviour) { behaviour.reloads_at_once = false; });
  for (int start = 0; start < 3; ++start) {
    const Run run = sidecert({"renew"});
    EXPECT_THAT(run.output, ::testing::Not(HasSubstr("DSM was seen serving it")));
  }
  EXPECT_THAT(sidecert({"status"}).output, HasSubstr("DSM lists the certificate, but does not serve it"));
  EXPECT_THAT(severities(), ::testing::IsEmpty()) << "before it was imported once more";
  EXPECT_EQ(dsm_.importsDone(), 1U);
}

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
