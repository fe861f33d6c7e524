// What each service is sent, as its documentation wants it, and what its answers mean. Spoken with real HTTP.
#include "notify/message_services.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/http/poco_http.h"
#include "notify/sender.h"
#include "support/effort.h"
#include "support/manual_clock.h"
#include "support/memory_log.h"
#include "support/scripted_http.h"
#include "support/web_server.h"

namespace sidecert::notify {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using testing::kTestStart;
using ::testing::Not;

Message message(Severity severity = Severity::Alarm) {
  return {.event = "failing",
          .severity = severity,
          .title = "home.example: the renewal fails",
          .text = "Bunny DNS said <no> & \"never\".\nTo mend it: café.",
          .certificate = "home.example",
          .nas = "",
          .time = kTestStart};
}

HttpRequest request(std::string_view url, std::size_t index = 0) {
  const auto address = parseAddress(url);
  EXPECT_TRUE(address) << url;
  return requestFor(*address, message(), index);
}

TEST(RequestFor, AWebhookGetsTheDocumentedObject) {
  const HttpRequest r = request("jsons://me:pw@hooks.example/in?key=1");
  EXPECT_EQ(r.method, "POST");
  EXPECT_EQ(r.url, "https://hooks.example/in?key=1");
  EXPECT_EQ(r.headers.first("Authorization"), "Basic " + base64("me:pw"));
  EXPECT_EQ(json::parse(r.body), json({{"schema", 1},
                                       {"source", "sidecert"},
                                       {"event", "failing"},
                                       {"severity", "alarm"},
                                       {"title", "home.example: the renewal fails"},
                                       {"message", message().text},
                                       {"certificate", "home.example"},
                                       {"nas", ""},
                                       {"time", "2026-03-01T12:00:00Z"}}));
}

TEST(RequestFor, NtfyIsPublishedAsJsonAtTheRoot) {
  const HttpRequest r = request("ntfys://tk_1@ntfy.example/one/two", 1);
  EXPECT_EQ(r.url, "https://ntfy.example/");
  EXPECT_EQ(r.headers.first("Authorization"), "Bearer tk_1");
  const json body = json::parse(r.body);
  EXPECT_EQ(body["topic"], "two");
  EXPECT_EQ(body["priority"], 5);
  EXPECT_EQ(body["tags"], json({"rotating_light"}));
  EXPECT_EQ(body["message"], message().text);
}

TEST(RequestFor, TelegramIsSentToEachChatAndToATopicOfAForum) {
  EXPECT_EQ(request("tgram://1:a/-100/7").url, "https://api.telegram.org/bot1:a/sendMessage");
  EXPECT_EQ(json::parse(request("tgram://1:a/-100/7", 1).body)["chat_id"], "7");
  const json forum = json::parse(request("tgram://1:a/-100:12").body);
  EXPECT_EQ(forum["chat_id"], "-100");
  EXPECT_EQ(forum["message_thread_id"], 12);
  EXPECT_EQ(forum["text"], message().title + "\n" + message().text);
}

TEST(RequestFor, DiscordMentionsNobody) {
  const HttpRequest r = request("discord://1/t");
  EXPECT_EQ(r.url, "https://discord.com/api/webhooks/1/t");
  EXPECT_EQ(json::parse(r.body)["allowed_mentions"], json({{"parse", json::array()}}));
}

TEST(RequestFor, SlackNeedsThreeCharactersEscaped) {
  const HttpRequest r = request("slack://T/B/x");
  EXPECT_EQ(r.url, "https://hooks.slack.com/services/T/B/x");
  EXPECT_THAT(json::parse(r.body)["text"].get<std::string>(), HasSubstr("said &lt;no&gt; &amp; \"never\""));
}

TEST(RequestFor, GotifyTakesTheTokenInAHeader) {
  const HttpRequest r = request("gotifys://push.example/p/tok");
  EXPECT_EQ(r.url, "https://push.example/p/message");
  EXPECT_EQ(r.headers.first("X-Gotify-Key"), "tok");
  EXPECT_EQ(json::parse(r.body)["priority"], 8);
}

TEST(RequestFor, PushoverIsAFormWithinItsLimits) {
  const auto address = parseAddress("pover://user@tok/phone");
  Message long_one = message();
  long_one.text = std::string(3000, 'x');
  const HttpRequest r = requestFor(*address, long_one, 0);
  EXPECT_EQ(r.url, "https://api.pushover.net/1/messages.json");
  EXPECT_THAT(r.body, HasSubstr("token=tok&user=user&title=home.example%3A%20the%20renewal%20fails&message=xxx"));
  EXPECT_THAT(r.body, HasSubstr("&priority=1&device=phone"));
  EXPECT_LT(r.body.size(), 1300U);
}

TEST(RequestFor, NoRequestShowsItsPathInTheLog) {
  for (const char* url :
       {"https://h/x", "ntfy://t", "tgram://1:a/2", "discord://1/t", "slack://T/B/x", "gotify://h/t", "pover://u@t"})
    EXPECT_TRUE(request(url).secret_path) << url;
}

TEST(Shortened, CutsBetweenCharacters) {
  EXPECT_EQ(shortened("short", 10), "short");
  EXPECT_EQ(shortened("caféééé", 8), "café…");
  EXPECT_EQ(shortened("caféééé", 9), "café…");
  EXPECT_LE(shortened(std::string(100, 'x'), 10).size(), 10U);
}

Result<> judged(std::string_view url, int status, std::string body = {}, HttpHeaders headers = {}) {
  return judge(*parseAddress(url),
               {.status = status, .headers = std::move(headers), .body = std::move(body), .peer_sha256 = {}}, kTestStart);
}

TEST(Judge, KnowsWhatTheOwnerHasToMend) {
  EXPECT_TRUE(judged("discord://1/t", 204));
  EXPECT_EQ(judged("gotify://h/t", 401).error().code, ErrorCode::Settings);
  EXPECT_EQ(judged("slack://T/B/x", 404, "no_service").error().code, ErrorCode::Settings);
  EXPECT_THAT(judged("slack://T/B/x", 404, "no_service").error().what, HasSubstr("no_service"));
  EXPECT_EQ(judged("https://h/x", 302).error().code, ErrorCode::Settings);
  EXPECT_EQ(judged("https://h/x", 500).error().code, ErrorCode::BadAnswer);
  const auto slow = judged("tgram://1:a/2", 429, "{}", {{"Retry-After", "30"}});
  EXPECT_EQ(slow.error().code, ErrorCode::RateLimited);
  EXPECT_EQ(slow.error().retry_after, std::chrono::seconds(30));
}

TEST(Judge, NeverRepeatsATokenTheServerSentBack) {
  EXPECT_THAT(judged("tgram://1:canary/2", 404, "no /bot1:canary/sendMessage here").error().what, Not(HasSubstr("canary")));
  EXPECT_THAT(judged("https://h/canary?key=1", 400, "Cannot POST /canary?key=1").error().what, Not(HasSubstr("canary")));
  EXPECT_THAT(judged("ntfys://h/canary", 403, "{\"error\":\"forbidden canary\"}").error().what, Not(HasSubstr("canary")));
}

TEST(NetworkSender, DeliversOverRealHttp) {
  testing::WebServer server([](const testing::WebRequest&) { return testing::WebAnswer{.status = 200, .body = "{}"}; });
  testing::MemoryLog lines;
  const SystemClock clock;
  auto http = makePocoHttp({.user_agent = "sidecert/test"}, Log(lines));
  ASSERT_TRUE(http);
  NetworkSender sender(**http, {}, clock);
  const auto address = parseAddress("gotify://127.0.0.1:" + std::to_string(server.port()) + "/canary");
  ASSERT_TRUE(sender.send(*address, message(), testing::effort()));
  ASSERT_EQ(server.requests().size(), 1U);
  EXPECT_EQ(server.requests().front().target, "/message");
  EXPECT_EQ(server.requests().front().headers.first("X-Gotify-Key"), "canary");
  EXPECT_FALSE(lines.contains("canary"));
}

TEST(NetworkSender, NoMessageHoldsWhatColoursATerminal) {
  testing::MemoryLog lines;
  const testing::ManualClock clock;
  auto http = makePocoHttp({}, Log(lines));
  ASSERT_TRUE(http);
  const testing::WebServer server([](const testing::WebRequest&) { return testing::WebAnswer{}; });
  NetworkSender sender(**http, {}, clock);
  Message hostile = message();
  hostile.title = "home\x1b]0;z\x07\r\nX-Forged: 1";
  hostile.text = "one\x1b[2J\ntwo\r";
  const auto address = parseAddress("json://127.0.0.1:" + std::to_string(server.port()) + "/in");
  ASSERT_TRUE(address);
  ASSERT_TRUE(sender.send(*address, hostile, testing::effort()));
  const json body = json::parse(server.requests().front().body);
  EXPECT_EQ(body["title"], "home\\x1B]0;z\\x07\\x0D\\x0AX-Forged: 1");
  EXPECT_EQ(body["message"], "one\\x1B[2J\ntwo\\x0D");
}

TEST(NetworkSender, AnUnreachableServerIsNamedWithoutItsToken) {
  testing::ScriptedHttp http;
  http.refuse(ErrorCode::Unreachable, "connecting for https://h/canary: refused");
  testing::ManualClock clock;
  NetworkSender sender(http, {}, clock);
  const auto sent = sender.send(*parseAddress("https://h/canary"), message(), testing::effort());
  ASSERT_FALSE(sent);
  EXPECT_THAT(sent.error().what, HasSubstr("webhook at h"));
  EXPECT_THAT(sent.error().what, Not(HasSubstr("canary")));
}

}  // namespace
}  // namespace sidecert::notify
