#include "dns/preflight.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/text.h"
#include "dns/name.h"

namespace sidecert::dns {
namespace {

constexpr Duration kLimit{5000};
constexpr unsigned kCritical = 128;  // RFC 8659 section 4.1

// What a CA understands or may pass over; anything else that is critical forbids.
constexpr std::array<std::string_view, 7> kKnownTags = {"issue",        "issuewild",    "iodef",   "issuemail",
                                                        "contactemail", "contactphone", "issuevmc"};

struct Permission {
  std::string issuer;  // empty: nobody
  std::vector<std::string> account_urls;
  std::optional<std::string> methods;
};

// `issuer; accounturi=…; validationmethods=dns-01,http-01` (RFC 8659 section 4.2).
Permission parsePermission(std::string_view value) {
  Permission permission;
  const auto end = value.find(';');
  permission.issuer = lower(trim(value.substr(0, end)));
  if (end == std::string_view::npos) return permission;
  for (const std::string& parameter : splitList(value.substr(end + 1), ";")) {
    const auto equals = parameter.find('=');
    if (equals == std::string::npos) continue;
    const std::string tag = lower(trim(std::string_view(parameter).substr(0, equals)));
    const std::string content(trim(std::string_view(parameter).substr(equals + 1)));
    if (tag == "accounturi") permission.account_urls.push_back(content);
    if (tag == "validationmethods") permission.methods = content;
  }
  return permission;
}

bool names(const Permission& permission, const CaaRequest& request) {
  return std::ranges::any_of(request.issuers,
                             [&](const std::string& issuer) { return equalsIgnoringCase(issuer, permission.issuer); });
}

std::optional<std::string> whyNotPermitted(const Permission& permission, const CaaRequest& request) {
  if (!names(permission, request)) {
    return permission.issuer.empty() ? "it forbids every CA"
                                     : fmt::format("it allows {} only", excerpt(permission.issuer, 80));
  }
  if (permission.methods && !std::ranges::contains(splitList(*permission.methods), request.validation_method)) {
    return fmt::format("it allows the challenges {} only, not {}", excerpt(*permission.methods, 80),
                       request.validation_method);
  }
  if (permission.account_urls.size() > 1) return "it names more than one accounturi in one record, which fits none";
  if (permission.account_urls.empty() || request.account_url.empty()) return std::nullopt;
  if (permission.account_urls.front() == request.account_url) return std::nullopt;
  return fmt::format("it allows the account {} only, ours is {}", excerpt(permission.account_urls.front()),
                     request.account_url);
}

std::string_view tagFor(std::span<const CaaProperty> properties, const CaaRequest& request) {
  const bool has_wild =
      std::ranges::any_of(properties, [](const CaaProperty& property) { return property.tag == "issuewild"; });
  return request.wildcard && has_wild ? "issuewild" : "issue";
}

bool isUnknownAndCritical(const CaaProperty& property) {
  return property.critical && !std::ranges::contains(kKnownTags, std::string_view(property.tag));
}

std::string withoutWildcard(const std::string& name) {
  return name.starts_with("*.") ? name.substr(2) : name;
}

std::vector<CaaProperty> propertiesIn(const Response& answer) {
  std::vector<CaaProperty> properties;
  for (const Record& record : answer.answers) {
    if (record.type != RecordType::Caa) continue;
    if (auto property = parseCaa(record.data)) properties.push_back(std::move(*property));
  }
  return properties;
}

}  // namespace

std::optional<CaaProperty> parseCaa(std::string_view data) {
  const auto first = data.find(' ');
  if (first == std::string_view::npos) return std::nullopt;
  const auto second = data.find(' ', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto flags = parseNumber(data.substr(0, first));
  const std::string tag = lower(data.substr(first + 1, second - first - 1));
  if (!flags || *flags > 255 || tag.empty()) return std::nullopt;
  return CaaProperty{.critical = (*flags & kCritical) != 0, .tag = tag, .value = std::string(data.substr(second + 1))};
}

std::optional<std::string> whyCaaForbids(std::span<const CaaProperty> properties, const CaaRequest& request) {
  for (const CaaProperty& property : properties) {
    if (isUnknownAndCritical(property)) {
      return fmt::format("it has the critical property \"{}\", which CAs do not know", excerpt(property.tag, 40));
    }
  }
  if (request.issuers.empty()) return std::nullopt;
  const std::string_view tag = tagFor(properties, request);
  std::optional<std::string> why;
  for (const CaaProperty& property : properties) {
    if (property.tag != tag) continue;
    const Permission permission = parsePermission(property.value);
    const auto against = whyNotPermitted(permission, request);
    if (!against) return std::nullopt;
    // The record that names our CA and still forbids tells the owner more than the ones for others.
    if (!why || names(permission, request)) why = against;
  }
  return why;
}

std::string caaMend(const CaaSet& set, const CaaRequest& request) {
  const auto critical = std::ranges::find_if(set.properties, isUnknownAndCritical);
  if (critical != set.properties.end())
    return fmt::format("remove there the CAA property \"{}\", or its flag 128", excerpt(critical->tag, 40));
  const std::string_view tag = tagFor(set.properties, request);
  std::string value = request.issuers.empty() ? "your-ca.example" : request.issuers.front();
  for (const CaaProperty& property : set.properties) {
    const Permission permission = parsePermission(property.value);
    if (property.tag != tag || !names(permission, request)) continue;
    value = permission.issuer;
    if (!permission.account_urls.empty())
      value += "; accounturi=" + (request.account_url.empty() ? permission.account_urls.front() : request.account_url);
    if (permission.methods) value += "; validationmethods=" + request.validation_method;
    break;
  }
  return fmt::format("add there: {} CAA 0 {} \"{}\"", set.found_at, tag, printable(value));
}

std::map<std::string, Result<CaaSet>> lookUpCaa(Resolver& resolver, const std::set<std::string>& names,
                                                const Effort& effort) {
  std::set<std::string> asked;
  for (const std::string& name : names) {
    for (std::string at = name; !at.empty(); at = parentOf(at)) asked.insert(at);
  }
  std::vector<Lookup> lookups;
  for (const std::string& name : asked) lookups.push_back({.name = name, .type = RecordType::Caa});
  const auto answers = lookUpAll(resolver, lookups, effort);
  std::map<std::string, const Result<Response>*> by_name;
  for (std::size_t i = 0; i < lookups.size(); ++i) by_name.emplace(lookups[i].name, &answers[i]);

  const auto climb = [&](const std::string& name) -> Result<CaaSet> {
    for (std::string at = name; !at.empty(); at = parentOf(at)) {
      const Result<Response>& answer = *by_name.at(at);
      if (!answer) return std::unexpected(answer.error());
      auto properties = propertiesIn(*answer);
      if (!properties.empty()) return CaaSet{.found_at = at, .properties = std::move(properties)};
    }
    return CaaSet{};
  };
  std::map<std::string, Result<CaaSet>> sets;
  for (const std::string& name : names) sets.emplace(name, climb(name));
  return sets;
}

bool isDnssecBroken(Resolver& resolver, const std::string& name, const Effort& effort) {
  const auto servers = resolver.recursiveServers(effort);
  if (!servers) return false;
  return std::ranges::any_of(*servers, [&](const Server& server) {
    const auto refusesToAnswer = [&] {
      const auto checked = resolver.ask(server, name, RecordType::Soa, Recursion::Desired, effort.upTo(kLimit));
      return checked && checked->code == ResponseCode::ServFail;
    };
    if (!refusesToAnswer()) return false;
    const auto unchecked = resolver.ask(server, name, RecordType::Soa, Recursion::Unchecked, effort.upTo(kLimit));
    const bool answers =
        unchecked && (unchecked->code == ResponseCode::NoError || unchecked->code == ResponseCode::NxDomain);
    // Once more: the first refusal may have been a name server that was slow.
    return answers && refusesToAnswer();
  });
}

std::vector<Error> preflight(Resolver& resolver, const std::vector<std::string>& names, const CaaRequest& request,
                             const Effort& effort) {
  std::vector<Error> troubles;
  std::set<std::string> bases;
  for (const std::string& name : names) bases.insert(withoutWildcard(name));
  const auto looked_up = lookUpCaa(resolver, bases, effort);
  for (const std::string& name : names) {
    const bool wildcard = name.starts_with("*.");
    const std::string base = withoutWildcard(name);
    const bool first = bases.erase(base) != 0;
    const Result<CaaSet>& set = looked_up.at(base);
    if (!set) {
      if (!first) continue;
      if (isDnssecBroken(resolver, base, effort)) {
        troubles.push_back(
            {.code = ErrorCode::Refused,
             .what =
                 fmt::format("DNSSEC of {} is broken: resolvers that validate refuse to answer, and so will the CA", base),
             .hint =
                 "renew the zone's signatures where your DNS is hosted, or remove the stale DS record at the registrar"});
      } else {
        troubles.push_back({.code = set.error().code,
                            .what = fmt::format("the CAA records of {} cannot be looked up: {}", base, set.error().what),
                            .hint = "a CA that cannot look them up does not issue: check the zone's name servers"});
      }
      continue;
    }
    CaaRequest asked = request;
    asked.wildcard = wildcard;
    const auto why = whyCaaForbids(set->properties, asked);
    if (!why) continue;
    troubles.push_back(
        {.code = ErrorCode::Refused,
         .what = fmt::format("the CAA record at {} keeps the CA from issuing for {}: {}", set->found_at, name, *why),
         .hint = caaMend(*set, asked)});
  }
  return troubles;
}

}  // namespace sidecert::dns
