#include "base/encoding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sidecert {
namespace {

struct Vector {
  std::string plain, text;
};

TEST(Base64, GivesTheVectorsOfRfc4648) {
  for (const auto& [plain, text] : std::vector<Vector>{{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"}}) {
    EXPECT_EQ(base64(plain), text);
    EXPECT_EQ(fromBase64(text), plain);
  }
}

TEST(Base64, IgnoresWhiteSpace) {
  EXPECT_EQ(fromBase64(" Zm9v\r\nYmFy\t"), "foobar");
}

TEST(Base64, RefusesWhatIsNotExactlyRight) {
  for (const auto* text : {"Zg", "Zg=", "Zg===", "Zh==", "Z===", "=", "Zm9v=Zm9", "Zm9*", "Zm9_"})
    EXPECT_FALSE(fromBase64(text)) << text;
}

TEST(Base64Url, HasItsOwnLettersAndNoPadding) {
  EXPECT_EQ(base64Url("\xFB\xFF\xFE"), "-__-");
  EXPECT_EQ(fromBase64Url("-__-"), "\xFB\xFF\xFE");
  EXPECT_EQ(base64Url("f"), "Zg");
}

// RFC 7515 appendix C.
TEST(Base64Url, GivesTheExampleOfRfc7515) {
  const std::string octets = {3, static_cast<char>(236), static_cast<char>(255), static_cast<char>(224),
                              static_cast<char>(193)};
  EXPECT_EQ(base64Url(octets), "A-z_4ME");
  EXPECT_EQ(fromBase64Url("A-z_4ME"), octets);
}

TEST(Base64Url, RefusesPaddingBlanksAndSpareBits) {
  for (const auto* text : {"Zg==", "Zm 9v", "Zh", "Z", "Zm9v+", "Zm9v/", "Zm9vA"}) EXPECT_FALSE(fromBase64Url(text)) << text;
}

TEST(Base32, GivesTheVectorsOfRfc4648WithoutPadding) {
  for (const auto& [plain, text] : std::vector<Vector>{{"", ""},
                                                       {"f", "MY"},
                                                       {"fo", "MZXQ"},
                                                       {"foo", "MZXW6"},
                                                       {"foob", "MZXW6YQ"},
                                                       {"fooba", "MZXW6YTB"},
                                                       {"foobar", "MZXW6YTBOI"}}) {
    EXPECT_EQ(base32(plain), text);
    EXPECT_EQ(fromBase32(text), plain);
  }
}

TEST(Base32, TakesSecretsAsPeoplePasteThem) {
  EXPECT_EQ(fromBase32("mzxw 6ytb-OI======"), "foobar");
}

TEST(Base32, RefusesForeignLettersAndImpossibleLengths) {
  for (const auto* text : {"M", "MZX", "MZXW6Y", "MZ1W", "MZXW0", "MZX!"}) EXPECT_FALSE(fromBase32(text)) << text;
}

TEST(Hex, GoesBothWays) {
  EXPECT_EQ(hex(std::string_view("\x00\x7F\xFF", 3)), "007fff");
  EXPECT_EQ(fromHex("007FfF"), std::string("\x00\x7F\xFF", 3));
  for (const auto* text : {"0", "0g", "0x00", " 00"}) EXPECT_FALSE(fromHex(text)) << text;
}

TEST(PercentEncoding, LeavesOnlyUnreservedCharacters) {
  EXPECT_EQ(percentEncode("aZ09-._~ /?&=+%\xC3\xA4"), "aZ09-._~%20%2F%3F%26%3D%2B%25%C3%A4");
  EXPECT_EQ(formEncode("a b+c"), "a%20b%2Bc");
}

TEST(PercentEncoding, DecodesAndRefusesHalfAnEscape) {
  EXPECT_EQ(percentDecode("a%2fb%00+"), std::string("a/b\0+", 5));
  for (const auto* text : {"%", "%2", "a%zz", "%2"}) EXPECT_FALSE(percentDecode(text)) << text;
}

TEST(Encodings, BringBackEveryOctetAtEveryLength) {
  std::string octets;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(fromBase64(base64(octets)), octets);
    EXPECT_EQ(fromBase64Url(base64Url(octets)), octets);
    EXPECT_EQ(fromBase32(base32(octets)), octets);
    EXPECT_EQ(fromHex(hex(octets)), octets);
    EXPECT_EQ(percentDecode(percentEncode(octets)), octets);
    octets += static_cast<char>(i * 7);
  }
}

TEST(Base64Url, IsKnownByItsCharacters) {
  EXPECT_TRUE(isBase64Url("Zm9v-_"));
  for (const char* text : {"", "Zm9v+", "Zm9v=", "Zm 9"}) EXPECT_FALSE(isBase64Url(text)) << text;
}

TEST(EscapeMarkup, LeavesQuotesToAttributes) {
  EXPECT_EQ(escapeMarkup(R"(<a b="c">&'</a>)"), R"(&lt;a b="c"&gt;&amp;'&lt;/a&gt;)");
  EXPECT_EQ(escapeAttribute(R"(<a b="c">&')"), "&lt;a b=&quot;c&quot;&gt;&amp;&#39;");
}

}  // namespace
}  // namespace sidecert
