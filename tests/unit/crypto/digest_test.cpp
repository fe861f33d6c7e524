#include "crypto/digest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/encoding.h"

namespace sidecert::crypto {
namespace {

TEST(Digest, GivesTheKnownValues) {
  EXPECT_EQ(hex(digest(Hash::Md5, "abc")), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(hex(digest(Hash::Sha1, "abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(digest(Hash::Sha384, "").size(), 48U);
  EXPECT_EQ(digest(Hash::Sha512, "").size(), 64U);
}

// RFC 4231, test cases 1 and 2.
TEST(Hmac, GivesTheVectorsOfRfc4231) {
  EXPECT_EQ(hex(hmac(Hash::Sha256, std::string(20, '\x0b'), "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hex(hmac(Hash::Sha256, "Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex(hmac(Hash::Sha384, "Jefe", "what do ya want for nothing?")),
            "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649");
}

TEST(Hmac, TakesAnEmptyKeyAndLongKeys) {
  EXPECT_EQ(hex(hmac(Hash::Sha256, {}, {})), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
  // RFC 4231, test case 6.
  EXPECT_EQ(hex(hmac(Hash::Sha256, std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

// RFC 6238 appendix B has eight digits; the last six are ours.
TEST(Totp, GivesTheVectorsOfRfc6238) {
  const std::string secret = "12345678901234567890";
  EXPECT_EQ(totp(secret, 59), "287082");
  EXPECT_EQ(totp(secret, 1111111109), "081804");
  EXPECT_EQ(totp(secret, 1111111111), "050471");
  EXPECT_EQ(totp(secret, 1234567890), "005924");
  EXPECT_EQ(totp(secret, 2000000000), "279037");
  EXPECT_EQ(totp(secret, 20000000000), "353130");
}

TEST(Random, IsNeverTheSame) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) seen.insert(randomOctets(16));
  EXPECT_EQ(seen.size(), 100U);
  EXPECT_EQ(randomOctets(0), "");
}

TEST(Random, FractionLiesBetweenZeroAndOne) {
  double least = 1;
  double most = 0;
  for (int i = 0; i < 1000; ++i) {
    const double draw = randomFraction();
    least = std::min(least, draw);
    most = std::max(most, draw);
  }
  EXPECT_GE(least, 0.0);
  EXPECT_LT(most, 1.0);
  EXPECT_LT(least, 0.2);
  EXPECT_GT(most, 0.8);
}

TEST(EqualInConstantTime, ComparesLengthAndContent) {
  EXPECT_TRUE(equalInConstantTime("abc", "abc"));
  EXPECT_TRUE(equalInConstantTime("", ""));
  EXPECT_FALSE(equalInConstantTime("abc", "abd"));
  EXPECT_FALSE(equalInConstantTime("abc", "abcd"));
}

}  // namespace
}  // namespace sidecert::crypto
