#include "app/life/waiting.h"

#include <gtest/gtest.h>

#include <array>

namespace sidecert::app {
namespace {

std::optional<WaitOrder> parse(std::vector<const char*> words) {
  words.insert(words.begin(), "sidecert");
  return parseWaitOrder(static_cast<int>(words.size()), words.data());
}

TEST(WaitOrder, IsReadFromTheCommandLine) {
  const auto order = parse({"wait", "1772366400123", "1", "1", "1772366400000"});
  ASSERT_TRUE(order);
  EXPECT_EQ(order->until.time_since_epoch().count(), 1772366400123);
  EXPECT_EQ(order->since.time_since_epoch().count(), 1772366400000);
  EXPECT_EQ(order->exit_code, 1);
  EXPECT_TRUE(order->run_again);
}

TEST(WaitOrder, IsNothingElse) {
  EXPECT_FALSE(parse({}));
  EXPECT_FALSE(parse({"run"}));
  EXPECT_FALSE(parse({"wait"}));
  EXPECT_FALSE(parse({"wait", "soon", "0", "0", "0"}));
  EXPECT_FALSE(parse({"wait", "1", "256", "0", "0"}));
  EXPECT_FALSE(parse({"wait", "1", "0", "2", "0"}));
  EXPECT_FALSE(parse({"wait", "1", "0", "0"}));
}

}  // namespace
}  // namespace sidecert::app
