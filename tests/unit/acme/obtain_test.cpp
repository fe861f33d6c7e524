// From names to a certificate, against Pebble.
#include "world.h"

namespace sidecert::testing {
namespace {

using ::testing::HasSubstr;

TEST(Obtain, GivesACheckedCertificateForApexAndWildcard) {
  World world(sharedPebble());
  const std::string name = freshName();
  const auto issued = world.obtainFor({name, "*." + name});
  ASSERT_TRUE(issued) << describe(issued.error()) << world.log.text();
  EXPECT_GE(issued->chain.size(), 2U);
  EXPECT_TRUE(issued->chain.front().covers(name));
  EXPECT_TRUE(issued->chain.front().covers("*." + name));
  EXPECT_EQ(world.publisher.publications, 1);
  EXPECT_EQ(world.publisher.withdrawals, 1);
  EXPECT_EQ(world.publisher.published.size(), 2U);
  std::cout << world.log.text();
}

}  // namespace
}  // namespace sidecert::testing
