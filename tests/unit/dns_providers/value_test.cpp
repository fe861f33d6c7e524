// What strangers send becomes a tree within limits, whatever it is made of, and costs what its size costs.
#include "dns/providers/value.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dns/providers/html.h"
#include "dns/providers/json.h"
#include "dns/providers/xml.h"

namespace sidecert::dns::providers {
namespace {

using ::testing::HasSubstr;

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

std::string whyNot(const std::expected<Value, Unreadable>& tree) {
  return tree ? "it was read" : tree.error().too_much ? tree.error().why : "no limit: " + tree.error().why;
}

TEST(ParseJson, KeepsOrderKindsAndSpellings) {
  const std::string text = R"({"b":[1,-2,0.5,18446744073709551615],"a":{"t":true,"n":null},"é":"\"\\\n"})";
  const auto tree = parseJson(text);
  ASSERT_TRUE(tree);
  EXPECT_EQ(dump(*tree), text);
}

TEST(ParseJson, KeepsTheLastOfMembersOfOneName) {
  EXPECT_EQ(dump(*parseJson(R"({"a":1,"b":2,"a":3})")), R"({"a":3,"b":2})");
}

TEST(ParseJson, SaysWhereItIsNone) {
  const auto tree = parseJson("{\n  \"a\": 1,\n  }");
  ASSERT_FALSE(tree);
  EXPECT_EQ(tree.error().line, 3U);
  EXPECT_THAT(tree.error().why, HasSubstr("expected"));
  EXPECT_FALSE(tree.error().too_much);
}

// 100 000 of them were a stack overflow.
TEST(ParseJson, IsRefusedWhenItIsTooDeep) {
  EXPECT_EQ(whyNot(parseJson(repeated("[", 100'000))), "more than 64 levels inside each other");
  EXPECT_EQ(whyNot(parseJson(repeated("{\"a\":", 100'000))), "more than 64 levels inside each other");
  EXPECT_TRUE(parseJson(repeated("[", 64) + repeated("]", 64)));
}

// 100 000 of them took 10 s.
TEST(ParseJson, IsRefusedWhenAnObjectIsTooWide) {
  std::string wide = "{";
  for (int i = 0; i < 100'000; ++i) wide += fmt::format("{}\"{}\":0", i == 0 ? "" : ",", i);
  EXPECT_EQ(whyNot(parseJson(wide + "}")), "more than 50000 members in one object");
}

// 7.5 MB of them took 300 MB.
TEST(ParseJson, IsRefusedWhenItHasTooManyValues) {
  EXPECT_EQ(whyNot(parseJson("[" + repeated("[],", 2'500'000) + "[]]")), "more than 250000 values");
}

TEST(ParseJson, IsRefusedWhenItsTextsAreTooLong) {
  EXPECT_EQ(whyNot(parseJson("\"" + std::string(2000, 'x') + "\"", {.octets = 1000})), "more than 1000 octets of text");
}

TEST(ParseXml, IsHeldToTheSameLimits) {
  EXPECT_EQ(whyNot(parseXml(repeated("<a>", 65) + repeated("</a>", 65))), "more than 64 levels inside each other");
  EXPECT_TRUE(parseXml(repeated("<a>", 64) + repeated("</a>", 64)));
  EXPECT_EQ(whyNot(parseXml("<a>" + repeated("<b/>", 600'000) + "</a>")), "more than 250000 values");
  EXPECT_EQ(whyNot(parseXmlRpc("<methodResponse><params><param>" + repeated("<value><array><data>", 100) +
                               repeated("</data></array></value>", 100) + "</param></params></methodResponse>")),
            "more than 64 levels inside each other");
}

// 200 000 of them took 25 s.
TEST(ParseXml, IsRefusedWhenAnElementHasTooManyAttributes) {
  std::string wide = "<a";
  for (int i = 0; i < 200'000; ++i) wide += fmt::format(" a{}=''", i);
  EXPECT_EQ(whyNot(parseXml(wide + "/>")), "more than 50000 members in one object");
}

TEST(ParseHtml, IsHeldToTheLimitsButForItsDepth) {
  EXPECT_TRUE(parseHtml(repeated("<b>", 100'000)));
  EXPECT_EQ(whyNot(parseHtml(repeated("<b>", 300'000))), "more than 250000 values");
  EXPECT_EQ(whyNot(parseHtml("<a " + repeated("b ", 60'000) + ">")), "more than 50000 members in one object");
}

// 1 MB of them took 5 s: each looked for its semicolon up to the end of the page.
TEST(ParseHtml, ReadsAPageOfAmpersands) {
  const auto page = parseHtml("<p>" + repeated("&", 1'000'000) + ";");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->find("p")->items()[0].find("#text")->text().size(), 1'000'001U);
}

TEST(Object, FindsEveryMemberHoweverManyThereAre) {
  Object object;
  for (int i = 0; i < 10'000; ++i) object.set(std::to_string(i), i);
  for (int i = 0; i < 10'000; i += 2) object.set(std::to_string(i), -i);
  EXPECT_EQ(object.size(), 10'000U);
  for (int i = 0; i < 10'000; ++i) {
    const Value* found = object.find(std::to_string(i));
    ASSERT_TRUE(found) << i;
    EXPECT_EQ(found->integer(), i % 2 == 0 ? -i : i);
  }
  EXPECT_FALSE(object.find("10000"));
  EXPECT_EQ(object.members()[7].name, "7");
}

TEST(Merged, LetsTheUpperWinAndKeepsTheOrder) {
  const Value under = *parseJson(R"({"a": {"x": 1, "y": 2}, "b": 3})");
  const Value over = *parseJson(R"({"c": 4, "a": {"y": 5}})");
  EXPECT_EQ(dump(merged(under, over)), R"({"a":{"x":1,"y":5},"b":3,"c":4})");
}

}  // namespace
}  // namespace sidecert::dns::providers
