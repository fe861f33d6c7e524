#include "dns/name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sidecert::dns {
namespace {

using ::testing::HasSubstr;

TEST(ToAscii, LowersAndDropsTheTrailingDot) {
  EXPECT_EQ(toAscii("Home.Example.").value(), "home.example");
  EXPECT_EQ(toAscii("_acme-challenge.Home.Example").value(), "_acme-challenge.home.example");
}

TEST(ToAscii, WritesInternationalNamesAsALabels) {
  EXPECT_EQ(toAscii("Bücher.example").value(), "xn--bcher-kva.example");
  EXPECT_EQ(toAscii("faß.example").value(), "xn--fa-hia.example");  // non-transitional: not "fass"
  EXPECT_EQ(toAscii("*.日本語.example").value(), "*.xn--wgv71a119e.example");
  EXPECT_EQ(toAscii("例。example").value(), "xn--fsq.example");  // the ideographic full stop is a dot
  EXPECT_EQ(toAscii("XN--BCHER-KVA.example").value(), "xn--bcher-kva.example");
}

TEST(ToAscii, KeepsOldNamesWithTwoHyphensInPlace) {
  EXPECT_EQ(toAscii("r3---sn-x.example").value(), "r3---sn-x.example");
}

TEST(ToAscii, KeepsALeadingWildcardOnly) {
  EXPECT_EQ(toAscii("*.home.example").value(), "*.home.example");
  for (const char* name : {"*", "*.", "*home.example", "a.*.example", "**.example", "*.*.example"}) {
    EXPECT_FALSE(toAscii(name)) << name;
  }
}

TEST(ToAscii, RefusesWhatIsNoName) {
  const std::string long_label(64, 'a');
  std::string long_name;
  for (int i = 0; i < 64; ++i) long_name += "abc.";
  for (const std::string& name :
       {std::string(), std::string("."), std::string("a..b"), std::string(".a"), std::string("a b.example"),
        std::string("a.example\n"), std::string("-a.example"), std::string("a-.example"), std::string("a/b.example"),
        std::string("https://a.example"), std::string("192.0.2.1"), std::string("2001:db8::1"), long_label + ".example",
        long_name + "example", std::string("xn--a.example"), std::string("xn--.example"), std::string("a\0b.example", 11),
        std::string("\xFF\xFE.example")}) {
    const auto result = toAscii(name);
    ASSERT_FALSE(result) << name;
    EXPECT_EQ(result.error().code, ErrorCode::Settings) << name;
  }
}

TEST(ToAscii, TakesTheLongestNamesThereCanBe) {
  const std::string label(63, 'a');
  EXPECT_TRUE(toAscii(label + "." + label + "." + label + "." + std::string(61, 'a')));
  EXPECT_FALSE(toAscii(label + "." + label + "." + label + "." + std::string(62, 'a')));
}

TEST(ToAscii, ShowsTheNameItRefuses) {
  EXPECT_THAT(toAscii("a b").error().what, HasSubstr("\"a b\""));
}

TEST(IsWithin, ComparesWholeLabels) {
  EXPECT_TRUE(isWithin("a.home.example", "home.example"));
  EXPECT_TRUE(isWithin("home.example", "home.example"));
  EXPECT_FALSE(isWithin("nothome.example", "home.example"));
  EXPECT_FALSE(isWithin("example", "home.example"));
  EXPECT_TRUE(isWithin("example", ""));
}

TEST(ParentOf, DropsTheFirstLabel) {
  EXPECT_EQ(parentOf("a.b.example"), "b.example");
  EXPECT_EQ(parentOf("example"), "");
}

TEST(RelativeTo, IsAtForTheApex) {
  EXPECT_EQ(relativeTo("_acme-challenge.home.example", "home.example"), "_acme-challenge");
  EXPECT_EQ(relativeTo("home.example", "home.example"), "@");
  EXPECT_EQ(relativeTo("a.other.example", "home.example"), "a.other.example");
}

}  // namespace
}  // namespace sidecert::dns
