#include "dns/providers/html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sidecert::dns::providers {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> textsAt(const Json& tree, std::string_view pointer) {
  std::vector<std::string> out;
  for (const Json* found : selectAll(tree, pointer)) out.push_back(toText(*found));
  return out;
}

TEST(ParseHtml, KeepsAttributesTextAndOrder) {
  const Json page = parseHtml("<UL id=list><li CLASS='a'>one</li><li class=\"b\" hidden>two</li></UL>");
  EXPECT_EQ(page.dump(),
            R"({"ul":[{"@id":"list","li":[{"@class":"a","#text":"one"},{"@class":"b","@hidden":"","#text":"two"}]}]})");
}

TEST(ParseHtml, EndsWhatNobodyEnded) {
  const Json page = parseHtml("<table><tr><td>1<td>2<tr><td>3</table><p>after");
  EXPECT_THAT(textsAt(page, "/table/0/tr/*/td/*/#text"), ElementsAre("1", "2", "3"));
  EXPECT_THAT(textsAt(page, "/p/0/#text"), ElementsAre("after"));
}

TEST(ParseHtml, KeepsATableInsideACellApart) {
  const Json page = parseHtml("<table><tr><td><table><tr><td>in</td></tr></table></td><td>out</td></tr></table>");
  EXPECT_THAT(textsAt(page, "/table/0/tr/0/td/*/#text"), ElementsAre("out"));
  EXPECT_THAT(textsAt(page, "/table/0/tr/0/td/0/table/0/tr/0/td/0/#text"), ElementsAre("in"));
}

TEST(ParseHtml, LeavesOutCommentsScriptsAndStyles) {
  const Json page = parseHtml(
      "<!DOCTYPE html><!-- <i>no</i> --><script>if (a<b) document.write('<i>no</i>')</script><style>i > b "
      "{}</style><i>yes</i>");
  EXPECT_EQ(page.dump(), R"({"i":[{"#text":"yes"}]})");
}

TEST(ParseHtml, NeedsNoEndOfAnImage) {
  const Json page = parseHtml("<p><img src=a.png><br>text<img src='b.png'/></p>");
  EXPECT_THAT(textsAt(page, "/p/0/img/*/@src"), ElementsAre("a.png", "b.png"));
  EXPECT_THAT(textsAt(page, "/p/0/#text"), ElementsAre("text"));
}

TEST(ParseHtml, ResolvesReferences) {
  const Json page = parseHtml("<a data=\"&quot;v=1 &amp; x&quot;\">&lt;&#39;&#xE9;&#8364;&nbsp;&unknown; & &amp</a>");
  EXPECT_THAT(textsAt(page, "/a/0/@data"), ElementsAre("\"v=1 & x\""));
  EXPECT_THAT(textsAt(page, "/a/0/#text"), ElementsAre("<'\u00E9\u20AC &unknown; & &amp"));
}

TEST(ParseHtml, IsFoundAtAnyDepth) {
  const Json page = parseHtml("<html><body><div><div id=x>one</div></div><form><p id=y>two</p></form></body></html>");
  EXPECT_THAT(textsAt(page, "/**/[@id=x]/#text"), ElementsAre("one"));
  EXPECT_THAT(textsAt(page, "/**/[@id=y]/#text"), ElementsAre("two"));
  EXPECT_THAT(textsAt(page, "/**/[@id=z]"), ElementsAre());
}

TEST(ParseHtml, RefusesNothing) {
  for (const char* page :
       {"", "<", "</", "<a", "<a b", "<a b=", "<a b=\"", "<!--", "<script>", "</p>", "< x", "<1>", "&#", "<a/"}) {
    EXPECT_TRUE(parseHtml(page).is_object()) << page;
  }
}

TEST(ParseHtml, SurvivesAHundredThousandOpenElements) {
  std::string page;
  for (int i = 0; i < 100'000; ++i) page += "<b>";
  EXPECT_TRUE(parseHtml(page).is_object());
}

TEST(IsWholePage, WantsItsEnd) {
  EXPECT_TRUE(isWholePage("<html><body></body></HTML>\n<!-- 0.1 s -->"));
  EXPECT_FALSE(isWholePage("<html><body><tr><td>"));
}

}  // namespace
}  // namespace sidecert::dns::providers
