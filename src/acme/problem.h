// Problem documents, kept whole: what a CA says when it says no.
// Source: RFC 8555 section 6.7 (types and subproblems), RFC 9457 (the document).
#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "acme/json_members.h"
#include "base/result.h"

namespace sidecert::acme {

struct Subproblem {
  std::string type = {};  // as in Problem
  std::string detail = {};
  std::string identifier = {};  // the name it is about; may be empty
};

/// Texts are printable and cut: they go into logs, messages and state files.
struct Problem {
  int status = 0;
  std::string type =
      {};  // ACME's own without the URN in front ("badNonce"); any other type whole; empty when there was none
  std::string detail = {};
  std::string instance = {};  // a page for the owner, for userActionRequired
  std::vector<Subproblem> subproblems = {};

  [[nodiscard]] bool is(std::string_view acme_type) const { return type == acme_type; }
  /// The CA's own words, the first subproblems included: "detail [home.example: detail; …]".
  [[nodiscard]] std::string words() const;
};

[[nodiscard]] Problem problemFromJson(const Json& object, int status);

/// What adviceOn says of CAA where it knows neither account nor challenge.
inline constexpr std::string_view kCaaAdvice =
    "a CAA record of the domain does not permit this CA: add one that does, or choose another CA in ACME_SERVER";

/// Never fails: where the body is HTML, empty or broken, `detail` holds the status and its first characters.
[[nodiscard]] Problem readProblem(int status, std::string_view body);

/// What an owner can do about this type of problem; empty when nothing.
[[nodiscard]] std::string adviceOn(const Problem&);

/// As a failure of this project: rateLimited, 429 and 503 are RateLimited; what a variable mends is Settings; any other
/// 5xx is BadAnswer; everything else is Refused. The CA's words stand in `what` as they came.
[[nodiscard]] Error toError(const Problem&, std::optional<std::chrono::seconds> retry_after);

/// A failed exchange. `problem` is there when the CA answered; a bare Error (network, disk, stop) converts.
struct Failure {
  Error error;
  std::optional<Problem> problem = std::nullopt;
  bool ends_order = false;  // this order can never become a certificate
  bool elsewhere = false;   // it failed in DNS or on our disk: nothing was wrong with the CA

  [[nodiscard]] bool is(std::string_view acme_type) const { return problem && problem->is(acme_type); }
};

template <class T = void>
using AcmeResult = std::expected<T, Failure>;

/// A Result's failure as an AcmeResult's.
[[nodiscard]] inline std::unexpected<Failure> passOn(Error error) {
  return std::unexpected(Failure{.error = std::move(error)});
}

/// As passOn, for what failed in DNS or on our disk.
[[nodiscard]] inline std::unexpected<Failure> passOnOurs(Error error) {
  return std::unexpected(Failure{.error = std::move(error), .elsewhere = true});
}

/// A failure of our own finding, as `fail` for Result.
[[nodiscard]] std::unexpected<Failure> failed(ErrorCode, std::string what, std::string hint = {});

/// The same failure one layer up, as `within` for Result.
[[nodiscard]] std::unexpected<Failure> whileDoing(std::string_view doing, Failure);

}  // namespace sidecert::acme
