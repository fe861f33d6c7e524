#include "base/effort.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/manual_clock.h"

namespace sidecert {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class EffortTest : public ::testing::Test {
 protected:
  Effort within(Duration limit) { return Effort::within(clock_, limit, stop_.get_token()); }

  testing::ManualClock clock_;
  std::stop_source stop_;
};

TEST_F(EffortTest, EndsWhenItsTimeIsUp) {
  const Effort effort = within(10s);
  EXPECT_TRUE(effort.check("asking"));
  clock_.advance(9s);
  EXPECT_EQ(effort.left(), 1s);
  clock_.advance(2s);
  EXPECT_EQ(effort.left(), 0s);
  EXPECT_EQ(effort.check("asking").error().code, ErrorCode::Unreachable);
  EXPECT_EQ(effort.check("asking").error().what, "there is no time left for asking");
}

TEST_F(EffortTest, HasNoEndUnlessSomebodySetsOne) {
  const Effort effort(clock_, stop_.get_token());
  clock_.advance(std::chrono::hours(100'000));
  EXPECT_EQ(effort.left(), Duration::max());
  EXPECT_EQ(effort.upTo(Duration::max()).left(), Duration::max());
}

TEST_F(EffortTest, OnlyEverEndsEarlier) {
  EXPECT_EQ(within(10s).upTo(3s).left(), 3s);
  EXPECT_EQ(within(10s).upTo(60s).left(), 10s);
}

TEST_F(EffortTest, PausesAndHearsTheStop) {
  const Effort effort = within(10s);
  EXPECT_TRUE(effort.pause(4s, "waiting for DSM"));
  EXPECT_THAT(clock_.sleeps(), ElementsAre(4s));
  stop_.request_stop();
  const auto stopped = effort.pause(1s, "waiting for DSM");
  EXPECT_EQ(stopped.error().code, ErrorCode::Stopped);
  EXPECT_EQ(stopped.error().what, "stopped while waiting for DSM");
}

TEST_F(EffortTest, DoesNotBeginAPauseItHasNoTimeFor) {
  const auto paused = within(10s).pause(11s, "the next try");
  EXPECT_EQ(paused.error().code, ErrorCode::Unreachable);
  EXPECT_EQ(paused.error().what, "there is no time left for the next try");
  EXPECT_THAT(clock_.sleeps(), IsEmpty());
}

TEST_F(EffortTest, CountsAttemptsTheFirstIncluded) {
  const Effort effort = within(10s).trying(3);
  EXPECT_TRUE(effort.tryAgain());
  EXPECT_TRUE(effort.tryAgain());
  EXPECT_FALSE(effort.tryAgain());
  EXPECT_FALSE(within(10s).trying(1).tryAgain());
  EXPECT_TRUE(within(10s).tryAgain());  // nobody counts
}

// A step that is tried five times, each with a login that is tried five times, sent 25 logins.
TEST_F(EffortTest, LayersThatRepeatDrawOnTheSameAttempts) {
  const Effort step = within(10min).trying(5);
  int sent = 0;
  do {
    const Effort login = step.trying(5);
    do ++sent;
    while (login.tryAgain());
  } while (step.tryAgain());
  EXPECT_EQ(sent, 5);
}

TEST_F(EffortTest, ALayerMayBeContentWithFewer) {
  const Effort outer = within(10s).trying(5);
  const Effort inner = outer.trying(2);
  EXPECT_TRUE(inner.tryAgain());
  EXPECT_FALSE(inner.tryAgain());
  EXPECT_TRUE(outer.tryAgain());
  EXPECT_TRUE(outer.tryAgain());
  EXPECT_TRUE(outer.tryAgain());
  EXPECT_FALSE(outer.tryAgain());
}

TEST_F(EffortTest, TriesNothingAgainOnceStoppedOrOver) {
  const Effort effort = within(10s).trying(3);
  clock_.advance(10s);
  EXPECT_FALSE(effort.tryAgain());
  const Effort other = within(10s).trying(3);
  stop_.request_stop();
  EXPECT_FALSE(other.tryAgain());
}

}  // namespace
}  // namespace sidecert
