#include "dns/public_suffix.h"

#include <gtest/gtest.h>

namespace sidecert::dns {
namespace {

TEST(PublicSuffix, IsEveryTopLevelDomain) {
  for (const char* zone : {"com", "uk", "example", "xn--p1ai"}) EXPECT_TRUE(isPublicSuffix(zone)) << zone;
}

TEST(PublicSuffix, IsTheLayerInWhichARegistrySells) {
  for (const char* zone : {"co.uk", "com.au", "gv.at", "ac.ke", "tokyo.jp", "chiyoda.tokyo.jp", "xn--55qx5d.cn"})
    EXPECT_TRUE(isPublicSuffix(zone)) << zone;
}

TEST(PublicSuffix, HoldsWhatAWildcardOfTheListSays) {
  EXPECT_TRUE(isPublicSuffix("anything.ck"));  // *.ck
  EXPECT_FALSE(isPublicSuffix("www.ck"));      // !www.ck
}

TEST(PublicSuffix, IsNobodysOwnDomain) {
  for (const char* zone : {"home.co.uk", "example.com", "co.example", "github.io", "dyndns.org", "synology.me"})
    EXPECT_FALSE(isPublicSuffix(zone)) << zone;
}

}  // namespace
}  // namespace sidecert::dns
