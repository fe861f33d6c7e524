// Failures of the outside world are values: networks, CAs, providers, disks and settings fail as a matter of course.
// A broken promise inside our own code is an exception instead, met once at the top of a thread.
#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace sidecert {

/// What a caller decides on; the text beside it is for people.
enum class ErrorCode {
  Settings,     // the owner has to change a variable or a file
  Unreachable,  // nothing was sent: name not resolved, connection refused or timed out, TLS handshake failed
  Untrusted,    // the peer's certificate was not accepted; nothing was sent
  AnswerLost,   // the request may have taken effect: connection cut or time limit met after sending began
  RateLimited,  // the server asked us to slow down; see retry_after
  Refused,      // a well-formed "no"
  BadAnswer,    // an answer that could not be understood
  Storage,      // disk full, read-only, permission, unreadable state
  Stopped,      // we were asked to stop
  Internal,     // a bug of ours
};

[[nodiscard]] std::string_view toString(ErrorCode);

struct Error {
  ErrorCode code = ErrorCode::Internal;
  std::string what;  // what failed, with the value that failed (never a secret)
  std::string hint;  // what the owner can do about it; empty when nothing
  std::optional<std::chrono::seconds> retry_after = std::nullopt;  // the server's own word
};

template <class T = void>
using Result = std::expected<T, Error>;

[[nodiscard]] std::unexpected<Error> fail(ErrorCode, std::string what, std::string hint = {});

/// The same failure one layer up: "doing: what". Code, hint and retry_after are kept.
[[nodiscard]] std::unexpected<Error> within(std::string_view doing, Error);

/// "what (hint)": one line for a log or a status page.
[[nodiscard]] std::string describe(const Error&);

}  // namespace sidecert
