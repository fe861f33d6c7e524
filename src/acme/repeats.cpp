#include "acme/repeats.h"

#include <chrono>

#include "base/text.h"

namespace sidecert::acme {
namespace {

constexpr std::chrono::seconds kLongestRequestedPause{30};

}  // namespace

Result<HttpResponse> sendWithRepeats(const HttpRequest& request, const Ports& ports, const Effort& effort,
                                     const std::function<Result<HttpResponse>(const HttpRequest&)>& send) {
  for (int repetition = 0;; ++repetition) {
    auto answer = send(request);
    std::chrono::seconds pause(1 << repetition);
    if (answer) {
      if (answer->status < 500) return answer;
      const auto said = answer->headers.first("Retry-After");
      pause = std::max(pause, (said ? parseRetryAfter(*said, ports.clock.now()) : std::nullopt).value_or(pause));
      if (pause > kLongestRequestedPause) return answer;
    } else if (answer.error().code != ErrorCode::Unreachable && answer.error().code != ErrorCode::AnswerLost) {
      return answer;
    }
    if (!effort.tryAgain()) return answer;
    ports.log.debug("{}: {}; trying again", request.url,
                    answer ? "status " + std::to_string(answer->status) : answer.error().what);
    if (auto waited = effort.pause(pause, "waiting for the CA"); !waited) return std::unexpected(waited.error());
  }
}

}  // namespace sidecert::acme
