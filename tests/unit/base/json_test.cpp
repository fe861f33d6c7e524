#include "base/json.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sidecert {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using ::testing::HasSubstr;

std::string repeated(std::string_view piece, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += piece;
  return text;
}

std::string nested(std::size_t levels) {
  return repeated("[", levels) + repeated("]", levels);
}

std::string objectOf(std::size_t members) {
  std::string text = "{";
  for (std::size_t i = 0; i < members; ++i) text += fmt::format("{}\"m{}\":0", i == 0 ? "" : ",", i);
  return text + "}";
}

TEST(ParseJson, ReadsEveryKindOfValue) {
  const std::string text = R"({"a":[1,-2,3.5,"text",true,null,{"b":{}}],"c":18446744073709551615,"":""})";
  const auto tree = parseJson(text);
  ASSERT_TRUE(tree);
  EXPECT_EQ(*tree, json::parse(text));
  EXPECT_EQ(parseJson<ordered_json>(text)->dump(), ordered_json::parse(text).dump());
  EXPECT_EQ(*parseJson("7"), 7);
}

TEST(ParseJson, KeepsTheOrderOfMembersAndTheLaterOfTwoValues) {
  const std::string text = R"({"z":1,"a":2,"z":{"y":3}})";
  EXPECT_EQ(parseJson<ordered_json>(text)->dump(), R"({"z":{"y":3},"a":2})");
  EXPECT_EQ(parseJson(text)->dump(), R"({"a":2,"z":{"y":3}})");
}

TEST(ParseJson, SaysWhereATextIsNoJson) {
  for (const std::string text : {"", "{", "<html>", "[1,]", "{\"a\" 1}", "[1] 2", "\"\xff\"", "1e999"}) {
    const auto tree = parseJson(text);
    ASSERT_FALSE(tree) << text;
    EXPECT_EQ(tree.error().code, ErrorCode::BadAnswer);
    EXPECT_THAT(tree.error().what, HasSubstr("octet")) << text;
  }
}

TEST(ParseJson, TakesWhatReachesALimitAndNamesTheOneThatIsExceeded) {
  constexpr JsonLimits kTight{.octets = 60, .depth = 3, .nodes = 5, .members = 2};
  EXPECT_TRUE(parseJson(nested(3), kTight));
  EXPECT_TRUE(parseJson("[1,2,3,4]", kTight));
  EXPECT_TRUE(parseJson(objectOf(2), kTight));
  EXPECT_TRUE(parseJson<ordered_json>(R"({"a":1,"b":2,"a":3})", kTight)) << "no third member";
  EXPECT_TRUE(parseJson(R"({"a":1,"b":2,"a":3})", kTight));
  EXPECT_THAT(parseJson(nested(4), kTight).error().what, HasSubstr("deeper than 3 levels"));
  EXPECT_THAT(parseJson("[1,2,3,4,5]", kTight).error().what, HasSubstr("more than 5 values"));
  EXPECT_THAT(parseJson(objectOf(3), kTight).error().what, HasSubstr("more than 2 members"));
  EXPECT_THAT(parseJson<ordered_json>(objectOf(3), kTight).error().what, HasSubstr("more than 2 members"));
  EXPECT_THAT(parseJson(std::string(61, ' '), kTight).error().what, HasSubstr("longer than 60 octets"));
}

TEST(ParseJson, OutlivesWhatWouldExhaustStackTimeOrMemory) {
  EXPECT_THAT(parseJson(repeated("[", 100'000)).error().what, HasSubstr("deeper than 64 levels"));
  EXPECT_THAT(parseJson(repeated("{\"a\":", 100'000)).error().what, HasSubstr("deeper than 64 levels"));
  EXPECT_THAT(parseJson<ordered_json>(objectOf(20'000)).error().what, HasSubstr("more than 10000 members"));
  EXPECT_THAT(parseJson("[" + repeated("[],", 300'000) + "[]]").error().what, HasSubstr("more than 200000 values"));
  const auto deepest = parseJson(nested(64));
  ASSERT_TRUE(deepest);
  EXPECT_EQ(json(*deepest).dump(), nested(64));
}

}  // namespace
}  // namespace sidecert
