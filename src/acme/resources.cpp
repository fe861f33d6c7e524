#include "acme/resources.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/encoding.h"
#include "base/http/links.h"
#include "base/text.h"

namespace sidecert::acme {
namespace {

constexpr std::size_t kLongestProfile = 100;  // characters

std::optional<Status> statusFrom(const Json& object) {
  static constexpr std::array<std::pair<std::string_view, Status>, 8> kNames{{{"pending", Status::Pending},
                                                                              {"ready", Status::Ready},
                                                                              {"processing", Status::Processing},
                                                                              {"valid", Status::Valid},
                                                                              {"invalid", Status::Invalid},
                                                                              {"deactivated", Status::Deactivated},
                                                                              {"expired", Status::Expired},
                                                                              {"revoked", Status::Revoked}}};
  const std::string text = textMember(object, "status");
  const auto* found = std::ranges::find(kNames, text, &std::pair<std::string_view, Status>::first);
  if (found == kNames.end()) return std::nullopt;
  return found->second;
}

std::optional<Problem> errorFrom(const Json& object) {
  const Json* error = member(object, "error");
  if (error == nullptr || !error->is_object()) return std::nullopt;
  return problemFromJson(*error, 0);
}

std::optional<Challenge> challengeFrom(const Json& object) {
  Challenge challenge{.type = textMember(object, "type"),
                      .url = textMember(object, "url"),
                      .status = statusFrom(object).value_or(Status::Pending),
                      .token = textMember(object, "token"),
                      .issuer_domain_names = textListMember(object, "issuerDomainNames"),
                      .account_uri = textMember(object, "accounturi"),
                      .error = errorFrom(object)};
  if (challenge.issuer_domain_names.empty()) challenge.issuer_domain_names = textListMember(object, "issuer-domain-names");
  if (challenge.type.empty() || !isHttps(challenge.url) || (!challenge.token.empty() && !isBase64Url(challenge.token)))
    return std::nullopt;
  return challenge;
}

std::unexpected<Error> unfit(std::string_view what, std::string_view member_name) {
  return fail(ErrorCode::BadAnswer, fmt::format("the CA's {} lacks a usable \"{}\"", what, member_name));
}

}  // namespace

const Challenge* Authorization::challenge(std::string_view type) const {
  const auto found = std::ranges::find(challenges, type, &Challenge::type);
  return found == challenges.end() ? nullptr : &*found;
}

std::optional<Problem> Authorization::error() const {
  for (const Challenge& each : challenges) {
    if (each.error) return each.error;
  }
  switch (status) {
    case Status::Invalid: return Problem{.detail = "the authorization is invalid and the CA gives no reason"};
    case Status::Deactivated: return Problem{.detail = "the authorization was deactivated"};
    case Status::Expired: return Problem{.detail = "the authorization has expired"};
    case Status::Revoked: return Problem{.detail = "the authorization was revoked"};
    default: return std::nullopt;
  }
}

Result<Order> parseOrder(std::string_view body) {
  const auto object = parseObject(body);
  if (!object) return within("the CA's order", object.error());
  const auto status = statusFrom(*object);
  if (!status) return unfit("order", "status");
  Order order{.status = *status,
              .expires = timeMember(*object, "expires"),
              .names = {},
              .authorizations = textListMember(*object, "authorizations"),
              .finalize = textMember(*object, "finalize"),
              .certificate = textMember(*object, "certificate"),
              .profile = excerpt(textMember(*object, "profile"), kLongestProfile),
              .replaces = textMember(*object, "replaces"),
              .error = errorFrom(*object)};
  if (const Json* identifiers = member(*object, "identifiers"); identifiers != nullptr && identifiers->is_array()) {
    for (const Json& identifier : *identifiers) {
      if (textMember(identifier, "type") == "dns") {
        order.names.push_back(lower(textMember(identifier, "value")));
      } else {
        order.foreign_identifiers = true;
      }
    }
  }
  const bool unfinished = *status == Status::Pending || *status == Status::Ready;
  if (*status != Status::Invalid && order.names.empty()) return unfit("order", "identifiers");
  if (unfinished && !isHttps(order.finalize)) return unfit("order", "finalize");
  if (*status == Status::Pending && order.authorizations.empty()) return unfit("order", "authorizations");
  if (!std::ranges::all_of(order.authorizations, isHttps)) return unfit("order", "authorizations");
  if (*status == Status::Valid && !isHttps(order.certificate)) return unfit("order", "certificate");
  return order;
}

Result<Authorization> parseAuthorization(std::string url, std::string_view body) {
  const auto object = parseObject(body);
  if (!object) return within("the CA's authorization", object.error());
  const auto status = statusFrom(*object);
  if (!status) return unfit("authorization", "status");
  Authorization authorization{.url = std::move(url), .wildcard = flagMember(*object, "wildcard"), .status = *status};
  if (const Json* identifier = member(*object, "identifier");
      identifier != nullptr && textMember(*identifier, "type") == "dns") {
    authorization.identifier = lower(textMember(*identifier, "value"));
  }
  // Seen in the wild: the wildcard in the value itself.
  if (authorization.identifier.starts_with("*.")) {
    authorization.identifier.erase(0, 2);
    authorization.wildcard = true;
  }
  if (authorization.identifier.empty()) return unfit("authorization", "identifier");
  if (const Json* challenges = member(*object, "challenges"); challenges != nullptr && challenges->is_array()) {
    for (const Json& challenge : *challenges) {
      if (auto read = challengeFrom(challenge)) authorization.challenges.push_back(*std::move(read));
    }
  }
  return authorization;
}

}  // namespace sidecert::acme
