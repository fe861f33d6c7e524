// Where our client looks for the certificate, in each age of DSM: at the ports this NAS really has.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client_fixture.h"

namespace sidecert::dsm {
namespace {

using ::testing::HasSubstr;

class DsmClientProof : public DsmClient {
 protected:
  DsmClientProof() : DsmClient([](testing::DsmOptions& options) { options.proxy_port = 0; }) {
    nas.scheme = "http";
    nas.port = dsm.httpPort();
  }
  /// Only reverse-proxy hosts use the certificate, as where it is a wildcard for them alone.
  void leaveOnlyProxyHosts() {
    const auto other = dsm.addCertificate({.description = "DSM's own", .as_default = true});
    const auto ours = *dsm.entry(id);
    for (const std::string& service : ours.services) dsm.assignService(service, other);
    dsm.addService({.display_name = "photos.home.example", .subscriber = "ReverseProxy", .service = "uuid-1"}, id);
    dsm.addService({.display_name = "music.home.example", .subscriber = "ReverseProxy", .service = "uuid-2"}, id);
  }
};

TEST_P(DsmClientProof, FindsThePortOfDsmsPagesThoughItLogsInByHttp) {
  const auto done = succeed();
  EXPECT_EQ(done.proof, Proof::Served) << done.proof_detail;
  EXPECT_THAT(done.proof_detail, HasSubstr(std::to_string(dsm.httpsPort())));
}

TEST_P(DsmClientProof, TakesTheOwnersPortWhereDsmsOwnDoesNotLeadThere) {
  dsm.change([this](auto& behaviour) { behaviour.told_https_port = dsm.httpPort(); });
  nas.https_port = dsm.httpsPort();
  EXPECT_EQ(succeed().proof, Proof::Served);
}

TEST_P(DsmClientProof, NeitherWaitsNorImportsAgainWhereDsmDoesNotTellItsPort) {
  dsm.change([](auto& behaviour) { behaviour.tells_web_ports = false; });
  const auto begin = clock.monotonic();
  for (int visit = 0; visit < 3; ++visit) {
    const auto done = succeed();
    EXPECT_NE(done.proof, Proof::NotServedYet);
    EXPECT_NE(done.proof, Proof::NotServed);
  }
  EXPECT_EQ(dsm.importsDone(), 1U);
  EXPECT_LT(clock.monotonic() - begin, Duration(1'000));
}

TEST_P(DsmClientProof, IsProvedByReverseProxyHostsOnTheirOwnPort) {
  leaveOnlyProxyHosts();
  const auto done = succeed();
  EXPECT_EQ(done.proof, Proof::Served) << done.proof_detail;
  EXPECT_EQ(done.hosts.size(), 2U);
  EXPECT_THAT(done.proof_detail, HasSubstr(std::to_string(dsm.proxyPort())));
}

TEST_P(DsmClientProof, WaitsOnceForAllHostsTogether) {
  leaveOnlyProxyHosts();
  dsm.change([](auto& behaviour) { behaviour.reloads_at_once = false; });
  const auto begin = clock.monotonic();
  EXPECT_EQ(succeed().proof, Proof::NotServedYet);
  EXPECT_LE(clock.monotonic() - begin, Duration(100'000));
}

TEST_P(DsmClientProof, SaysThatNothingUsesTheCertificate) {
  nas.certificate = "brand new";
  nas.create = true;
  nas.services = {"keep"};
  EXPECT_EQ(succeed().proof, Proof::NotUsed);
}

INSTANTIATE_FOR_EVERY_AGE(DsmClientProof);

}  // namespace
}  // namespace sidecert::dsm
