#include "acme/renewal_info.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "acme/directory.h"
#include "acme/json_members.h"
#include "acme/known_cas.h"
#include "acme/problem.h"
#include "base/encoding.h"
#include "base/http/http.h"
#include "base/http/links.h"
#include "base/ports.h"
#include "base/text.h"

namespace sidecert::acme {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds kSoonest = 60s;
constexpr std::chrono::seconds kLatest = 24h;
constexpr std::chrono::seconds kUsual = 6h;
constexpr std::chrono::seconds kAfterTemporaryFailure = 10min;
constexpr std::chrono::days kShortLife{10};
constexpr Duration kLeastAge = std::chrono::days(1);
constexpr std::size_t kLongestExplanation = 500;  // characters

std::chrono::seconds clamped(std::optional<std::chrono::seconds> said, std::chrono::seconds otherwise) {
  return std::clamp(said.value_or(otherwise), kSoonest, kLatest);
}

std::unexpected<Error> later(std::string_view doing, Error error, std::optional<std::chrono::seconds> said,
                             std::chrono::seconds otherwise) {
  error.retry_after = clamped(said, otherwise);
  return within(doing, std::move(error));
}

bool isTemporary(const Error& error) {
  return error.code == ErrorCode::Unreachable || error.code == ErrorCode::AnswerLost || error.code == ErrorCode::RateLimited;
}

}  // namespace

std::optional<std::string> certificateId(const crypto::Certificate& certificate) {
  const std::string key_id = certificate.authorityKeyId();
  if (key_id.empty()) return std::nullopt;
  return base64Url(key_id) + "." + base64Url(certificate.serial());
}

Result<RenewalWindow> parseRenewalWindow(std::string_view body) {
  const auto object = parseObject(body);
  if (!object) return within("the renewal information", object.error());
  const Json* suggested = member(*object, "suggestedWindow");
  if (suggested == nullptr || !suggested->is_object()) {
    return fail(ErrorCode::BadAnswer, "the renewal information has no suggestedWindow");
  }
  RenewalWindow window;
  for (const auto& [name, target] : {std::pair{"start", &window.start}, std::pair{"end", &window.end}}) {
    const auto time = timeMember(*suggested, name);
    if (!time) return fail(ErrorCode::BadAnswer, fmt::format("suggestedWindow has no usable {}", name));
    *target = *time;
  }
  if (window.end <= window.start) {
    return fail(ErrorCode::BadAnswer,
                fmt::format("suggestedWindow ends ({}) before it starts ({})", toIso(window.end), toIso(window.start)));
  }
  const std::string page = textMember(*object, "explanationURL");
  if (isHttps(page) && page.size() <= kLongestExplanation) window.explanation_url = page;
  return window;
}

bool canBeFollowed(const RenewalWindow& window, TimePoint issued) noexcept {
  return window.end > issued;
}

TimePoint earliestRenewal(TimePoint issued, Duration life) noexcept {
  return issued + std::min(kLeastAge, life / 4);
}

TimePoint chooseRenewalTime(const RenewalWindow& window, TimePoint now, double draw) noexcept {
  const auto width = static_cast<double>((window.end - window.start).count());
  const Duration into(static_cast<Duration::rep>(std::floor(width * std::clamp(draw, 0.0, 1.0))));
  return std::max(window.start + into, now);
}

TimePoint localRenewalTime(TimePoint not_before, TimePoint not_after) noexcept {
  const Duration life = not_after - not_before;
  return not_after - (life < kShortLife ? life / 2 : life / 3);
}

Result<std::optional<RenewalAdvice>> fetchRenewalAdvice(const std::string& directory, const crypto::Certificate& certificate,
                                                        const Ports& ports) {
  const std::string doing = "asking " + caName(directory) + " when to renew";
  const auto id = certificateId(certificate);
  if (!id) return std::optional<RenewalAdvice>();
  const auto offered = fetchDirectory(directory, ports);
  if (!offered) {
    return later(doing, offered.error(), offered.error().retry_after,
                 isTemporary(offered.error()) ? kAfterTemporaryFailure : kUsual);
  }
  if (offered->renewal_info.empty()) return std::optional<RenewalAdvice>();
  HttpRequest request = requestTo("GET", offered->renewal_info + "/" + *id);
  const auto answer = ports.http.send(request, ports.effort());
  if (!answer)
    return later(doing, answer.error(), std::nullopt, isTemporary(answer.error()) ? kAfterTemporaryFailure : kUsual);
  const auto said = answer->headers.first("Retry-After");
  const auto retry_after = said ? parseRetryAfter(*said, ports.clock.now()) : std::nullopt;
  if (answer->status != 200) {
    const Problem problem = readProblem(answer->status, answer->body);
    const bool temporary = answer->status >= 500 || answer->status == 429;
    return later(doing, toError(problem, retry_after), retry_after, temporary ? kAfterTemporaryFailure : kUsual);
  }
  auto window = parseRenewalWindow(answer->body);
  if (!window) return later(doing, window.error(), retry_after, kUsual);
  return std::optional(RenewalAdvice{*std::move(window), clamped(retry_after, kUsual)});
}

}  // namespace sidecert::acme
