#include "dns/providers/html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dns/providers/pointer.h"

namespace sidecert::dns::providers {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> textsAt(const Value& tree, std::string_view pointer) {
  std::vector<std::string> out;
  for (const Value* found : selectAll(tree, parsePointer(pointer).value())) out.push_back(toText(*found));
  return out;
}

Value pageOf(std::string_view text) {
  return parseHtml(text).value();
}

TEST(ParseHtml, KeepsAttributesTextAndOrder) {
  const Value page = pageOf("<UL id=list><li CLASS='a'>one</li><li class=\"b\" hidden>two</li></UL>");
  EXPECT_EQ(dump(page),
            R"({"ul":[{"@id":"list","li":[{"@class":"a","#text":"one"},{"@class":"b","@hidden":"","#text":"two"}]}]})");
}

TEST(ParseHtml, EndsWhatNobodyEnded) {
  const Value page = pageOf("<table><tr><td>1<td>2<tr><td>3</table><p>after");
  EXPECT_THAT(textsAt(page, "/table/0/tr/*/td/*/#text"), ElementsAre("1", "2", "3"));
  EXPECT_THAT(textsAt(page, "/p/0/#text"), ElementsAre("after"));
}

TEST(ParseHtml, KeepsATableInsideACellApart) {
  const Value page = pageOf("<table><tr><td><table><tr><td>in</td></tr></table></td><td>out</td></tr></table>");
  EXPECT_THAT(textsAt(page, "/table/0/tr/0/td/*/#text"), ElementsAre("out"));
  EXPECT_THAT(textsAt(page, "/table/0/tr/0/td/0/table/0/tr/0/td/0/#text"), ElementsAre("in"));
}

TEST(ParseHtml, LeavesOutCommentsScriptsAndStyles) {
  const Value page = pageOf(
      "<!DOCTYPE html><!-- <i>no</i> --><script>if (a<b) document.write('<i>no</i>')</script><style>i > b "
      "{}</style><i>yes</i>");
  EXPECT_EQ(dump(page), R"({"i":[{"#text":"yes"}]})");
}

TEST(ParseHtml, KeepsTheTextOfAScriptOfJson) {
  const Value page = pageOf("<script type=\"application/json\" id=data>{\"a\": \"<b>\"}</script><i>yes</i>");
  EXPECT_THAT(textsAt(page, "/script/0/#text"), ElementsAre("{\"a\": \"<b>\"}"));
  EXPECT_THAT(textsAt(page, "/i/0/#text"), ElementsAre("yes"));
  const Value named = valueAt(page, parsePath("/**/[@id=data]/#text|parse|at:/a").value());
  EXPECT_EQ(named, Value("<b>"));
}

TEST(ParseHtml, NeedsNoEndOfAnImage) {
  const Value page = pageOf("<p><img src=a.png><br>text<img src='b.png'/></p>");
  EXPECT_THAT(textsAt(page, "/p/0/img/*/@src"), ElementsAre("a.png", "b.png"));
  EXPECT_THAT(textsAt(page, "/p/0/#text"), ElementsAre("text"));
}

TEST(ParseHtml, ResolvesReferences) {
  const Value page = pageOf("<a data=\"&quot;v=1 &amp; x&quot;\">&lt;&#39;&#xE9;&#8364;&nbsp;&unknown; & &amp</a>");
  EXPECT_THAT(textsAt(page, "/a/0/@data"), ElementsAre("\"v=1 & x\""));
  EXPECT_THAT(textsAt(page, "/a/0/#text"), ElementsAre("<'\u00E9\u20AC &unknown; & &amp"));
}

TEST(ParseHtml, IsFoundAtAnyDepth) {
  const Value page = pageOf("<html><body><div><div id=x>one</div></div><form><p id=y>two</p></form></body></html>");
  EXPECT_THAT(textsAt(page, "/**/[@id=x]/#text"), ElementsAre("one"));
  EXPECT_THAT(textsAt(page, "/**/[@id=y]/#text"), ElementsAre("two"));
  EXPECT_THAT(textsAt(page, "/**/[@id=z]"), ElementsAre());
}

TEST(ParseHtml, RefusesNothing) {
  for (const char* page :
       {"", "<", "</", "<a", "<a b", "<a b=", "<a b=\"", "<!--", "<script>", "</p>", "< x", "<1>", "&#", "<a/"}) {
    EXPECT_TRUE(pageOf(page).isObject()) << page;
  }
}

TEST(ParseHtml, SurvivesAHundredThousandOpenElements) {
  std::string page;
  for (int i = 0; i < 100'000; ++i) page += "<b>";
  EXPECT_TRUE(pageOf(page).isObject());
}

}  // namespace
}  // namespace sidecert::dns::providers
