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

TEST(WithoutTransform, TakesTheEndingAwayOrGivesNothing) {
  const auto without = [](const char* name) { return findTransform("without")->apply(name, ".dyn.example"); };
  EXPECT_EQ(without("home.DYN.example"), Value("home"));
  for (const char* other : {"home.example", "dyn.example", ""}) EXPECT_TRUE(without(other).isNull()) << other;
}

TEST(EntriesTransform, MakesTheKeysOfAnObjectValues) {
  EXPECT_EQ(dump(apply("entries", Object{{"7", "a"}, {"9", "b"}})), R"([{"key":"7","value":"a"},{"key":"9","value":"b"}])");
  EXPECT_EQ(apply("entries", "no object"), Value("no object"));
}

TEST(UnurlTransform, IsTheOtherWayRound) {
  EXPECT_EQ(apply("unurl", "a%20b"), Value("a b"));
  EXPECT_TRUE(apply("unurl", "%zz").isNull());
}

// A time far away was an exception.
TEST(TimeTransforms, TakeAnyNumber) {
  for (const Value& time : {Value(1e300), Value(INT64_MAX), Value(INT64_MIN), Value("soon")}) {
    for (const char* name : {"iso", "compact", "rfc1123"}) EXPECT_TRUE(apply(name, time).isText()) << name;
  }
}

TEST(UnquoteTxt, JoinsStringsAndUndoesEscapes) {
  EXPECT_EQ(unquoteTxt(R"("a\"b" "\065\\c")"), "a\"bA\\c");
  EXPECT_EQ(unquoteTxt("bare \"text"), "bare \"text");
  EXPECT_EQ(unquoteTxt("\"open"), "open");
}

}  // namespace
}  // namespace sidecert::dns::providers
