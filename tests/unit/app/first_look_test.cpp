// Before the very first order: what a NAS has already.
#include "unit/app/pass_fixture.h"

namespace sidecert::app {
namespace {

using sidecert::testing::kTestStart;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using ::testing::HasSubstr;

dsm::ListedCertificate standing(TimePoint from, TimePoint till) {
  return {.id = "abc",
          .description = "home",
          .common_name = "home.example",
          .names = {"*.home.example", "home.example"},
          .valid_from = from,
          .valid_till = till};
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
  const PassResult held = pass();
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

}  // namespace
}  // namespace sidecert::app
