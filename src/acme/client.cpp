#include "acme/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "acme/jws.h"
#include "acme/repeats.h"
#include "base/http/http.h"
#include "base/lanes.h"
#include "base/text.h"

namespace sidecert::acme {
namespace {

using namespace std::chrono_literals;

// Pebble refuses half of all good nonces when asked to be hostile: twenty in a row are then one in a million.
constexpr int kMostRefusedNonces = 20;
constexpr int kRefusalsWithoutPause = 3;
constexpr Duration kPausePerRefusal = 50ms;
constexpr int kRequestTries = 3;  // of one request, its nonce included
constexpr Duration kFirstPause = 1s;
constexpr std::chrono::seconds kLongestPause = 30s;  // a CA that wants more gets it from the caller's own schedule
constexpr Duration kNoticeable = 5s;
constexpr std::size_t kMostLanes = 4;
constexpr Duration kToleratedSkew = std::chrono::minutes(5);

bool mayPass(const Error& error, Repeat repeat) {
  return error.code == ErrorCode::Unreachable || (error.code == ErrorCode::AnswerLost && repeat == Repeat::Harmless);
}

}  // namespace

void Client::use(crypto::PrivateKey key, std::string account_url) {
  key_ = std::move(key);
  account_ = std::move(account_url);
}

AcmeResult<AcmeResponse> Client::post(const std::string& url, const std::string& payload, Repeat repeat) {
  return send(url, payload, {*key_, account_}, repeat, {});
}

AcmeResult<AcmeResponse> Client::read(const std::string& url, const std::string& accept) {
  return send(url, {}, {*key_, account_}, Repeat::Harmless, accept);
}

AcmeResult<AcmeResponse> Client::postWithKey(const std::string& url, const std::string& payload,
                                             const crypto::PrivateKey& key) {
  return send(url, payload, {key, {}}, Repeat::Harmless, {});
}

AcmeResult<AcmeResponse> Client::send(const std::string& url, const std::string& payload, const Signer& signer,
                                      Repeat repeat, const std::string& accept) {
  const Effort effort = effort_.trying(kRequestTries);
  int refused_nonces = 0;
  int repeats = 0;
  for (;;) {
    auto fresh = nonce(effort);
    if (!fresh) return std::unexpected(std::move(fresh.error()));
    HttpRequest request = requestTo("POST", url);
    request.headers.set("Content-Type", "application/jose+json");
    if (!accept.empty()) request.headers.set("Accept", accept);
    request.body = signJws(signer.key, signer.account, *fresh, url, payload);
    auto answer = exchange(request);
    if (!answer) {
      if (!mayPass(answer.error(), repeat) || !effort.tryAgain()) return passOn(answer.error());
      ports_.log.debug("{}: {}; trying again", url, answer.error().what);
      if (auto waited = wait(kFirstPause * (1 << repeats++)); !waited) return std::unexpected(waited.error());
      continue;
    }
    const auto said = answer->headers.first("Retry-After");
    const auto retry_after = said ? parseRetryAfter(*said, ports_.clock.now()) : std::nullopt;
    if (answer->status >= 200 && answer->status < 300) {
      return AcmeResponse{answer->status, std::move(answer->headers), std::move(answer->body), retry_after};
    }
    if (answer->status < 400) {
      return failed(
          ErrorCode::BadAnswer,
          fmt::format("{} answered with status {}, and a signed request must not be sent elsewhere", url, answer->status));
    }
    Problem problem = readProblem(answer->status, answer->body);
    if (problem.is("badNonce") && refused_nonces < kMostRefusedNonces) {
      if (++refused_nonces > kRefusalsWithoutPause) {
        if (auto waited = wait(kPausePerRefusal * refused_nonces); !waited) return std::unexpected(waited.error());
      }
      continue;
    }
    if (problem.is("badNonce")) {
      return failed(ErrorCode::BadAnswer, fmt::format("the CA refused {} fresh nonces in a row", refused_nonces + 1));
    }
    const std::chrono::seconds pause = retry_after.value_or(std::chrono::seconds(1 << repeats));
    if (problem.status >= 500 && repeat == Repeat::Harmless && pause <= kLongestPause && effort.tryAgain()) {
      ports_.log.debug("{}: status {}; trying again in {}", url, problem.status, toWords(Duration(pause)));
      ++repeats;
      if (auto waited = wait(pause); !waited) return std::unexpected(waited.error());
      continue;
    }
    Error error = toError(problem, retry_after);
    return std::unexpected(Failure{std::move(error), std::move(problem)});
  }
}

AcmeResult<> Client::fetchNonce(const Effort& effort) {
  const auto answer = sendWithRepeats(requestTo("HEAD", directory_.new_nonce), ports_, effort,
                                      [this](const HttpRequest& request) { return exchange(request); });
  if (!answer) return passOn(within("asking for a nonce", answer.error()).error());
  if (answer->status >= 400) {
    const auto said = answer->headers.first("Retry-After");
    const Problem problem = readProblem(answer->status, answer->body);
    return passOn(
        within("asking for a nonce", toError(problem, said ? parseRetryAfter(*said, ports_.clock.now()) : std::nullopt))
            .error());
  }
  if (nonces_.size() == 0) {
    return failed(ErrorCode::BadAnswer, fmt::format("{} gave no usable nonce", directory_.new_nonce));
  }
  return {};
}

AcmeResult<std::string> Client::nonce(const Effort& effort) {
  if (auto kept = nonces_.take(ports_.clock.monotonic())) return *std::move(kept);
  if (auto fetched = fetchNonce(effort); !fetched) return std::unexpected(fetched.error());
  if (auto fresh = nonces_.take(ports_.clock.monotonic())) return *std::move(fresh);
  return nonce(effort);  // another lane was quicker
}

Result<HttpResponse> Client::exchange(const HttpRequest& request) {
  const Duration began = ports_.clock.monotonic();
  auto answer = ports_.http.send(request, effort_);
  if (!answer) return answer;
  const Duration ended = ports_.clock.monotonic();
  quickest_ = std::min(quickest_.load(), (ended - began).count());
  if (const auto nonce = answer->headers.first("Replay-Nonce")) nonces_.put(*nonce, ended);
  if (const auto date = answer->headers.first("Date")) {
    if (const auto theirs = parseHttpDate(*date)) {
      const Duration skew = *theirs - ports_.clock.now();
      skew_ = skew.count();
      if (std::chrono::abs(skew) > kToleratedSkew && !skew_told_.exchange(true)) {
        ports_.log.warning(
            "the clock of this machine is {} {} the CA's: check the NAS's time (Control Panel, Regional Options). "
            "Dates of certificates are judged by the CA's clock in this run",
            toWords(std::chrono::abs(skew)), skew > Duration::zero() ? "behind" : "ahead of");
      }
    }
  }
  return answer;
}

std::size_t Client::widthFor(std::size_t count) {
  if (count < 2) return 1;
  const Duration quickest(quickest_.load());
  const bool known = quickest != Duration::max();
  if (known && quickest * static_cast<Duration::rep>(2 * count) > kNoticeable) {
    const std::size_t wanted = std::min(kMostLanes, count);
    const std::size_t have = nonces_.size();
    const std::size_t missing = wanted > have ? wanted - have : 0;
    // A lane without a nonce of its own is no failure: the others do its work.
    (void)forEachParallel(missing, missing, [this](std::size_t) { return fetchNonce(effort_.trying(kRequestTries)); });
  }
  return std::clamp<std::size_t>(nonces_.size(), 1, std::min(kMostLanes, count));
}

TimePoint Client::caTime() const {
  const Duration skew(skew_.load());
  return std::chrono::abs(skew) > kToleratedSkew ? ports_.clock.now() + skew : ports_.clock.now();
}

AcmeResult<> Client::wait(Duration duration) const {
  if (auto waited = effort_.pause(duration, "waiting for the CA"); !waited) return passOn(waited.error());
  return {};
}

AcmeResult<> forEachParallel(std::size_t count, std::size_t width, const std::function<AcmeResult<>(std::size_t)>& work) {
  std::atomic<bool> failed{false};
  return firstFailure(runInLanes(count, width, [&](std::size_t i) -> AcmeResult<> {
    if (failed) return {};
    auto outcome = work(i);
    if (!outcome) failed = true;
    return outcome;
  }));
}

}  // namespace sidecert::acme
