#include "base/lanes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>
#include <mutex>
#include <set>
#include <stdexcept>

namespace sidecert {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(Lanes, GiveTheOutcomesInTheOrderOfTheWork) {
  const auto outcomes = runInLanes(100, 8, [](std::size_t i) -> Result<std::size_t> { return i * i; });
  ASSERT_THAT(outcomes, SizeIs(100));
  for (std::size_t i = 0; i < outcomes.size(); ++i) EXPECT_EQ(outcomes[i].value(), i * i);
}

TEST(Lanes, RunSideBySide) {
  std::latch all_here(3);
  const auto outcomes = runInLanes(3, 3, [&](std::size_t) -> Result<> {
    all_here.arrive_and_wait();
    return {};
  });
  EXPECT_TRUE(firstFailure(outcomes));
}

TEST(Lanes, NeverTakeMoreThreadsThanTheyMay) {
  std::mutex mutex;
  std::set<std::thread::id> threads;
  const auto outcomes = runInLanes(200, 3, [&](std::size_t) -> Result<> {
    const std::lock_guard lock(mutex);
    threads.insert(std::this_thread::get_id());
    return {};
  });
  EXPECT_THAT(outcomes, SizeIs(200));
  EXPECT_LE(threads.size(), 3U);
}

TEST(Lanes, OfOneAreAPlainLoop) {
  const auto caller = std::this_thread::get_id();
  std::vector<std::size_t> order;
  const auto outcomes = runInLanes(3, 1, [&](std::size_t i) -> Result<> {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    order.push_back(i);
    return {};
  });
  EXPECT_THAT(outcomes, SizeIs(3));
  EXPECT_THAT(order, ElementsAre(0, 1, 2));
}

TEST(Lanes, HaveNothingToDoForNothing) {
  EXPECT_THAT(runInLanes(0, 4, [](std::size_t) -> Result<> { return {}; }), IsEmpty());
}

// An exception at the top of a thread ended the process.
TEST(Lanes, TurnAnExceptionIntoTheErrorOfThatLane) {
  const auto outcomes = runInLanes(4, 4, [](std::size_t i) -> Result<> {
    if (i == 1) throw std::runtime_error("broken promise");
    return {};
  });
  EXPECT_TRUE(outcomes[0]);
  EXPECT_EQ(outcomes[1].error().code, ErrorCode::Internal);
  EXPECT_THAT(outcomes[1].error().what, HasSubstr("broken promise"));
  EXPECT_TRUE(outcomes[2]);
  EXPECT_TRUE(outcomes[3]);
  EXPECT_THAT(firstFailure(outcomes).error().what, HasSubstr("broken promise"));
}

TEST(Lanes, PassOnWhatIsNoErrorOfTheProgram) {
  EXPECT_THROW(static_cast<void>(runInLanes(4, 4,
                                            [](std::size_t i) -> Result<> {
                                              if (i == 1) throw 7;
                                              return {};
                                            })),
               int);
}

}  // namespace
}  // namespace sidecert
