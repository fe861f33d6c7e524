#include "base/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/printed.h"

namespace sidecert {
namespace {

using ::testing::ElementsAre;

TEST(Trim, TakesAsciiBlanksFromBothEnds) {
  EXPECT_EQ(trim(" \t\r\n a b \v\f"), "a b");
  EXPECT_EQ(trim("  "), "");
  EXPECT_EQ(trim(""), "");
}

TEST(Case, TouchesAsciiOnly) {
  EXPECT_EQ(lower("ÄBC"), "Äbc");
  EXPECT_EQ(upper("äbc"), "äBC");
  EXPECT_TRUE(equalsIgnoringCase("Content-TYPE", "content-type"));
  EXPECT_FALSE(equalsIgnoringCase("a", "ab"));
}

TEST(SplitList, TrimsPiecesAndLeavesEmptyOnesOut) {
  EXPECT_THAT(splitList(" a, ,b,,c "), ElementsAre("a", "b", "c"));
  EXPECT_THAT(splitList("a;b c", "; "), ElementsAre("a", "b", "c"));
  EXPECT_THAT(splitList(" , "), ElementsAre());
}

TEST(Join, PutsSeparatorsBetweenPieces) {
  EXPECT_EQ(join({"a", "b", "c"}, ", "), "a, b, c");
  EXPECT_EQ(join({}, ", "), "");
  EXPECT_EQ(join({"", ""}, "-"), "-");
}

TEST(ParseNumber, TakesAWholeNumberAndNothingElse) {
  EXPECT_EQ(parseNumber("0"), 0U);
  EXPECT_EQ(parseNumber("18446744073709551615"), 18446744073709551615U);
  for (const auto* text : {"", " 1", "1 ", "-1", "+1", "1.0", "0x1", "18446744073709551616"})
    EXPECT_FALSE(parseNumber(text)) << text;
}

TEST(Excerpt, ShowsControlCharactersAndCutsWithAnEllipsis) {
  EXPECT_EQ(excerpt("a\nb\x1B[31m"), "a\\x0Ab\\x1B[31m");
  EXPECT_EQ(excerpt("abcdef", 3), "abc…");
  EXPECT_EQ(excerpt("abc", 3), "abc");
}

TEST(Excerpt, NeverCutsACharacterInTwo) {
  EXPECT_EQ(excerpt("äöü", 2), "äö…");
}

TEST(PrintableLines, KeepsLineBreaksAndNothingElseThatMovesACursor) {
  EXPECT_EQ(printableLines("a\nb\n"), "a\nb\n");
  EXPECT_EQ(printableLines("a\r\x1b[2J\nb\t"), "a\\x0D\\x1B[2J\nb\\x09");
  EXPECT_EQ(printableLines(""), "");
}

TEST(Printable, ShowsWhatIsNoUtf8AndWhatTurnsText) {
  EXPECT_EQ(printable("Zürich €😀"), "Zürich €😀");
  EXPECT_EQ(printable("\xFF\xC3"), "\\xFF\\xC3");
  EXPECT_EQ(printable("\xC0\xAF"), "\\xC0\\xAF");           // overlong
  EXPECT_EQ(printable("\xED\xA0\x80"), "\\xED\\xA0\\x80");  // a surrogate
  EXPECT_EQ(printable("\xC2\x9B"), "\\xC2\\x9B");           // CSI in C1
  EXPECT_EQ(printable("a\xE2\x80\xAE"
                      "b"),
            "a\\xE2\\x80\\xAEb");  // right-to-left override
  EXPECT_EQ(printable(std::string_view("\0\x7F", 2)), "\\x00\\x7F");
}

TEST(EditDistance, CountsSingleCharacterEdits) {
  EXPECT_EQ(editDistance("", ""), 0U);
  EXPECT_EQ(editDistance("kitten", "sitting"), 3U);
  EXPECT_EQ(editDistance("SYNO_USERNAME", "SYNO_USER"), 4U);
  EXPECT_EQ(editDistance("abc", ""), 3U);
}

}  // namespace
}  // namespace sidecert
