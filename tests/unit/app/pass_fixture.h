// Passes with the CA and the NAS answered by the test, everything else real.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/pass/pass.h"
#include "support/crashing_file_system.h"
#include "support/manual_clock.h"
#include "support/memory_log.h"
#include "support/no_resolver.h"
#include "support/scripted_http.h"
#include "support/test_ca.h"

namespace sidecert::app {

class Pass : public ::testing::Test {
 protected:
  Pass() {
    config::CertificateSettings certificate;
    certificate.names = {"home.example", "*.home.example"};
    certificate.servers = {"https://acme-v02.api.letsencrypt.org/directory"};
    certificate.providers = {{.zone = "", .provider = "dns_nsupdate"}};
    config::NasSettings nas;
    nas.username = "u";
    nas.password = Secret("p");
    certificate.targets = {nas};
    settings_.certificates = {certificate};
  }

  PassResult pass(Force force = Force::No) { return app::pass(settings_, world(), force); }

  World world() {
    return {
        .resolver = resolver_,
        .draw = [] { return 0.5; },
        .ports = {clock_, http_, disk_, Log(log_), {}},
        .outside = {.obtain = [this](const acme::CertificateRequest& request, auto& accounts, auto& orders, auto&,
                                     const auto&) { return obtain(request, accounts, orders); },
                    .renewal_advice = [this](const auto&, const auto&,
                                             const auto&) -> Result<std::optional<acme::RenewalAdvice>> { return advice_; },
                    .revoked = [this](const auto& chain, const auto&) -> Result<std::optional<TimePoint>> {
                      ++looks_for_revocation_;
                      return chain.front().sha256() == revoked_leaf_ ? std::optional(clock_.now()) : std::nullopt;
                    },
                    .look_at_dns = [this](const auto&, const auto&) { return lookAtDns(); },
                    .deploy = [this](const auto&, auto& state, const auto& material,
                                     const auto&) { return deploy(state, material); },
                    .inspect = [this](const auto&, auto&, const auto&) { return inspect_(); }}};
  }

  Result<acme::IssuedCertificate> obtain(const acme::CertificateRequest& request, acme::AccountStore&,
                                         acme::OrderStore& orders) {
    ++orders_;
    reused_.push_back(request.reuse_key_pem.has_value());
    if (ca_error_) return std::unexpected(*ca_error_);
    acme::StoredOrder order{.directory = request.directory,
                            .account = "https://ca/a",
                            .url = {},
                            .names = request.names,
                            .profile = {},
                            .key_pem = Secret("key"),
                            .created = clock_.now()};
    if (auto saved = orders.save(order); !saved) return std::unexpected(saved.error());
    order.url = "https://ca/o/1";
    order.stage = acme::OrderStage::Finalizing;
    if (auto saved = orders.save(order); !saved) return std::unexpected(saved.error());
    auto names = request.names;
    if (!extra_name_.empty()) names.push_back(extra_name_);
    const auto made =
        ca_.issue({.names = names, .not_before = clock_.now(), .not_after = clock_.now() + std::chrono::days(90)});
    last_leaf_ = made.certificate.sha256();
    return acme::IssuedCertificate{.chain = crypto::parseChain(made.fullChain()).value(),
                                   .key_pem = Secret(made.key_pem),
                                   .account = "https://ca/a",
                                   .profile = {},
                                   .order = order.url,
                                   .resumed = false};
  }

  Result<dsm::Deployment> deploy(dsm::TargetState&, const dsm::Material&) {
    ++deployments_;
    if (nas_error_) return std::unexpected(*nas_error_);
    return dsm::Deployment{.certificate_id = "a",
                           .description = "home",
                           .imported = true,
                           .proof = dsm::Proof::Served,
                           .services = {{.display_name = "DSM Desktop Service"}}};
  }

  Result<> lookAtDns() {
    ++looks_at_dns_;
    return dns_error_ ? std::unexpected(*dns_error_) : Result<>{};
  }

  config::Settings settings_;
  testing::ManualClock clock_;
  testing::MemoryLog log_;
  testing::ScriptedHttp http_;
  testing::CrashingFileSystem disk_;
  testing::NoResolver resolver_;
  testing::TestCa ca_ = testing::TestCa().intermediate();
  std::function<Result<dsm::Inspection>()> inspect_ = [] { return dsm::Inspection{}; };
  std::optional<Error> ca_error_, nas_error_, dns_error_;
  std::string extra_name_;
  std::optional<acme::RenewalAdvice> advice_;
  std::string revoked_leaf_, last_leaf_;
  std::vector<bool> reused_;  // whether an order asked for the key there was
  int looks_for_revocation_ = 0;
  int orders_ = 0;
  int deployments_ = 0;
  int looks_at_dns_ = 0;
};

}  // namespace sidecert::app
