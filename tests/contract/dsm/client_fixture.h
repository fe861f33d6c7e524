// Our client over real sockets against the emulator, one run per age of DSM. A test suite derives from DsmClient and names
// itself; INSTANTIATE_FOR_EVERY_AGE runs it on all three profiles.
#pragma once

#include <gmock/gmock.h>

#include <functional>
#include <memory>
#include <string>

#include "base/http/poco_http.h"
#include "dsm/deployment.h"
#include "dsm/inspection.h"
#include "support/dsm_emulator.h"
#include "support/manual_clock.h"
#include "support/memory_log.h"
#include "support/test_ca.h"

namespace sidecert::dsm {

using testing::DsmDisturbance;
using testing::DsmEmulator;
using testing::DsmOutage;
using testing::DsmVersion;

/// A DSM as it comes from the factory: its own certificate is the default and has all services.
class FreshDsmClient : public ::testing::TestWithParam<DsmVersion> {
 protected:
  using Adjust = std::function<void(testing::DsmOptions&)>;

  explicit FreshDsmClient(Adjust adjust = {}) : adjust_(std::move(adjust)) {
    nas.host = dsm.address();
    nas.scheme = "https";
    nas.port = dsm.httpsPort();
    nas.username = "sidecert";
    nas.password = Secret("correct-horse-7");
    nas.certificate = "home";
  }

  testing::DsmOptions options() {
    testing::DsmOptions chosen;
    chosen.version = GetParam();
    chosen.now = [this] { return std::chrono::floor<std::chrono::seconds>(clock.now()); };
    if (adjust_) adjust_(chosen);
    return chosen;
  }
  /// RSA by default, which every age of DSM takes.
  Material issue(crypto::KeyType type = crypto::KeyType::Rsa2048) {
    const auto made = ca.issue({.names = {"home.example", "*.home.example"}, .key_type = type});
    return {.leaf = made.certificate, .leaf_pem = made.pem, .chain_pem = made.chain, .key_pem = Secret(made.key_pem)};
  }
  Ports ports() { return {clock, *http, files, Log(log), {}}; }
  Result<Deployment> run() { return deploy(nas, state, material, ports()); }
  /// A deployment that must succeed; the log tells why it did not.
  Deployment succeed() {
    auto done = run();
    EXPECT_TRUE(done) << describe(done.error()) << "\n" << log.text();
    return done ? *done : Deployment{};
  }
  void disturbImport(DsmDisturbance::How how, bool after_effect, int outage = 0) {
    DsmDisturbance disturbance;
    disturbance.api = "SYNO.Core.Certificate";
    disturbance.method = "import";
    disturbance.how = how;
    disturbance.after_effect = after_effect;
    disturbance.outage_requests = outage;
    disturbance.ends_sessions = after_effect;
    dsm.disturb(disturbance);
  }

  Adjust adjust_;
  testing::ManualClock clock{std::chrono::floor<Duration>(std::chrono::system_clock::now())};
  DsmEmulator dsm{options()};
  testing::MemoryLog log;
  PosixFileSystem files;
  std::unique_ptr<HttpTransport> http =
      makePocoHttp({.user_agent = "test", .trust_files = {}, .https_proxy = {}, .http_proxy = {}, .no_proxy = {}}, Log(log))
          .value();
  testing::TestCa ca = testing::TestCa().intermediate();
  Material material = issue();
  config::NasSettings nas;
  TargetState state;
};

/// A DSM whose default is an older certificate described "home", which has all services.
class DsmClient : public FreshDsmClient {
 protected:
  explicit DsmClient(Adjust adjust = {}) : FreshDsmClient(std::move(adjust)) {
    testing::DsmCertificateSpec old;
    old.description = "home";
    old.as_default = true;
    const std::string built_in = dsm.defaultId();
    id = dsm.addCertificate(old);
    dsm.removeCertificate(built_in);  // its services go to the default
  }

  std::string id;
};

inline std::string nameOfAge(const ::testing::TestParamInfo<DsmVersion>& age) {
  return age.param == DsmVersion::Dsm62 ? "Dsm62" : age.param == DsmVersion::Dsm72 ? "Dsm72" : "Dsm74";
}

#define INSTANTIATE_FOR_EVERY_AGE(suite)                                                                            \
  INSTANTIATE_TEST_SUITE_P(Ages, suite, ::testing::Values(DsmVersion::Dsm62, DsmVersion::Dsm72, DsmVersion::Dsm74), \
                           nameOfAge)

}  // namespace sidecert::dsm
