#include "crypto/revocation_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/test_ca.h"

namespace sidecert::crypto {
namespace {

using testing::TestCa;

constexpr TimePoint kRevoked = std::chrono::sys_days{std::chrono::year{2026} / 3 / 1};
constexpr const char* kUrl = "http://crl.ca.example/7.crl";

class RevocationListTest : public ::testing::Test {
 protected:
  TestCa ca_ = TestCa().intermediate();
  testing::TestCertificate ours_ = ca_.issue({.names = {"home.example"}, .revocation_list = kUrl});
  testing::TestCertificate other_ = ca_.issue({.names = {"other.example"}});
};

TEST_F(RevocationListTest, IsWhereTheCertificateSaysByHttp) {
  EXPECT_THAT(revocationListsOf(ours_.certificate), ::testing::ElementsAre(kUrl));
  EXPECT_THAT(revocationListsOf(other_.certificate), ::testing::IsEmpty());
  const auto by_ldap = ca_.issue({.revocation_list = "ldap://ca.example/cn=list"});
  EXPECT_THAT(revocationListsOf(by_ldap.certificate), ::testing::IsEmpty());
}

TEST_F(RevocationListTest, TellsWhatIsInItFromWhatIsNot) {
  const std::string list = ca_.revocationList({ours_.certificate}, kRevoked);
  EXPECT_EQ(revokedAt(list, ours_.certificate, ca_.certificate()).value(), kRevoked);
  EXPECT_EQ(revokedAt(list, other_.certificate, ca_.certificate()).value(), std::nullopt);
}

TEST_F(RevocationListTest, OfAnotherIssuerSaysNothing) {
  const std::string list = TestCa().intermediate().revocationList({ours_.certificate}, kRevoked);
  const auto revoked = revokedAt(list, ours_.certificate, ca_.certificate());
  ASSERT_FALSE(revoked);
  EXPECT_EQ(revoked.error().code, ErrorCode::BadAnswer);
}

TEST_F(RevocationListTest, ThatIsNoneIsNoCrash) {
  const std::string list = ca_.revocationList({ours_.certificate}, kRevoked);
  for (std::size_t length = 0; length < list.size(); ++length)
    EXPECT_FALSE(revokedAt(std::string_view(list).substr(0, length), ours_.certificate, ca_.certificate())) << length;
  EXPECT_FALSE(revokedAt("<html>", ours_.certificate, ca_.certificate()));
}

}  // namespace
}  // namespace sidecert::crypto
