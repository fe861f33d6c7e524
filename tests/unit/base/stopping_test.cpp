// A stop reaches whoever waits at a socket: connecting, in the TLS handshake, sending, reading. The limits are minutes; what
// does not hear the stop runs into the test's own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>
#include <memory>
#include <thread>

#include "base/http/poco_http.h"
#include "base/tcp.h"
#include "support/effort.h"
#include "support/memory_log.h"
#include "support/raw_server.h"

namespace sidecert::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr Duration kFarAway = 5min;

class Stopping : public ::testing::Test {
 protected:
  Stopping() { request_.connect_limit = request_.silence_limit = request_.total_limit = kFarAway; }

  [[nodiscard]] Effort effort() { return Effort::within(clock_, kFarAway, stop_.get_token()); }

  /// What `call` comes to when the stop is requested once the server has somebody waiting.
  template <class Call>
  auto stopped(RawServer& server, Call call) {
    auto waiting = std::async(std::launch::async, call);
    while (server.connections() == 0) std::this_thread::sleep_for(1ms);
    std::this_thread::sleep_for(20ms);  // into the wait; the outcome is the same without
    stop_.request_stop();
    return waiting.get();
  }

  SystemClock clock_;
  std::stop_source stop_;
  MemoryLog log_;
  std::unique_ptr<HttpTransport> http_ = makePocoHttp({}, Log(log_)).value();
  HttpRequest request_;
  RawServer silent_{[this](int, int) {
    while (!stop_.stop_requested()) std::this_thread::sleep_for(1ms);
  }};
};

TEST_F(Stopping, EndsTheWaitForAnAnswer) {
  request_.url = silent_.url();
  const auto answer = stopped(silent_, [&] { return http_->send(request_, effort()); });
  EXPECT_EQ(answer.error().code, ErrorCode::Stopped);
  EXPECT_THAT(answer.error().what, HasSubstr("stopped while waiting for the answer"));
}

TEST_F(Stopping, EndsTheSendingOfABodyThatNobodyTakes) {
  request_.method = "POST";
  request_.url = silent_.url();
  request_.body = std::string(std::size_t{64} << 20U, 'x');
  const auto answer = stopped(silent_, [&] { return http_->send(request_, effort()); });
  EXPECT_EQ(answer.error().code, ErrorCode::Stopped);
}

TEST_F(Stopping, EndsTheTlsHandshake) {
  request_.url = "https://127.0.0.1:" + std::to_string(silent_.port()) + "/";
  const auto answer = stopped(silent_, [&] { return http_->send(request_, effort()); });
  EXPECT_EQ(answer.error().code, ErrorCode::Stopped);
  EXPECT_THAT(answer.error().what, HasSubstr("stopped during the TLS handshake"));
}

TEST_F(Stopping, EndsALookAtACertificate) {
  const auto der = stopped(silent_, [&] { return http_->peerCertificate("127.0.0.1", silent_.port(), "", effort()); });
  EXPECT_EQ(der.error().code, ErrorCode::Stopped);
}

TEST_F(Stopping, EndsAnAnswerThatDrips) {
  RawServer dripping([this](int socket, int) {
    readHead(socket);
    sendText(socket, "HTTP/1.1 200 OK\r\n");
    while (!stop_.stop_requested()) {
      sendText(socket, "X: y\r\n");
      std::this_thread::sleep_for(1ms);
    }
  });
  request_.url = dripping.url();
  const auto answer = stopped(dripping, [&] { return http_->send(request_, effort()); });
  // However slowly it drips, the head may be full first.
  if (answer.error().code != ErrorCode::BadAnswer) EXPECT_EQ(answer.error().code, ErrorCode::Stopped);
}

// A listener whose queue is full: the kernel leaves further connections unanswered.
class FullQueue {
 public:
  FullQueue() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    ::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), length);
    ::listen(listener_.get(), 0);
    ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
    for (int i = 0; i < 4; ++i) {
      waiting_.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      static_cast<void>(::connect(waiting_.back().get(), reinterpret_cast<sockaddr*>(&address), length));
    }
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  Descriptor listener_;
  std::uint16_t port_ = 0;
  std::vector<Descriptor> waiting_;
};

TEST_F(Stopping, EndsAConnectionThatIsNotAnswered) {
  const FullQueue full;
  auto connecting = std::async(std::launch::async, [&] {
    return connectTcp(parseAddress("127.0.0.1", full.port()).value(), Patience(effort())).transform([](const Descriptor&) {
    });
  });
  std::this_thread::sleep_for(20ms);
  stop_.request_stop();
  EXPECT_EQ(connecting.get().error().code, ErrorCode::Stopped);
}

TEST_F(Stopping, NothingIsBegunAfterIt) {
  stop_.request_stop();
  request_.url = silent_.url();
  EXPECT_EQ(http_->send(request_, effort()).error().code, ErrorCode::Stopped);
  EXPECT_EQ(silent_.connections(), 0);
}

TEST_F(Stopping, AnEffortThatMayNotBeStoppedGoesOn) {
  RawServer server([](int socket, int) {
    readHead(socket);
    sendText(socket, "HTTP/1.1 204 No Content\r\n\r\n");
  });
  stop_.request_stop();
  request_.url = server.url();
  EXPECT_TRUE(http_->send(request_, Effort::within(clock_, kFarAway, {})));
}

TEST_F(Stopping, TheTimeOfTheEffortEndsAnExchangeToo) {
  request_.url = silent_.url();
  const auto answer = http_->send(request_, Effort::within(clock_, 50ms, stop_.get_token()));
  EXPECT_EQ(answer.error().code, ErrorCode::AnswerLost);
  stop_.request_stop();
}

// The clock used to be looked at only when there was nothing to read.
TEST_F(Stopping, TheTimeOfTheEffortEndsAnAnswerThatComesFastAndForEver) {
  RawServer flood([](int socket, int) {
    readHead(socket);
    std::string_view head = "HTTP/1.1 200 OK\r\n\r\n";
    ::send(socket, head.data(), head.size(), MSG_NOSIGNAL);
    const std::string piece(std::size_t{64} << 10U, 'x');
    while (::send(socket, piece.data(), piece.size(), MSG_NOSIGNAL) > 0) {
    }
  });
  request_.url = flood.url();
  request_.body_limit = std::size_t{1} << 40U;
  const auto answer = http_->send(request_, Effort::within(clock_, 50ms, stop_.get_token()));
  EXPECT_EQ(answer.error().code, ErrorCode::AnswerLost);
  stop_.request_stop();
}

}  // namespace
}  // namespace sidecert::testing
