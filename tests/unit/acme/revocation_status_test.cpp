#include "acme/revocation_status.h"

#include <gtest/gtest.h>

#include "support/manual_clock.h"
#include "support/memory_log.h"
#include "support/scripted_http.h"
#include "support/test_ca.h"

namespace sidecert::acme {
namespace {

constexpr TimePoint kRevoked = std::chrono::sys_days{std::chrono::year{2026} / 3 / 1};

class RevocationStatus : public ::testing::Test {
 protected:
  [[nodiscard]] std::vector<crypto::Certificate> chainOf(const std::string& list) const {
    return {ca_.issue({.revocation_list = list}).certificate, ca_.certificate()};
  }
  Ports ports() { return {clock_, http_, files_, Log(log_), {}}; }
  void answer(int status, std::string body) { http_.answer(status, std::move(body)); }

  testing::TestCa ca_ = testing::TestCa().intermediate();
  testing::ManualClock clock_;
  testing::ScriptedHttp http_;
  testing::MemoryLog log_;
  PosixFileSystem files_;
};

TEST_F(RevocationStatus, IsWhatTheListSays) {
  const auto chain = chainOf("http://crl.ca.example/7.crl");
  answer(200, ca_.revocationList({chain.front()}, kRevoked));
  EXPECT_EQ(fetchRevocation(chain, ports()).value(), kRevoked);
  answer(200, ca_.revocationList({}, kRevoked));
  EXPECT_EQ(fetchRevocation(chain, ports()).value(), std::nullopt);
}

TEST_F(RevocationStatus, IsNotKnownWithoutTheList) {
  const auto chain = chainOf("http://crl.ca.example/7.crl");
  answer(404, "");
  EXPECT_FALSE(fetchRevocation(chain, ports()));
}

TEST_F(RevocationStatus, AsksNobodyWhereNoListIsNamed) {
  EXPECT_EQ(fetchRevocation(chainOf(""), ports()).value(), std::nullopt);
  EXPECT_TRUE(http_.requests().empty());
}

}  // namespace
}  // namespace sidecert::acme
