#include "app/plan/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/memory/acme_memory.h"
#include "state/certificate_folder.h"
#include "support/crashing_file_system.h"
#include "support/manual_clock.h"
#include "support/memory_log.h"
#include "support/scripted_http.h"
#include "support/test_ca.h"

namespace sidecert::app {
namespace {

using sidecert::testing::CrashingFileSystem;
using sidecert::testing::kTestStart;
using sidecert::testing::ManualClock;
using sidecert::testing::MemoryLog;
using sidecert::testing::ScriptedHttp;
using sidecert::testing::TestCa;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using End = OrderAttempt::End;

constexpr const char* kLetsEncrypt = "https://acme-v02.api.letsencrypt.org/directory";
constexpr const char* kPrivate = "https://ca.lan/dir";

class LedgerTest : public ::testing::Test {
 protected:
  Ports ports() { return {clock_, http_, disk_, Log(log_), {}}; }
  LedgerMemory opened() {
    LedgerMemory file(memoryIn("/data", ports()), ports());
    EXPECT_TRUE(file.load());
    return file;
  }
  acme::StoredOrder order(acme::OrderStage stage, std::string url = "https://ca.lan/order/1") {
    return {.directory = directory_,
            .account = "https://ca.lan/account/1",
            .url = stage == acme::OrderStage::Placing ? std::string() : std::move(url),
            .names = {"home.example"},
            .profile = {},
            .key_pem = Secret("key"),
            .created = clock_.now(),
            .stage = stage};
  }
  OrderMemory orders(LedgerMemory& ledger) {
    return {memoryIn("/data", ports()), {.certificate = "home.example"}, ledger, ports()};
  }
  // One order from newOrder to its end.
  Result<> run(OrderMemory&& file, acme::OrderStage last, End end) {
    if (auto saved = file.save(order(acme::OrderStage::Placing)); !saved) return saved;
    for (int stage = 1; stage <= static_cast<int>(last); ++stage) {
      if (auto saved = file.save(order(static_cast<acme::OrderStage>(stage))); !saved) return saved;
    }
    return end == End::Issued ? file.done() : file.clear();
  }

  std::string directory_ = kLetsEncrypt;
  ManualClock clock_;
  MemoryLog log_;
  ScriptedHttp http_;
  CrashingFileSystem disk_;
};

TEST_F(LedgerTest, FiveCertificatesForTheSameNamesInAWeekAndNoMore) {
  LedgerMemory ledger = opened();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(run(orders(ledger), acme::OrderStage::Finalizing, End::Issued));
  const auto sixth = run(orders(ledger), acme::OrderStage::Finalizing, End::Issued);
  ASSERT_FALSE(sixth);
  EXPECT_EQ(sixth.error().code, ErrorCode::RateLimited);
  EXPECT_EQ(sixth.error().retry_after, days(7));
  EXPECT_THAT(sixth.error().what, HasSubstr("5 certificates for the same names in 7 d"));
  clock_.advance(days(7));
  EXPECT_TRUE(run(orders(ledger), acme::OrderStage::Finalizing, End::Issued));
}

TEST_F(LedgerTest, FiveFailedValidationsOfANameInAnHourAndNoMore) {
  LedgerMemory ledger = opened();
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(run(orders(ledger), acme::OrderStage::Answering, End::Failed));
    clock_.advance(minutes(5));
  }
  const auto over =
      overBudget(ledger.ledger(), kLetsEncrypt, {"home.example", "*.home.example"}, false, std::nullopt, clock_.now());
  ASSERT_TRUE(over);
  EXPECT_EQ(over->until, kTestStart + hours(1));
  EXPECT_FALSE(overBudget(ledger.ledger(), kLetsEncrypt, {"other.example"}, false, std::nullopt, clock_.now()));
  EXPECT_FALSE(overBudget(ledger.ledger(), kPrivate, {"home.example"}, false, std::nullopt, clock_.now()));
}

// An order that waited for DNS for an hour counted as if it had failed when it was placed.
TEST_F(LedgerTest, AValidationCountsFromWhenItIsAskedFor) {
  LedgerMemory ledger = opened();
  ASSERT_TRUE(orders(ledger).save(order(acme::OrderStage::Placing)));
  ASSERT_TRUE(orders(ledger).save(order(acme::OrderStage::Placed)));
  clock_.advance(minutes(59));
  ASSERT_TRUE(orders(ledger).save(order(acme::OrderStage::Answering)));
  ASSERT_TRUE(orders(ledger).clear());
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(run(orders(ledger), acme::OrderStage::Answering, End::Failed));
  clock_.advance(minutes(2));
  EXPECT_TRUE(overBudget(ledger.ledger(), kLetsEncrypt, {"home.example"}, true, std::nullopt, clock_.now()));
}

TEST_F(LedgerTest, AnOrderThatIsTakenUpWaitsForTheBudgetOfValidations) {
  LedgerMemory ledger = opened();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(run(orders(ledger), acme::OrderStage::Answering, End::Failed));
  clock_.advance(hours(1));
  ASSERT_TRUE(orders(ledger).save(order(acme::OrderStage::Placing)));
  clock_.jumpTo(clock_.now() - minutes(30));
  const auto answered = orders(ledger).save(order(acme::OrderStage::Answering));
  ASSERT_FALSE(answered);
  EXPECT_EQ(answered.error().code, ErrorCode::RateLimited);
  EXPECT_EQ(answered.error().retry_after, minutes(30));
}

TEST_F(LedgerTest, AnOrderThatWasCutWhileFinalizingCountsAsACertificate) {
  LedgerMemory ledger = opened();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(run(orders(ledger), acme::OrderStage::Finalizing, End::Failed));
  EXPECT_TRUE(overBudget(ledger.ledger(), kLetsEncrypt, {"home.example"}, true, std::nullopt, clock_.now()));
}

TEST_F(LedgerTest, WhatIsAskedForIsOnDiskBeforeTheRequestLeaves) {
  LedgerMemory ledger = opened();
  ASSERT_TRUE(orders(ledger).save(order(acme::OrderStage::Placing)));
  const LedgerMemory again = opened();
  ASSERT_THAT(again.ledger().orders, SizeIs(1));
  EXPECT_EQ(again.ledger().orders.front().end, End::Open);
  EXPECT_TRUE(again.ledger().orders.front().placed);
}

TEST_F(LedgerTest, NothingIsOrderedThatCannotBeNoted) {
  LedgerMemory ledger = opened();
  disk_.refuseWrites(Error{.code = ErrorCode::Storage, .what = "disk full", .hint = {}});
  const auto saved = orders(ledger).save(order(acme::OrderStage::Placing));
  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error().code, ErrorCode::Storage);
}

TEST_F(LedgerTest, TakingUpAnOrderAgainCostsNothing) {
  LedgerMemory ledger = opened();
  ASSERT_TRUE(orders(ledger).save(order(acme::OrderStage::Placing)));
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(orders(ledger).save(order(acme::OrderStage::Answering)));
  EXPECT_THAT(ledger.ledger().orders, SizeIs(1));
}

TEST_F(LedgerTest, TenNewAccountsInThreeHoursAndNoMore) {
  LedgerMemory ledger = opened();
  AccountMemory accounts(memoryIn("/data", ports()), ports(), &ledger);
  const acme::StoredAccount fresh{
      .directory = kLetsEncrypt, .url = {}, .key_pem = Secret("key"), .pending_key_pem = {}, .contacts = {}};
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(accounts.save(fresh));
  EXPECT_FALSE(accounts.save(fresh));
  clock_.advance(hours(3));
  EXPECT_TRUE(accounts.save(fresh));
}

TEST_F(LedgerTest, APrivateCaMayIssueShortLivedCertificatesAsOftenAsTheyNeedIt) {
  directory_ = kPrivate;
  LedgerMemory ledger = opened();
  const OrderPurpose short_lived{.certificate = "home.example", .renewal = true, .life = hours(1)};
  for (int i = 0; i < 40; ++i) {
    OrderMemory file(memoryIn("/data", ports()), short_lived, ledger, ports());
    ASSERT_TRUE(run(std::move(file), acme::OrderStage::Finalizing, End::Issued)) << i;
    clock_.advance(minutes(30));
  }
}

TEST_F(LedgerTest, AnEntryFromAClockThatWasAheadCountsAsNow) {
  LedgerMemory ledger = opened();
  clock_.jumpTo(kTestStart + days(3650));
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(run(orders(ledger), acme::OrderStage::Finalizing, End::Issued));
  clock_.jumpTo(kTestStart);
  const LedgerMemory again = opened();
  const auto over = overBudget(again.ledger(), kLetsEncrypt, {"home.example"}, true, std::nullopt, clock_.now());
  ASSERT_TRUE(over);
  EXPECT_EQ(over->until, kTestStart + days(7));
}

TEST_F(LedgerTest, ALostLedgerIsMadeAgainFromTheCertificates) {
  const TestCa ca = TestCa().intermediate();
  state::CertificateFolder folder("/data/certificates/home.example", ports());
  for (int i = 0; i < 5; ++i) {
    const auto made =
        ca.issue({.names = {"home.example"}, .not_before = clock_.now(), .not_after = clock_.now() + days(90)});
    auto chain = crypto::parseChain(made.fullChain());
    ASSERT_TRUE(chain);
    ASSERT_TRUE(folder.add(*chain, Secret(made.key_pem)));
    clock_.advance(hours(1));
  }
  ASSERT_TRUE(
      state::write(*memoryIn("/data", ports()).store, "certificates/home.example/record", {{"directory", kLetsEncrypt}}));
  ASSERT_TRUE(disk_.writeSynced("/data/ledger.json", "{\"orders\": [", 0600));
  const LedgerMemory again = opened();
  EXPECT_TRUE(log_.contains("cannot be read"));
  EXPECT_TRUE(overBudget(again.ledger(), kLetsEncrypt, {"home.example"}, true, std::nullopt, clock_.now()));
}

// Which CA issued them stood in the record alone: with both lost a sixth certificate was ordered within the week.
TEST_F(LedgerTest, WithTheRecordLostTooTheCertificatesCountAtEveryCa) {
  const TestCa ca = TestCa().intermediate();
  state::CertificateFolder folder("/data/certificates/home.example", ports());
  for (int i = 0; i < 5; ++i) {
    const auto made =
        ca.issue({.names = {"home.example"}, .not_before = clock_.now(), .not_after = clock_.now() + days(90)});
    ASSERT_TRUE(folder.add(crypto::parseChain(made.fullChain()).value(), Secret(made.key_pem)));
    clock_.advance(hours(1));
  }
  ASSERT_TRUE(disk_.writeSynced("/data/certificates/.DS_Store", "Bud1", 0600));
  const LedgerMemory again = opened();
  EXPECT_TRUE(overBudget(again.ledger(), kLetsEncrypt, {"home.example"}, true, std::nullopt, clock_.now()));
}

TEST_F(LedgerTest, TheBudgetOfADomainCountsWhicheverNameIsBelowIt) {
  Ledger ledger;
  for (int i = 0; i < 50; ++i)
    ledger.orders.push_back({.at = clock_.now(),
                             .certificate = "x",
                             .directory = kLetsEncrypt,
                             .names = {"a" + std::to_string(i) + ".home.example"},
                             .placed = true,
                             .stage = acme::OrderStage::Finalizing,
                             .end = End::Issued,
                             .error = {}});
  EXPECT_TRUE(
      overBudget(ledger, kLetsEncrypt, {"aaa.other.example2", "new.home.example"}, false, std::nullopt, clock_.now()));
  EXPECT_FALSE(overBudget(ledger, kLetsEncrypt, {"aaa.other.example2"}, false, std::nullopt, clock_.now()));
}

TEST_F(LedgerTest, KeepsEveryAttemptWithWhatCameOfIt) {
  LedgerMemory ledger = opened();
  ASSERT_TRUE(ledger.failed("home.example", kLetsEncrypt, {.code = ErrorCode::Unreachable, .what = "no route"}));
  ASSERT_TRUE(run(orders(ledger), acme::OrderStage::Answering, End::Failed));
  ASSERT_TRUE(ledger.failed("home.example", kLetsEncrypt, {.code = ErrorCode::Refused, .what = "no TXT"}));
  const LedgerMemory again = opened();
  ASSERT_THAT(again.ledger().orders, SizeIs(2));
  EXPECT_FALSE(again.ledger().orders.at(0).placed);
  EXPECT_EQ(again.ledger().orders.at(0).code, ErrorCode::Unreachable);
  EXPECT_EQ(again.ledger().orders.at(1).error, "no TXT");
}

}  // namespace
}  // namespace sidecert::app
