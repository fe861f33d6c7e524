// The transport against real servers, well-behaved and not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <poll.h>
#include <sys/socket.h>

#include <future>
#include <memory>
#include <string>
#include <thread>

#include "base/http/poco_http.h"
#include "support/effort.h"
#include "support/free_address.h"
#include "support/memory_log.h"
#include "support/raw_server.h"
#include "support/web_server.h"

namespace sidecert::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

class Http : public ::testing::Test {
 protected:
  Result<HttpResponse> send(const HttpRequest& request) { return transport_->send(request, testing::effort()); }
  Result<HttpResponse> get(const std::string& url) { return send({.url = url}); }
  Result<HttpResponse> post(const std::string& url, std::string body = "{}") {
    return send({.method = "POST", .url = url, .body = std::move(body)});
  }

  MemoryLog log_;
  std::unique_ptr<HttpTransport> transport_ = makePocoHttp({.user_agent = "sidecert-test/1",
                                                            .trust_files = {},
                                                            .https_proxy = {},
                                                            .http_proxy = {},
                                                            .all_proxy = {},
                                                            .no_proxy = {}},
                                                           Log(log_))
                                                  .value();
};

TEST_F(Http, SendsMethodTargetHeadersAndBody) {
  WebServer server(
      [](const WebRequest&) { return WebAnswer{.status = 201, .headers = {{"X-Kept", "yes"}}, .body = "made"}; });
  const auto answer = send({.method = "POST", .url = server.url("/a/b?c=d"), .headers = {{"X-Mine", "1"}}, .body = "hello"});
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->body, "made");
  EXPECT_EQ(answer->headers.first("x-kept"), "yes");
  EXPECT_EQ(answer->peer_sha256, "");
  const auto seen = server.requests().at(0);
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.target, "/a/b?c=d");
  EXPECT_EQ(seen.headers.first("X-Mine"), "1");
  EXPECT_EQ(seen.headers.first("User-Agent"), "sidecert-test/1");
  EXPECT_EQ(seen.headers.first("Host"), "localhost:" + std::to_string(server.port()));
  EXPECT_EQ(seen.body, "hello");
}

TEST_F(Http, UsesOneConnectionForManyRequests) {
  WebServer server([](const WebRequest&) { return WebAnswer{.body = "ok"}; });
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(post(server.url()));
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(Http, OpensANewConnectionWhenTheServerClosesEach) {
  WebServer server([](const WebRequest&) { return WebAnswer{.headers = {{"Connection", "close"}}, .body = "ok"}; });
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(post(server.url()));
  EXPECT_EQ(server.connections(), 3);
}

TEST_F(Http, DoesNotFollowARedirect) {
  WebServer server(
      [](const WebRequest&) { return WebAnswer{.status = 302, .headers = {{"Location", "/elsewhere"}}, .body = {}}; });
  const auto answer = get(server.url());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 302);
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(Http, AnyStatusIsASuccess) {
  WebServer server([](const WebRequest&) { return WebAnswer{.status = 503, .headers = {}, .body = "busy"}; });
  const auto answer = get(server.url());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
}

TEST_F(Http, TakesNoBodyAfterHead) {
  RawServer server([](int socket, int) {
    for (int i = 0; i < 2 && !readHead(socket).empty(); ++i)
      sendText(socket, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n");
  });
  ASSERT_TRUE(send({.method = "HEAD", .url = server.url()}));
  ASSERT_TRUE(send({.method = "HEAD", .url = server.url()}));
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(Http, TakesNoBodyWith204) {
  RawServer server([](int socket, int) {
    for (int i = 0; i < 2 && !readHead(socket).empty(); ++i) sendText(socket, "HTTP/1.1 204 No Content\r\n\r\n");
  });
  ASSERT_TRUE(send({.method = "DELETE", .url = server.url()}));
  ASSERT_TRUE(send({.method = "DELETE", .url = server.url()}));
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(Http, RefusedConnectionIsUnreachable) {
  const auto answer = get("http://127.0.0.1:" + std::to_string(freePort()) + "/");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::Unreachable);
  EXPECT_THAT(answer.error().what, HasSubstr("refused"));
}

TEST_F(Http, UnknownNameIsUnreachableAndSaysSo) {
  const auto answer = get("http://no-such-host.invalid/");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::Unreachable);
  EXPECT_THAT(answer.error().what, HasSubstr("no-such-host.invalid"));
}

TEST_F(Http, ConnectToGoesThereAndKeepsTheHostName) {
  WebServer server([](const WebRequest&) { return WebAnswer{.body = "ok"}; });
  const auto port = std::to_string(server.port());
  ASSERT_TRUE(send({.url = "http://nas.invalid:" + port + "/", .connect_to = "127.0.0.1"}));
  EXPECT_EQ(server.requests().at(0).headers.first("Host"), "nas.invalid:" + port);
}

// localhost has both addresses in /etc/hosts; the server listens on the IPv4 one alone.
TEST_F(Http, TriesTheNextAddressWhenOneRefuses) {
  WebServer server([](const WebRequest&) { return WebAnswer{.body = "ok"}; }, std::nullopt, "127.0.0.1");
  EXPECT_TRUE(get(server.url("/", "localhost")));
}

TEST_F(Http, AnIdempotentRequestOutlivesADeadKeptConnection) {
  RawServer server([](int socket, int) {
    readHead(socket);
    sendText(socket, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    // The first connection takes the second request and hangs up without an answer.
    readHead(socket);
  });
  ASSERT_TRUE(get(server.url()));
  const auto again = get(server.url());
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(Http, APostIsNotRepeatedWhenAKeptConnectionDiesUnderIt) {
  RawServer server([](int socket, int) {
    readHead(socket);
    sendText(socket, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    readHead(socket);
  });
  ASSERT_TRUE(post(server.url(), ""));
  const auto again = post(server.url(), "");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::AnswerLost);
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(Http, APostDoesNotUseAConnectionTheServerHasClosed) {
  std::promise<void> closed;
  RawServer server([&](int socket, int number) {
    readHead(socket);
    sendText(socket, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    if (number == 0) {
      ::shutdown(socket, SHUT_RDWR);
      closed.set_value();
    }
  });
  ASSERT_TRUE(post(server.url(), ""));
  closed.get_future().wait();
  EXPECT_TRUE(post(server.url(), ""));
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(Http, AServerThatHangsUpWithoutAnAnswerLosesIt) {
  RawServer server([](int socket, int) { readHead(socket); });
  const auto answer = post(server.url());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::AnswerLost);
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(Http, AResetInTheBodyLosesTheAnswer) {
  RawServer server([](int socket, int) {
    readHead(socket);
    sendText(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    resetOnClose(socket);
  });
  const auto answer = get(server.url());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::AnswerLost);
}

TEST_F(Http, ABodyThatEndsTooEarlyIsNotTakenForWhole) {
  for (const std::string half : {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", "HTTP/1.1 200 OK\r\nContent-Le",
                                 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"}) {
    SCOPED_TRACE(half);
    RawServer server([&](int socket, int) {
      readHead(socket);
      sendText(socket, half);
    });
    const auto answer = get(server.url());
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::AnswerLost);
  }
}

TEST_F(Http, ABodyWithoutLengthReachesToTheEndOfTheConnection) {
  RawServer server([](int socket, int) {
    readHead(socket);
    sendText(socket, "HTTP/1.0 200 OK\r\n\r\nwhole");
  });
  const auto answer = get(server.url());
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(answer->body, "whole");
}

TEST_F(Http, TooLargeAnAnswerIsRefused) {
  WebServer server([](const WebRequest&) { return WebAnswer{.body = std::string(1001, 'x')}; });
  const auto answer = send({.url = server.url(), .body_limit = 1000});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::BadAnswer);
  EXPECT_THAT(answer.error().what, HasSubstr("1000"));
}

TEST_F(Http, AServerThatDripsMeetsTheTotalLimit) {
  RawServer server([](int socket, int) {
    readHead(socket);
    sendText(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    pollfd hung_up{.fd = socket, .events = POLLRDHUP, .revents = 0};
    while (::poll(&hung_up, 1, 5) == 0) sendText(socket, "x");
  });
  const auto answer = send({.url = server.url(), .silence_limit = 60s, .total_limit = 150ms});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::AnswerLost);
}

TEST_F(Http, ASilentServerMeetsTheSilenceLimit) {
  RawServer server([](int socket, int) {
    readHead(socket);
    readHead(socket);
  });
  const auto answer = send({.url = server.url(), .silence_limit = 50ms});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::AnswerLost);
  EXPECT_THAT(answer.error().what, HasSubstr("no answer came in time"));
}

TEST_F(Http, WhatIsNotHttpIsABadAnswer) {
  RawServer server([](int socket, int) {
    readHead(socket);
    sendText(socket, "SSH-2.0-OpenSSH_9.2\r\n");
  });
  const auto answer = get(server.url());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::BadAnswer);
}

TEST_F(Http, RefusesALineBreakInAHeader) {
  WebServer server([](const WebRequest&) { return WebAnswer{}; });
  const auto answer = send({.url = server.url(), .headers = {{"X-Token", "a\r\nX-Evil: b"}}});
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().what, Not(HasSubstr("Evil")));
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(Http, RefusesAUrlThatIsNone) {
  for (const auto* url : {"", "ftp://a/", "http://", "http://a b/", "https://user:pw@a/", "/path"}) {
    const auto answer = get(url);
    ASSERT_FALSE(answer) << url;
    EXPECT_EQ(answer.error().code, ErrorCode::Settings);
  }
}

TEST_F(Http, TheDebugLogNeverShowsTheQueryNorASecretPath) {
  WebServer server([](const WebRequest&) { return WebAnswer{}; });
  ASSERT_TRUE(get(server.url("/open?token=hidden")));
  ASSERT_TRUE(send({.url = server.url("/hidden/path"), .secret_path = true}));
  EXPECT_THAT(log_.text(), HasSubstr("/open: 200"));
  EXPECT_THAT(log_.text(), Not(HasSubstr("hidden")));
}

TEST_F(Http, ErrorsDoNotShowTheQueryNorASecretPath) {
  const auto base = "http://127.0.0.1:" + std::to_string(freePort());
  EXPECT_THAT(describe(get(base + "/a?token=hidden").error()), Not(HasSubstr("hidden")));
  EXPECT_THAT(describe(send({.url = base + "/hidden", .secret_path = true}).error()), Not(HasSubstr("hidden")));
}

TEST_F(Http, ServesManyThreads) {
  WebServer server([](const WebRequest& r) { return WebAnswer{.body = r.target}; });
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        const auto path = "/" + std::to_string(t) + "/" + std::to_string(i);
        const auto answer = get(server.url(path));
        if (answer && answer->body == path) ++right;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(right, 80);
}

TEST_F(Http, SendsALargeBody) {
  WebServer server([](const WebRequest& r) { return WebAnswer{.body = std::to_string(r.body.size())}; });
  const auto answer = post(server.url(), std::string(3'000'000, 'x'));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "3000000");
}

}  // namespace
}  // namespace sidecert::testing
