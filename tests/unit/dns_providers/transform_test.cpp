#include "dns/providers/transform.h"

#include <gtest/gtest.h>

namespace sidecert::dns::providers {
namespace {

Value apply(const char* transform, const Value& value) {
  return findTransform(transform)->apply(value, "");
}

TEST(NumberTransform, ReadsWholeAndDecimalTexts) {
  EXPECT_EQ(apply("number", "42"), Value(42));
  EXPECT_EQ(apply("number", " 0.5 "), Value(0.5));
}

TEST(NumberTransform, LeavesATextThatIsNoNumber) {
  for (const char* text : {"", "1.2.3.4", "7 days", "nan", "inf"}) EXPECT_EQ(apply("number", text), Value(text));
}

TEST(BelowTransform, TakesTheFirstLabelAwayOrGivesNothing) {
  const auto below = [](const char* name) { return findTransform("below")->apply(name, "_acme-challenge"); };
  EXPECT_EQ(below("_acme-challenge"), Value("@"));
  EXPECT_EQ(below("_acme-challenge.a.b"), Value("a.b"));
  for (const char* other : {"txt", "a._acme-challenge", "_acme-challenger", "_acme-challenges.a", "@", ""})
    EXPECT_TRUE(below(other).isNull()) << other;
}

}  // namespace
}  // namespace sidecert::dns::providers
