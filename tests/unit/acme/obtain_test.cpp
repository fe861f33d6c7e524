// From names to a certificate, against Pebble.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
}

TEST(Obtain, ValidatesInTurnWhatCannotStandInDnsAtTheSameTime) {
  World world(sharedPebble());
  world.publisher.at_a_time = 1;
  const std::string name = freshName();
  const auto issued = world.obtainFor({name, "*." + name, "www.nas." + name});
  ASSERT_TRUE(issued) << describe(issued.error()) << world.log.text();
  EXPECT_EQ(world.publisher.publications, 3);
  EXPECT_EQ(world.publisher.withdrawals, 3);
  EXPECT_EQ(world.publisher.published.size(), 3U);
}

TEST(Obtain, TriesNoFurtherTurnWhenOneHasFailed) {
  World world(sharedPebble());
  world.publisher.at_a_time = 1;
  world.publisher.wrong_value = "wrong";
  const std::string name = freshName();
  const auto issued = world.obtainFor({name, "*." + name});
  ASSERT_FALSE(issued);
  EXPECT_THAT(issued.error().what, HasSubstr("did not validate 1 of 2 names"));
  EXPECT_EQ(world.publisher.publications, 1);
  EXPECT_EQ(world.publisher.withdrawals, 1);
}

TEST(Obtain, PlacesNoOrderWhenSomethingIsKnownToBeInTheWay) {
  World world(sharedPebble());
  ASSERT_TRUE(world.obtainFor({freshName()}));
  world.orders.kept.reset();
  const std::string name = freshName();
  world.publisher.in_the_way = Error{.code = ErrorCode::Refused, .what = "CAA forbids", .hint = "change it"};
  const auto refused = world.obtainFor({name});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what, "CAA forbids");
  EXPECT_FALSE(world.orders.kept);
  const acme::OrderIntent& seen = world.publisher.intents.back();
  EXPECT_EQ(seen.names, std::vector<std::string>{name});
  EXPECT_EQ(seen.caa_identities, std::vector<std::string>{"pebble.example"});
  EXPECT_EQ(seen.challenge, "dns-01");
  EXPECT_EQ(seen.account, world.accounts.kept.begin()->second.url);
}

}  // namespace
}  // namespace sidecert::testing
