// Passes with the CA and the NAS answered by the test, everything else real.
#include "app/pass/pass.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/crashing_file_system.h"
#include "support/manual_clock.h"
#include "support/memory_log.h"
#include "support/no_resolver.h"
#include "support/scripted_http.h"
#include "support/test_ca.h"

namespace sidecert::app {
namespace {

using sidecert::testing::CrashingFileSystem;
using sidecert::testing::kTestStart;
using sidecert::testing::ManualClock;
using sidecert::testing::MemoryLog;
using sidecert::testing::NoResolver;
using sidecert::testing::ScriptedHttp;
using sidecert::testing::TestCa;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using ::testing::HasSubstr;

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

  Outcome pass(Force force = Force::No) { return app::pass(settings_, world(), force); }

  World world() {
    return {
        .resolver = resolver_,
        .draw = [] { return 0.5; },
        .ports = {clock_, http_, disk_, Log(log_), {}},
        .outside = {.obtain = [this](const acme::CertificateRequest& request, auto& accounts, auto& orders, auto&,
                                     const auto&) { return obtain(request, accounts, orders); },
                    .renewal_advice = [](const auto&, const auto&,
                                         const auto&) -> Result<std::optional<acme::RenewalAdvice>> { return std::nullopt; },
                    .look_at_dns = [this](const auto&, const auto&) { return lookAtDns(); },
                    .deploy = [this](const auto&, auto& state, const auto& material,
                                     const auto&) { return deploy(state, material); },
                    .inspect = [this](const auto&, auto&, const auto&) { return inspect_(); }}};
  }

  Result<acme::IssuedCertificate> obtain(const acme::CertificateRequest& request, acme::AccountStore&,
                                         acme::OrderStore& orders) {
    ++orders_;
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
    const auto made = ca_.issue({.names = names, .not_before = clock_.now(), .not_after = clock_.now() + days(90)});
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
  ManualClock clock_;
  MemoryLog log_;
  ScriptedHttp http_;
  CrashingFileSystem disk_;
  NoResolver resolver_;
  TestCa ca_ = TestCa().intermediate();
  std::function<Result<dsm::Inspection>()> inspect_ = [] { return dsm::Inspection{}; };
  std::optional<Error> ca_error_, nas_error_, dns_error_;
  std::string extra_name_;
  int orders_ = 0;
  int deployments_ = 0;
  int looks_at_dns_ = 0;
};

dsm::ListedCertificate standing(TimePoint from, TimePoint till) {
  return {.id = "abc",
          .description = "home",
          .common_name = "home.example",
          .names = {"*.home.example", "home.example"},
          .valid_from = from,
          .valid_till = till};
}

TEST_F(Pass, ASecondPassDoesNothing) {
  EXPECT_FALSE(pass().failed);
  EXPECT_FALSE(pass().failed);
  EXPECT_EQ(orders_, 1);
  EXPECT_EQ(deployments_, 1);
}

TEST_F(Pass, Trap22_AnEmptyFolderBesideADsmThatHasTheCertificateOrdersNothingAndSaysWhatToDo) {
  inspect_ = [] {
    dsm::Inspection seen;
    seen.certificates = {standing(kTestStart - days(10), kTestStart + days(80))};
    return seen;
  };
  for (int start = 0; start < 5; ++start) EXPECT_TRUE(pass().failed);
  EXPECT_EQ(orders_, 0);
  EXPECT_TRUE(log_.contains("knows nothing of this certificate"));
  EXPECT_TRUE(log_.contains("sidecert renew --force"));
}

TEST_F(Pass, WhatDsmHasIsRenewedWhenItIsDue) {
  inspect_ = [] {
    dsm::Inspection seen;
    seen.certificates = {standing(kTestStart - days(10), kTestStart + days(80))};
    return seen;
  };
  const Outcome held = pass();
  clock_.jumpTo(kTestStart + days(49));
  EXPECT_TRUE(pass().failed);
  EXPECT_EQ(orders_, 0);
  clock_.jumpTo(kTestStart + days(51));
  EXPECT_FALSE(pass().failed);
  EXPECT_EQ(orders_, 1);
  EXPECT_LE(held.wake, kTestStart + days(1));
}

TEST_F(Pass, APersonMayOrderAllTheSame) {
  inspect_ = [] {
    dsm::Inspection seen;
    seen.certificates = {standing(kTestStart - days(10), kTestStart + days(80))};
    return seen;
  };
  EXPECT_TRUE(pass().failed);
  EXPECT_FALSE(pass(Force::Order).failed);
  EXPECT_EQ(orders_, 1);
}

TEST_F(Pass, AnExpiredOrForeignCertificateInDsmHoldsNothingBack) {
  inspect_ = [] {
    dsm::Inspection seen;
    seen.certificates = {standing(kTestStart - days(90), kTestStart - days(1)),
                         standing(kTestStart - days(1), kTestStart + days(89))};
    seen.certificates.back().names = {"home.example"};
    return seen;
  };
  EXPECT_FALSE(pass().failed);
  EXPECT_EQ(orders_, 1);
}

TEST_F(Pass, ANasThatCannotBeAskedHoldsNothingBack) {
  inspect_ = []() -> Result<dsm::Inspection> { return fail(ErrorCode::Unreachable, "off"); };
  nas_error_ = Error{.code = ErrorCode::Unreachable, .what = "off"};
  EXPECT_TRUE(pass().failed);
  EXPECT_EQ(orders_, 1);
}

TEST_F(Pass, AHundredRestartsAgainstACaThatFailsAskItFourTimesInTwoHours) {
  ca_error_ = Error{.code = ErrorCode::BadAnswer, .what = "500"};
  for (int start = 0; start < 100; ++start) {
    EXPECT_TRUE(pass().failed);
    clock_.advance(minutes(1));
  }
  EXPECT_EQ(orders_, 3);
  clock_.advance(minutes(20));
  EXPECT_TRUE(pass().failed);
  EXPECT_EQ(orders_, 4);
}

// A CA that puts "www." into every certificate made the names differ from ACME_DOMAINS at each look.
TEST_F(Pass, ANameTheCaAddsByItselfIsNoReasonToOrderAgain) {
  extra_name_ = "www.home.example";
  for (int start = 0; start < 5; ++start) EXPECT_FALSE(pass().failed);
  EXPECT_EQ(orders_, 1);
}

// The order leaves out what its wildcard covers already; that made the names differ from ACME_DOMAINS at each look.
TEST_F(Pass, ANameThatAWildcardCoversIsNoReasonToOrderAgain) {
  settings_.certificates.front().names = {"home.example", "*.home.example", "www.home.example"};
  for (int start = 0; start < 3; ++start) EXPECT_FALSE(pass().failed);
  EXPECT_EQ(orders_, 1);
}

TEST_F(Pass, AFailedDeploymentIsRetriedAloneAndNeverOrders) {
  nas_error_ = Error{.code = ErrorCode::Unreachable, .what = "off"};
  for (int day = 0; day < 20; ++day) {
    EXPECT_TRUE(pass().failed);
    clock_.advance(days(1));
  }
  EXPECT_EQ(orders_, 1);
  EXPECT_EQ(deployments_, 20);
  nas_error_.reset();
  EXPECT_FALSE(pass().failed);
}

TEST_F(Pass, LooksAtDnsOnceAWeekBetweenRenewals) {
  EXPECT_FALSE(pass().failed);
  for (int day = 1; day <= 29; ++day) {
    clock_.jumpTo(kTestStart + days(day) + minutes(1));
    EXPECT_FALSE(pass().failed);
  }
  EXPECT_EQ(orders_, 1);
  EXPECT_EQ(looks_at_dns_, 4);
}

TEST_F(Pass, ATokenThatDiedIsKnownBeforeTheRenewal) {
  EXPECT_FALSE(pass().failed);
  dns_error_ = Error{.code = ErrorCode::Settings, .what = "the provider refuses the token", .hint = "check CF_Token"};
  clock_.jumpTo(kTestStart + days(8));
  EXPECT_TRUE(pass().failed);
  EXPECT_TRUE(log_.contains("a renewal would fail at the DNS provider: the provider refuses the token"));

  // Asked once a day at most, and at once when the owner has changed something.
  EXPECT_FALSE(isHealthy(pass().facts));
  EXPECT_EQ(looks_at_dns_, 1);
  EXPECT_TRUE(log_.contains("still: home.example: a renewal would fail at the DNS provider"));
  dns_error_.reset();
  settings_.certificates.front().basis = Secret("another token");
  EXPECT_TRUE(isHealthy(pass().facts));
  EXPECT_EQ(looks_at_dns_, 2);
  EXPECT_EQ(orders_, 1);
}

TEST_F(Pass, WhereAnOrderIsDueItSaysWhatIsWrongAndTheOldLookDoesNot) {
  EXPECT_FALSE(pass().failed);
  dns_error_ = Error{.code = ErrorCode::Settings, .what = "the provider refuses the token"};
  clock_.jumpTo(kTestStart + days(8));
  EXPECT_TRUE(pass().failed);
  ca_error_ = Error{.code = ErrorCode::Settings, .what = "the provider refuses the token, says the order"};
  clock_.jumpTo(kTestStart + days(65));
  EXPECT_TRUE(pass().failed);
  EXPECT_TRUE(log_.contains("says the order"));
  EXPECT_EQ(looks_at_dns_, 1);
}

TEST_F(Pass, AProviderThatIsNoLongerUsedIsForgotten) {
  EXPECT_FALSE(pass().failed);
  dns_error_ = Error{.code = ErrorCode::Settings, .what = "the provider refuses the token"};
  clock_.jumpTo(kTestStart + days(8));
  EXPECT_TRUE(pass().failed);
  settings_.certificates.front().challenge = config::ChallengeKind::DnsPersist01;
  settings_.certificates.front().providers.clear();
  EXPECT_TRUE(isHealthy(pass().facts));
}

TEST_F(Pass, AProviderThatIsAwayForAnHourAlarmsNobody) {
  EXPECT_FALSE(pass().failed);
  dns_error_ = Error{.code = ErrorCode::Unreachable, .what = "away"};
  clock_.jumpTo(kTestStart + days(8));
  const Outcome outcome = pass();
  EXPECT_TRUE(outcome.failed);
  EXPECT_EQ(outcome.wake, clock_.now() + minutes(1));
  EXPECT_TRUE(isHealthy(outcome.facts));
}

TEST_F(Pass, AFullDiskOrdersNothing) {
  disk_.refuseWrites(
      Error{.code = ErrorCode::Storage, .what = "cannot write: No space left on device", .hint = "free some space"});
  const Outcome outcome = pass();
  EXPECT_TRUE(outcome.failed);
  EXPECT_EQ(orders_, 0);
  EXPECT_TRUE(log_.contains("nothing is ordered"));
  EXPECT_EQ(worstOf(outcome.facts), Severity::Alarm);
  EXPECT_TRUE(log_.contains("No space left on device"));
}

TEST_F(Pass, AMonthOfSuspendIsMadeUpForAtOnce) {
  EXPECT_FALSE(pass().failed);
  clock_.jumpTo(kTestStart + days(65));
  EXPECT_FALSE(pass().failed);
  EXPECT_EQ(orders_, 2);
  EXPECT_EQ(deployments_, 2);
}

TEST_F(Pass, AClockThatWasTenYearsAheadHoldsNothingBackOnceItIsRight) {
  clock_.jumpTo(kTestStart + days(3650));
  ca_error_ = Error{.code = ErrorCode::Untrusted, .what = "the CA's certificate has expired"};
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(pass().failed);
    clock_.advance(days(1));
  }
  clock_.jumpTo(kTestStart);
  ca_error_.reset();
  EXPECT_FALSE(pass().failed);
  EXPECT_EQ(deployments_, 1);
}

TEST_F(Pass, AClockThatGoesADayBackAsksNobodyTwice) {
  EXPECT_FALSE(pass().failed);
  clock_.jumpTo(kTestStart - days(1));
  EXPECT_FALSE(pass().failed);
  EXPECT_EQ(orders_, 1);
}

// Without its record a certificate had no renewal time, so nothing happened before it had expired.
TEST_F(Pass, ACertificateWhoseRecordIsLostIsRenewedInTime) {
  EXPECT_FALSE(pass().failed);
  ASSERT_TRUE(disk_.writeSynced("/data/certificates/home.example/record.json", "{\"half", 0600));
  EXPECT_FALSE(pass().failed);
  EXPECT_EQ(orders_, 1);
  clock_.jumpTo(kTestStart + days(62));
  EXPECT_FALSE(pass().failed);
  EXPECT_EQ(orders_, 2);
}

// The power goes at each change of a whole first pass: what is there afterwards is good for the rest.
TEST_F(Pass, APowerCutAnywhereLeavesAStateTheNextPassFinishesFrom) {
  for (const auto unsynced : {CrashingFileSystem::Unsynced::Dropped, CrashingFileSystem::Unsynced::Kept}) {
    for (int step = 0;; ++step) {
      SCOPED_TRACE(step);
      ASSERT_LT(step, 1000);
      disk_.remove("/data").value();
      disk_.cutPowerAt(step);
      const bool undisturbed = !pass().failed;
      disk_.restart(unsynced);
      clock_.advance(minutes(2));
      EXPECT_FALSE(pass().failed);
      EXPECT_FALSE(log_.contains("set aside"));
      clock_.advance(days(8));
      if (undisturbed) break;
    }
  }
}

}  // namespace
}  // namespace sidecert::app
