#include "base/http/http_wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace sidecert {
namespace {

using ::testing::HasSubstr;

// Hands out `text` in pieces of `piece` octets, then the end of the stream.
Result<WireAnswer> read(std::string text, std::size_t piece = 1000, std::string_view method = "GET",
                        std::size_t limit = 100'000) {
  std::size_t at = 0;
  const OctetSource source = [&](std::span<char> buffer) -> Result<std::size_t> {
    const auto count = std::min({piece, buffer.size(), text.size() - at});
    std::copy_n(text.data() + at, count, buffer.data());
    at += count;
    return count;
  };
  return readAnswer(source, method, limit);
}

TEST(ReadAnswer, TakesChunksWithExtensionsAndTrailers) {
  const std::string text =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n4;x=y\r\nWiki\r\nA\r\n0123456789\r\n0\r\nX-Trailer: t\r\n\r\n";
  for (std::size_t piece = 1; piece < text.size(); ++piece) {
    const auto answer = read(text, piece);
    ASSERT_TRUE(answer) << answer.error().what;
    EXPECT_EQ(answer->response.body, "Wiki0123456789");
    EXPECT_TRUE(answer->keep_alive);
    EXPECT_FALSE(answer->response.headers.first("X-Trailer"));
  }
}

TEST(ReadAnswer, PassesOverInterimAnswers) {
  const auto answer =
      read("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->response.status, 204);
  EXPECT_FALSE(answer->response.headers.first("Link"));
}

TEST(ReadAnswer, TakesBareLineFeedsFoldedFieldsAndNoReason) {
  const auto answer = read("HTTP/1.1 200\nX-Long: a\n  b\nContent-Length:2\n\nok");
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(answer->response.headers.first("x-long"), "a b");
  EXPECT_EQ(answer->response.body, "ok");
}

TEST(ReadAnswer, LeavesNoCarriageReturnInAField) {
  const auto answer = read("HTTP/1.1 204 x\r\nX: a\rY: b\r\n\r\n");
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(answer->response.headers.first("x"), "a Y: b");
}

TEST(ReadAnswer, KeepsAConnectionAliveOnlyWhenBothAgree) {
  EXPECT_TRUE(read("HTTP/1.1 204 x\r\n\r\n")->keep_alive);
  EXPECT_FALSE(read("HTTP/1.1 204 x\r\nConnection: Upgrade, CLOSE\r\n\r\n")->keep_alive);
  EXPECT_FALSE(read("HTTP/1.0 204 x\r\n\r\n")->keep_alive);
  EXPECT_TRUE(read("HTTP/1.0 204 x\r\nConnection: keep-alive\r\n\r\n")->keep_alive);
  EXPECT_FALSE(read("HTTP/1.1 204 x\r\n\r\nHTTP/1.1 200 smuggled")->keep_alive);
}

TEST(ReadAnswer, RefusesWhatIsNoHttp) {
  for (const std::string text :
       {"HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n", "HTTP/1.1 99 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n",
        "220 ftp ready\r\n", "\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "HTTP/1.1 200 OK\r\nbad name: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "HTTP/1.1 101 Switching\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF1\r\n"}) {
    const auto answer = read(text);
    ASSERT_FALSE(answer) << text;
    EXPECT_EQ(answer.error().code, ErrorCode::BadAnswer) << text;
  }
}

TEST(ReadAnswer, CutAnywhereIsLostAndNeverTakenForWhole) {
  for (const std::string text : {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
                                 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"}) {
    ASSERT_TRUE(read(text));
    for (std::size_t length = 1; length < text.size(); ++length) {
      const auto answer = read(text.substr(0, length));
      ASSERT_FALSE(answer) << length;
      EXPECT_EQ(answer.error().code, ErrorCode::AnswerLost) << length;
    }
  }
}

TEST(ReadAnswer, HasLimitsForEverythingThatCanGrow) {
  const std::string endless(200'000, 'x');
  EXPECT_EQ(read("HTTP/1.1 200 " + endless).error().code, ErrorCode::BadAnswer);
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nX: " + endless).error().code, ErrorCode::BadAnswer);
  std::string many = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 10'000; ++i) many += "X-Field: value\r\n";
  EXPECT_EQ(read(many).error().code, ErrorCode::BadAnswer);
  std::string interim;
  for (int i = 0; i < 1000; ++i) interim += "HTTP/1.1 100 Continue\r\n\r\n";
  EXPECT_EQ(read(interim).error().code, ErrorCode::BadAnswer);
  EXPECT_EQ(read("HTTP/1.0 200 OK\r\n\r\n" + endless).error().code, ErrorCode::BadAnswer);
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n30000\r\n" + endless).error().code,
            ErrorCode::BadAnswer);
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n").error().code, ErrorCode::BadAnswer);
}

TEST(WriteRequest, SaysLengthZeroForAnEmptyPost) {
  const auto url = *parseUrl("https://[::1]:5001/x");
  const auto text = writeRequest({.method = "POST", .url = ""}, url, url.target, "ua");
  ASSERT_TRUE(text);
  EXPECT_EQ(*text,
            "POST /x HTTP/1.1\r\nHost: [::1]:5001\r\nUser-Agent: ua\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n");
}

TEST(WriteRequest, LeavesTheCallersUserAgentAndHost) {
  const auto url = *parseUrl("https://a/");
  const auto text =
      writeRequest({.headers = {{"user-agent", "mine"}, {"host", "b"}, {"content-length", "99"}}}, url, "/", "ua");
  ASSERT_TRUE(text);
  EXPECT_EQ(*text, "GET / HTTP/1.1\r\nuser-agent: mine\r\nhost: b\r\nConnection: keep-alive\r\n\r\n");
}

TEST(WriteRequest, RefusesHeaderInjection) {
  const auto url = *parseUrl("https://a/");
  for (const HttpHeaders& headers : {HttpHeaders{{"A", "b\nC: d"}}, HttpHeaders{{"A\r\nB", "c"}}, HttpHeaders{{"", "c"}}}) {
    EXPECT_FALSE(writeRequest({.headers = headers}, url, "/", "ua"));
  }
  EXPECT_FALSE(writeRequest({.method = "GET /x"}, url, "/", "ua"));
}

}  // namespace
}  // namespace sidecert
