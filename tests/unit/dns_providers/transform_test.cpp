#include "dns/providers/transform.h"

#include <gtest/gtest.h>

namespace sidecert::dns::providers {
namespace {

Json apply(const char* transform, const Json& value) {
  return findTransform(transform)->apply(value, "");
}

TEST(NumberTransform, ReadsWholeAndDecimalTexts) {
  EXPECT_EQ(apply("number", "42"), Json(42));
  EXPECT_EQ(apply("number", " 0.5 "), Json(0.5));
}

TEST(NumberTransform, LeavesATextThatIsNoNumber) {
  for (const char* text : {"", "1.2.3.4", "7 days", "nan", "inf"}) EXPECT_EQ(apply("number", text), Json(text));
}

TEST(BelowTransform, TakesTheFirstLabelAwayOrGivesNothing) {
  const auto below = [](const char* name) { return findTransform("below")->apply(name, "_acme-challenge"); };
  EXPECT_EQ(below("_acme-challenge"), Json("@"));
  EXPECT_EQ(below("_acme-challenge.a.b"), Json("a.b"));
  for (const char* other : {"txt", "a._acme-challenge", "_acme-challenger", "_acme-challenges.a", "@", ""})
    EXPECT_TRUE(below(other).is_null()) << other;
}

}  // namespace
}  // namespace sidecert::dns::providers
