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

}  // namespace
}  // namespace sidecert::dns::providers
