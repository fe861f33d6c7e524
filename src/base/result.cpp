#include "base/result.h"

#include <utility>

namespace sidecert {

std::string_view toString(ErrorCode code) {
  switch (code) {
    case ErrorCode::Settings: return "settings";
    case ErrorCode::Unreachable: return "unreachable";
    case ErrorCode::Untrusted: return "untrusted";
    case ErrorCode::AnswerLost: return "answer-lost";
    case ErrorCode::RateLimited: return "rate-limited";
    case ErrorCode::Refused: return "refused";
    case ErrorCode::BadAnswer: return "bad-answer";
    case ErrorCode::Storage: return "storage";
    case ErrorCode::Stopped: return "stopped";
    case ErrorCode::Internal: return "internal";
  }
  return "internal";
}

std::unexpected<Error> fail(ErrorCode code, std::string what, std::string hint) {
  return std::unexpected(Error{.code = code, .what = std::move(what), .hint = std::move(hint)});
}

std::unexpected<Error> within(std::string_view doing, Error error) {
  error.what = std::string(doing) + ": " + error.what;
  return std::unexpected(std::move(error));
}

std::string describe(const Error& error) {
  return error.hint.empty() ? error.what : error.what + " (" + error.hint + ")";
}

}  // namespace sidecert
