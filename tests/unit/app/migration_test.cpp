// What older programs left in their data folders (tests/migration) is taken over whole.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <mutex>

#include "app/memory/nas_memory.h"
#include "app/pass/pass.h"
#include "support/manual_clock.h"
#include "support/memory_log.h"
#include "support/no_resolver.h"
#include "support/scripted_http.h"
#include "support/temp_directory.h"

namespace sidecert::app {
namespace {

namespace fs = std::filesystem;

constexpr TimePoint kNextDay = std::chrono::sys_days{std::chrono::year{2026} / 11 / 29} + std::chrono::hours(21);

config::NasSettings nas(std::string label, std::uint16_t port, std::string certificate) {
  config::NasSettings nas;
  nas.label = std::move(label);
  nas.scheme = "https";
  nas.host = "127.0.0.1";
  nas.port = port;
  nas.username = "certbot";
  nas.password = Secret("canary-password");
  nas.certificate = std::move(certificate);
  nas.create = true;
  return nas;
}

config::CertificateSettings certificate(std::string label, std::vector<std::string> names, std::string directory,
                                        std::vector<config::NasSettings> targets) {
  config::CertificateSettings one;
  one.label = std::move(label);
  one.names = std::move(names);
  one.servers = {std::move(directory)};
  one.providers = {{.zone = "", .provider = "dns_nsupdate"}};
  one.targets = std::move(targets);
  return one;
}

class Migration : public ::testing::Test {
 protected:
  void begin(const std::string& folder) {
    settings_.data = folder_ / "data";
    fs::copy(fs::path(SIDECERT_SOURCE) / "tests/migration" / folder, settings_.data,
             fs::copy_options::recursive | fs::copy_options::copy_symlinks);
  }

  World world() {
    return {
        .resolver = resolver_,
        .draw = [] { return 0.5; },
        .ports = ports(),
        .outside = {.obtain = [](const auto& request, auto&, auto&, auto&, const auto&) -> Result<acme::IssuedCertificate> {
                      ADD_FAILURE() << "an order for " << request.names.front();
                      return fail(ErrorCode::Internal, "no order");
                    },
                    .renewal_advice = [](const auto&, const auto&,
                                         const auto&) -> Result<std::optional<acme::RenewalAdvice>> { return std::nullopt; },
                    .look_at_dns = [](const auto&, const auto&) -> Result<> { return {}; },
                    .deploy = [this](const auto& nas, auto& state, const auto& material,
                                     const auto&) { return visit(nas, state, material); },
                    .inspect = [](const auto&, auto&, const auto&) -> Result<dsm::Inspection> {
                      ADD_FAILURE() << "a first look";
                      return fail(ErrorCode::Internal, "no look");
                    },
                    .still_served = [](const auto&, const auto&, const auto&) { return std::optional(true); }}};
  }
  Ports ports() { return {clock_, http_, files_, Log(log_), {}}; }

  // DSM has it already, so a program that remembers what it imported imports nothing.
  Result<dsm::Deployment> visit(const config::NasSettings& nas, const dsm::TargetState& state,
                                const dsm::Material& material) {
    const std::lock_guard lock(visits_);
    ++visited_;
    EXPECT_FALSE(state.certificate_id.empty()) << nas.title();
    EXPECT_EQ(state.our_leaves.front(), material.leaf.sha256()) << nas.title();
    EXPECT_EQ(state.device_token.empty(), nas.port != 5001) << "the device token is lost, " << nas.title();
    EXPECT_EQ(state.certificate_wanted, nas.certificate);
    return dsm::Deployment{
        .certificate_id = state.certificate_id,
        .description = "home",
        .proof = dsm::Proof::Served,
        .services = {{.display_name = "DSM Desktop Service", .subscriber = "system", .service = "default"}}};
  }

  void passesQuietly() {
    for (int pass = 0; pass < 3; ++pass) {
      EXPECT_FALSE(app::pass(settings_, world(), Force::No).failed) << log_.text();
      clock_.advance(std::chrono::days(1));
    }
    EXPECT_FALSE(log_.contains("set aside")) << log_.text();
    EXPECT_FALSE(log_.contains("cannot be read")) << log_.text();
    for (const std::string& key : memoryIn(settings_.data, ports()).store->list("").value())
      EXPECT_TRUE(key.starts_with("nas/") || !key.contains("/nas/")) << "left in its old form: " << key;
  }

  testing::TempDirectory folder_;
  testing::ManualClock clock_{kNextDay};
  testing::MemoryLog log_;
  testing::ScriptedHttp http_;
  PosixFileSystem files_;
  testing::NoResolver resolver_;
  config::Settings settings_;
  std::mutex visits_;
  int visited_ = 0;
};

TEST_F(Migration, OneCertificateWithoutALabelOnOneNas) {
  begin("plain");
  settings_.certificates = {certificate("", {"home.example", "*.home.example"}, "https://127.23.107.188:14000/dir",
                                        {nas("", 5001, "home.example")})};
  passesQuietly();
  EXPECT_EQ(visited_, 3) << "once a day";
}

TEST_F(Migration, LabelledCertificatesOnTwoNasAndOneMadeElsewhere) {
  begin("labelled");
  const std::string ca = "https://127.215.119.140:14000/dir";
  config::CertificateSettings files = certificate("FILES", {}, ca, {nas("CELLAR", 6001, "files")});
  files.deploy_from = folder_ / "made-elsewhere";
  fs::copy(settings_.data / "certificates/deploy-from-files/current/", files.deploy_from, fs::copy_options::recursive);
  settings_.certificates = {
      files,
      certificate("HOME", {"home.example", "*.home.example"}, ca, {nas("ATTIC", 5001, "home"), nas("CELLAR", 6001, "home")}),
      certificate("SHOP", {"shop.home.example"}, ca, {nas("ATTIC", 5001, "shop")})};
  passesQuietly();
  EXPECT_EQ(visited_, 12) << "four entries, once a day";
}

}  // namespace
}  // namespace sidecert::app
