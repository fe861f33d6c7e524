// Orders, authorizations and challenges as a CA shows them.
// Source: RFC 8555 sections 7.1.3, 7.1.4, 7.1.6 and 8; draft-ietf-acme-dns-persist for the members of its challenge.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "acme/problem.h"
#include "base/clock.h"
#include "base/result.h"

namespace sidecert::acme {

enum class Status { Pending, Ready, Processing, Valid, Invalid, Deactivated, Expired, Revoked };

struct Order {
  Status status = Status::Pending;
  std::optional<TimePoint> expires = {};
  std::vector<std::string> names = {};  // dns identifiers, lower case, in the CA's order
  bool foreign_identifiers = false;     // of another type than dns
  std::vector<std::string> authorizations = {};
  std::string finalize = {};
  std::string certificate = {};  // there when valid
  std::string profile = {};
  std::string replaces = {};
  std::optional<Problem> error = {};
};

struct Challenge {
  std::string type = {};
  std::string url = {};
  Status status = Status::Pending;
  std::string token = {};                             // base64url; dns-persist-01 has none
  std::vector<std::string> issuer_domain_names = {};  // dns-persist-01, either spelling
  std::string account_uri = {};                       // dns-persist-01 draft -01
  std::optional<Problem> error = {};
};

struct Authorization {
  std::string url = {};  // where it was read from
  std::string identifier = {};
  bool wildcard = false;
  Status status = Status::Pending;
  std::vector<Challenge> challenges = {};

  [[nodiscard]] std::string name() const { return wildcard ? "*." + identifier : identifier; }
  [[nodiscard]] const Challenge* challenge(std::string_view type) const;
  /// Why it failed: the error of its challenge, or what its status says.
  [[nodiscard]] std::optional<Problem> error() const;
};

/// @returns BadAnswer naming the member that is missing or makes no sense; a URL without TLS makes none. Members a later
/// stage needs are asked for in
///          the state where they are needed: authorizations and finalize until ready, certificate when valid.
[[nodiscard]] Result<Order> parseOrder(std::string_view body);

/// Challenges of unknown shape are left out; a token that is no base64url makes a challenge unusable (RFC 8555 section 8.3).
[[nodiscard]] Result<Authorization> parseAuthorization(std::string url, std::string_view body);

}  // namespace sidecert::acme
