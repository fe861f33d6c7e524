// How many requests a certificate costs. What is counted must not depend on how quick the machine is, so the client's clock
// moves by sleeps alone, and a look at an order that the CA had not finished yet is told apart.
#include <gtest/gtest.h>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "world.h"

namespace sidecert::testing {
namespace {

using nlohmann::json;

/// Counts what goes to the CA.
class CountingHttp final : public HttpTransport {
 public:
  CountingHttp(HttpTransport& inner, QuickClock& clock) : inner_(inner), clock_(clock) {}
  Result<HttpResponse> send(const HttpRequest& request, const Effort& effort) override {
    auto answer = inner_.send(request, effort);
    clock_.pass(exchange_takes);
    const std::scoped_lock lock(mutex_);
    ++sent;
    if (request.method == "HEAD") ++nonces_asked_for;
    if (answer && request.url.contains("/my-order/") && isUnderWay(answer->body)) ++looks_too_early;
    return answer;
  }
  Result<std::string> peerCertificate(const std::string&, std::uint16_t, const std::string&, const Effort&) override {
    return fail(ErrorCode::Unreachable, "not asked for here");
  }
  void begin() { sent = nonces_asked_for = looks_too_early = 0; }

  Duration exchange_takes{0};
  std::size_t sent = 0;
  std::size_t nonces_asked_for = 0;
  std::size_t looks_too_early = 0;

 private:
  static bool isUnderWay(const std::string& body) {
    const json order = json::parse(body, nullptr, false);
    const std::string status = order.is_object() ? order.value("status", "") : "";
    return status == "pending" || status == "processing";
  }

  HttpTransport& inner_;
  QuickClock& clock_;
  std::mutex mutex_;
};

/// Pebble in the exact mood and an account that is warm.
struct Counted {
  Counted() {
    world.clock.work_takes_no_time = true;
    world.http = &http;
    const auto warm = world.obtainFor({freshName("warm")});
    EXPECT_TRUE(warm) << describe(warm.error());
    logged = linesUntilCertificate();
  }
  void obtain(std::size_t count) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < count; ++i) names.push_back(freshName("count"));
    world.orders.kept.reset();
    http.begin();
    const auto issued = world.obtainFor(names);
    ASSERT_TRUE(issued) << describe(issued.error());
  }
  /// Requests in Pebble's own log since the last call. A certificate is fetched last, so its line ends a run.
  std::size_t requestsInTheLog() {
    const std::size_t before = logged;
    logged = linesUntilCertificate();
    return logged - before;
  }

  PebbleServer pebble;
  World world{pebble};
  CountingHttp http{pebble.http(), world.clock};

 private:
  std::size_t linesUntilCertificate() {
    ++certificates;
    pebble.awaitRequests("POST /certZ/", certificates);
    return pebble.requests().size();
  }
  std::size_t certificates = 0;
  std::size_t logged = 0;
};

// Warm account, no nonce refused, nothing reused: directory, nonce, order, N authorizations, N challenges, a look at the
// order, finalize, another look, certificate.
TEST(RequestsForNNames, AreTwoNPlusSevenAtMost) {
  Counted counted;
  for (const std::size_t count : {1U, 2U, 10U, 100U}) {
    counted.obtain(count);
    const std::size_t requests = counted.requestsInTheLog();
    EXPECT_EQ(requests, counted.http.sent) << "the CA counts as we do";
    EXPECT_LE(requests - counted.http.looks_too_early, 2 * count + 7) << count << " names";
    EXPECT_GE(requests, 2 * count + 5) << "nothing was counted";
  }
}

TEST(RequestsForNNames, AreNoneBeforeAPauseWhenTheOrderIsUnderWay) {
  Counted counted;
  const std::size_t before = counted.world.clock.sleeps().size();
  counted.obtain(3);
  const std::size_t sleeps = counted.world.clock.sleeps().size() - before;
  EXPECT_EQ(sleeps, 2 + counted.http.looks_too_early) << "one for the proof, one for the certificate, one for each look "
                                                         "that came too early";
}

// Width costs a nonce per lane: it is bought where a row of calls would take longer than a person waits.
TEST(RequestsForNNames, MayBeThreeMoreAtACaThatIsSlow) {
  Counted counted;
  counted.http.exchange_takes = std::chrono::milliseconds(100);
  counted.obtain(10);
  EXPECT_EQ(counted.http.nonces_asked_for, 1U) << "ten names pass quickly enough one after the other";
  counted.obtain(30);
  EXPECT_EQ(counted.http.nonces_asked_for, 4U);
  EXPECT_LE(counted.http.sent - counted.http.looks_too_early, 2 * 30U + 7 + 3);
}

}  // namespace
}  // namespace sidecert::testing
