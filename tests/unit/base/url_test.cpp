#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/http/http.h"
#include "base/http/http_proxy.h"

namespace sidecert {
namespace {

using ::testing::ElementsAre;
using namespace std::chrono;
using namespace std::chrono_literals;

TEST(ParseUrl, TakesItApart) {
  const auto url = parseUrl("HTTPS://Nas.Example:5001/webapi/entry.cgi?a=b&c");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->host, "nas.example");
  EXPECT_EQ(url->port, 5001);
  EXPECT_EQ(url->target, "/webapi/entry.cgi?a=b&c");
  EXPECT_EQ(url->origin(), "https://nas.example:5001");
}

TEST(ParseUrl, FillsInPortAndPath) {
  EXPECT_EQ(parseUrl("http://a")->port, 80);
  EXPECT_EQ(parseUrl("https://a:")->port, 443);
  EXPECT_EQ(parseUrl("https://a")->target, "/");
  EXPECT_EQ(parseUrl("https://a?x=/y")->target, "/?x=/y");
  EXPECT_EQ(parseUrl("https://a:443/")->origin(), "https://a");
  EXPECT_EQ(parseUrl("http://a:443/")->origin(), "http://a:443");
}

TEST(ParseUrl, TakesIpv6InBrackets) {
  const auto url = parseUrl("https://[2001:DB8::1]:5001/");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "2001:db8::1");
  EXPECT_EQ(url->origin(), "https://[2001:db8::1]:5001");
}

TEST(ParseUrl, RefusesEverythingElse) {
  for (const std::string& text :
       {std::string(""), std::string("nas.example"), std::string("ftp://a/"), std::string("https:///x"),
        std::string("https://u@a/"), std::string("https://u:p@a/"), std::string("https://a/#f"), std::string("https://a:0/"),
        std::string("https://a:65536/"), std::string("https://a:5x/"), std::string("https://[::1/"),
        std::string("https://[nope]/"), std::string("https://[::1]5/"), std::string("https://a b/"),
        std::string("https://a/\n"), std::string("https://ä/"), std::string("https://a\\b/"), std::string("https://a/\x7F"),
        "https://" + std::string(256, 'a') + "/"}) {
    EXPECT_FALSE(parseUrl(text)) << text;
  }
}

TEST(HttpHeaders, CompareNamesWithoutCase) {
  HttpHeaders headers{{"Link", "a"}, {"X", "y"}, {"link", "b"}};
  EXPECT_EQ(headers.first("LINK"), "a");
  EXPECT_THAT(headers.all("Link"), ElementsAre("a", "b"));
  EXPECT_FALSE(headers.first("none"));
  headers.set("LINK", "c");
  EXPECT_THAT(headers.all("link"), ElementsAre("c"));
  EXPECT_EQ(headers.fields().size(), 2U);
  headers.set("New", "n");
  EXPECT_EQ(headers.first("new"), "n");
}

TEST(HttpDate, ComesInThreeForms) {
  const TimePoint expected = sys_days{1994y / November / 6} + 8h + 49min + 37s;
  EXPECT_EQ(parseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT"), expected);
  EXPECT_EQ(parseHttpDate("Sunday, 06-Nov-94 08:49:37 GMT"), expected);
  EXPECT_EQ(parseHttpDate("Sun Nov  6 08:49:37 1994"), expected);
}

TEST(HttpDate, RefusesEverythingElse) {
  for (const auto* text : {"", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 31 Feb 2026 00:00:00 GMT",
                           "Sun, 06 nov 1994 08:49:37 GMT", "Son, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
                           "1994-11-06T08:49:37Z", "Sun, -6 Nov 1994 08:49:37 GMT", "Sun Nov 06 08:49:37 94"}) {
    EXPECT_FALSE(parseHttpDate(text)) << text;
  }
}

TEST(RetryAfter, IsSecondsOrADate) {
  const TimePoint now = sys_days{2026y / March / 1} + 12h;
  EXPECT_EQ(parseRetryAfter("120", now), 120s);
  EXPECT_EQ(parseRetryAfter(" 0 ", now), 0s);
  EXPECT_EQ(parseRetryAfter("Sun, 01 Mar 2026 12:01:30 GMT", now), 90s);
  EXPECT_EQ(parseRetryAfter("Sunday, 01-Mar-26 12:01:30 GMT", now), 90s);
  EXPECT_EQ(parseRetryAfter("Sun Mar  1 12:01:30 2026", now), 90s);
}

TEST(RetryAfter, InThePastIsNow) {
  EXPECT_EQ(parseRetryAfter("Sun, 06 Nov 1994 08:49:37 GMT", sys_days{2026y / March / 1}), 0s);
}

TEST(RetryAfter, OfAbsurdSizeStaysPositive) {
  EXPECT_GT(parseRetryAfter("99999999999999999999999999", sys_days{2026y / March / 1}), 24h * 365);
}

TEST(RetryAfter, RefusesEverythingElse) {
  for (const auto* text : {"", "-1", "1.5", "soon", "1h", "+3"}) EXPECT_FALSE(parseRetryAfter(text, {})) << text;
}

bool covers(std::string_view list, std::string_view host, std::uint16_t port = 443) {
  const auto parsed = NoProxy::parse(list);
  EXPECT_TRUE(parsed) << list;
  return parsed && parsed->covers(host, port);
}

TEST(NoProxy, KnowsHostsDomainsAndAll) {
  EXPECT_TRUE(covers("other, nas.lan", "nas.lan"));
  EXPECT_TRUE(covers(".lan", "a.b.lan"));
  EXPECT_TRUE(covers("*.b.lan", "a.b.lan"));
  EXPECT_TRUE(covers("LAN", "a.lan"));
  EXPECT_TRUE(covers("*", "anything"));
  EXPECT_TRUE(covers("", "127.0.0.1"));
  EXPECT_TRUE(covers("", "localhost"));
  EXPECT_FALSE(covers("lan", "evillan"));
  EXPECT_FALSE(covers("", "nas.lan"));
}

TEST(NoProxy, KnowsAddressesAndNetworks) {
  EXPECT_TRUE(covers("192.0.2.7", "192.0.2.7"));
  EXPECT_TRUE(covers("192.168.0.0/16", "192.168.200.1"));
  EXPECT_FALSE(covers("192.168.0.0/16", "192.169.0.1"));
  EXPECT_TRUE(covers("192.168.4.0/22", "192.168.7.255"));
  EXPECT_FALSE(covers("192.168.4.0/22", "192.168.8.0"));
  EXPECT_TRUE(covers("0.0.0.0/0", "203.0.113.1"));
  EXPECT_FALSE(covers("0.0.0.0/0", "2001:db8::1"));
  EXPECT_TRUE(covers("fd00::/8", "fd12::1"));
  EXPECT_FALSE(covers("fd00::/8", "fe80::1"));
  EXPECT_TRUE(covers("2001:db8::1", "2001:db8:0::1"));
  EXPECT_FALSE(covers("10.0.0.0/8", "ten.example"));
}

TEST(NoProxy, KnowsPorts) {
  EXPECT_TRUE(covers("nas.lan:5001", "nas.lan", 5001));
  EXPECT_FALSE(covers("nas.lan:5001", "nas.lan", 443));
  EXPECT_TRUE(covers("192.0.2.7:5001", "192.0.2.7", 5001));
  EXPECT_FALSE(covers("192.0.2.7:5001", "192.0.2.7", 5000));
  EXPECT_TRUE(covers("[2001:db8::1]:5001", "2001:db8::1", 5001));
  EXPECT_FALSE(covers("[2001:db8::1]:5001", "2001:db8::1", 443));
}

TEST(NoProxy, NamesWhatItCannotRead) {
  for (const char* list :
       {"10.0.0.0/33", "fd00::/129", "10.0.0/8", "nas.lan:0", "nas.lan:99999", "http://nas.lan", "[::1]x", "a:b"}) {
    const auto parsed = NoProxy::parse(list);
    ASSERT_FALSE(parsed) << list;
    EXPECT_THAT(parsed.error().what, ::testing::AllOf(::testing::HasSubstr("NO_PROXY"), ::testing::HasSubstr(list)));
  }
}

TEST(ParseProxy, TakesLoginAndPort) {
  const auto proxy = parseProxy("http://us%40er:p:w@proxy.lan:3128/", "HTTPS_PROXY");
  ASSERT_TRUE(proxy && *proxy);
  EXPECT_EQ((*proxy)->host, "proxy.lan");
  EXPECT_EQ((*proxy)->port, 3128);
  EXPECT_EQ((*proxy)->authorization, "Basic dXNAZXI6cDp3");
  EXPECT_FALSE(*parseProxy("  ", "HTTPS_PROXY"));
}

TEST(ParseProxy, NeverShowsThePassword) {
  const auto proxy = parseProxy("https://user:secret@proxy", "HTTPS_PROXY");
  ASSERT_FALSE(proxy);
  EXPECT_THAT(describe(proxy.error()), ::testing::Not(::testing::HasSubstr("secret")));
}

}  // namespace
}  // namespace sidecert
