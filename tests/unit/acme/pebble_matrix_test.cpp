// Three ages of Pebble in four moods. "Hostile" refuses half of all good nonces, "refusing" nearly all.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <cstdlib>

#include "acme/directory.h"
#include "world.h"

namespace sidecert::testing {
namespace {

using ::testing::HasSubstr;

// Five are enough to see a regression. SIDECERT_HOSTILE_RUNS=20 is the longer look.
int hostileRuns() {
  const char* wanted = std::getenv("SIDECERT_HOSTILE_RUNS");
  return wanted == nullptr ? 5 : std::atoi(wanted);
}

PebbleOptions mood(const std::string& suite, const std::string& name) {
  PebbleOptions options{.suite = suite};
  if (name == "default") {
    // As people start it, but for the sleep before a validation, which only costs time.
    options.environment = {{"PEBBLE_WFE_NONCEREJECT", ""}, {"PEBBLE_AUTHZREUSE", ""}};
    options.retry_after_authorization = 1;
    options.retry_after_order = 1;
  }
  if (name == "hostile") {
    options.environment = {{"PEBBLE_WFE_NONCEREJECT", "50"},
                           {"PEBBLE_AUTHZREUSE", "100"},
                           {"PEBBLE_CHAIN_LENGTH", "3"},
                           {"PEBBLE_ALTERNATE_ROOTS", "2"}};
    options.retry_after_order = 1;
  }
  if (name == "refusing") options.environment = {{"PEBBLE_WFE_NONCEREJECT", "99"}};
  return options;
}

class EveryPebble : public ::testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(Suites, EveryPebble, ::testing::Values("bookworm", "trixie", "sid"),
                         [](const auto& suite) { return suite.param; });

TEST_P(EveryPebble, IssuesInTheExactMood) {
  PebbleServer pebble(mood(GetParam(), "exact"));
  World world(pebble);
  const std::string name = freshName();
  const auto issued = world.obtainFor({name, "*." + name});
  ASSERT_TRUE(issued) << describe(issued.error()) << world.log.text();
  EXPECT_TRUE(issued->chain.front().covers("*." + name));
}

TEST_P(EveryPebble, IssuesInTheDefaultMood) {
  PebbleServer pebble(mood(GetParam(), "default"));
  World world(pebble);
  const std::string name = freshName();
  const auto issued = world.obtainFor({name, "*." + name, "other." + freshName()});
  ASSERT_TRUE(issued) << describe(issued.error()) << world.log.text();
}

TEST_P(EveryPebble, IssuesAgainAndAgainInTheHostileMood) {
  PebbleServer pebble(mood(GetParam(), "hostile"));
  World world(pebble);
  const std::string name = freshName();
  for (int run = 0; run < hostileRuns(); ++run) {
    const auto issued = world.obtainFor({name, "*." + name});
    ASSERT_TRUE(issued) << "run " << run << ": " << describe(issued.error()) << world.log.text();
    EXPECT_EQ(issued->chain.size(), 4U);
    world.orders.kept.reset();
  }
}

TEST_P(EveryPebble, IsGivenUpInBoundedTimeWhenItRefusesEveryNonce) {
  PebbleServer pebble(mood(GetParam(), "refusing"));
  World world(pebble);
  const auto issued = world.obtainFor({freshName()});
  ASSERT_FALSE(issued);
  EXPECT_EQ(issued.error().code, ErrorCode::BadAnswer);
  EXPECT_THAT(issued.error().what, HasSubstr("nonces in a row"));
}

TEST_P(EveryPebble, OffersWhatItsAgeKnows) {
  PebbleServer pebble(mood(GetParam(), "exact"));
  World world(pebble);
  const auto directory = acme::fetchDirectory(pebble.directory(), world.ports());
  ASSERT_TRUE(directory) << describe(directory.error());
  EXPECT_EQ(directory->renewal_info.empty(), GetParam() == "bookworm");
  EXPECT_EQ(directory->profiles.empty(), GetParam() != "sid");
}

}  // namespace
}  // namespace sidecert::testing
