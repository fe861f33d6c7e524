#include "acme/persistent.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/digest.h"

namespace sidecert::acme {
namespace {

constexpr std::size_t kMostIssuers = 10;
constexpr std::string_view kWildcardPrefix = "*.";

std::string_view withoutWildcard(std::string_view name) {
  if (name.starts_with(kWildcardPrefix)) name.remove_prefix(kWildcardPrefix.size());
  return name;
}

std::vector<std::string_view> piecesOf(std::string_view text) {
  std::vector<std::string_view> pieces;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find(';', start), text.size());
    pieces.push_back(trim(text.substr(start, end - start)));
    start = end + 1;
  }
  return pieces;
}

}  // namespace

std::string persistentName(std::string_view identifier) {
  return fmt::format("_validation-persist.{}", withoutWildcard(identifier));
}

std::string hashedAccountUri(std::string_view prefix, std::string_view domain, const PersistentAccount& account) {
  const std::string octets =
      fmt::format("{}{}{}{}", static_cast<char>(domain.size()), domain, account.thumbprint, account.url);
  return fmt::format("{}sha-256/{}", prefix, base64Url(crypto::sha256(octets)));
}

std::string persistentValue(std::string_view issuer, std::string_view account_uri, bool wildcard,
                            std::optional<TimePoint> until) {
  std::string value = fmt::format("{}; accounturi={}", issuer, account_uri);
  if (wildcard) value += "; policy=wildcard";
  if (until) {
    value += fmt::format("; persistUntil={}",
                         std::chrono::duration_cast<std::chrono::seconds>(until->time_since_epoch()).count());
  }
  return value;
}

std::vector<PersistentRecord> recordsToPublish(const Directory& directory, const PersistentAccount& account,
                                               const std::vector<std::string>& names, std::optional<TimePoint> until) {
  const bool hashed = !directory.account_hash_prefix.empty();
  const std::vector<std::string>& issuers =
      hashed && !directory.issuer_domain_names.empty() ? directory.issuer_domain_names : directory.caa_identities;
  std::vector<PersistentRecord> records;
  if (issuers.empty()) return records;
  for (const std::string& name : names) {
    const std::string domain(withoutWildcard(name));
    const bool wildcard = std::ranges::contains(names, "*." + domain);
    const std::string uri = hashed ? hashedAccountUri(directory.account_hash_prefix, domain, account) : account.url;
    PersistentRecord record{persistentName(domain), persistentValue(issuers.front(), uri, wildcard, until)};
    if (!std::ranges::contains(records, record)) records.push_back(std::move(record));
  }
  return records;
}

std::optional<PersistentValue> parsePersistentValue(std::string_view text) {
  const std::vector<std::string_view> pieces = piecesOf(text);
  PersistentValue value;
  value.issuer = lower(pieces.front());
  if (value.issuer.empty() || value.issuer.contains(' ')) return std::nullopt;
  std::vector<std::string> seen;
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    const std::size_t equals = pieces[i].find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string tag = lower(trim(pieces[i].substr(0, equals)));
    const std::string_view content = trim(pieces[i].substr(equals + 1));
    if (tag.empty() || std::ranges::contains(seen, tag)) return std::nullopt;
    seen.push_back(tag);
    if (tag == "accounturi") value.account_uri = content;
    if (tag == "policy") value.wildcard = equalsIgnoringCase(content, "wildcard");
    if (tag == "persistuntil") {
      constexpr std::uint64_t kLatest = 253402300799;  // the year 9999
      const auto seconds = parseNumber(content);
      if (!seconds || *seconds > kLatest) return std::nullopt;
      value.until = TimePoint(std::chrono::seconds(*seconds));
    }
  }
  return value;
}

std::optional<PersistentWish> wishFor(const Directory& directory, const Authorization& authorization,
                                      const Challenge& challenge, const PersistentAccount& account) {
  if (challenge.issuer_domain_names.empty() || challenge.issuer_domain_names.size() > kMostIssuers) return std::nullopt;
  PersistentWish wish{.issuers = {}, .account_uris = {}, .wildcard = authorization.wildcard};
  for (const std::string& issuer : challenge.issuer_domain_names) wish.issuers.push_back(lower(issuer));
  if (directory.account_hash_prefix.empty()) {
    wish.account_uris = {challenge.account_uri.empty() ? account.url : challenge.account_uri};
  } else {
    wish.account_uris = {hashedAccountUri(directory.account_hash_prefix, authorization.identifier, account),
                         hashedAccountUri(directory.account_hash_prefix, "*", account)};
    // A challenge of draft -01 under a directory of -02: the CA is changing over and takes either.
    if (!challenge.account_uri.empty()) wish.account_uris.push_back(challenge.account_uri);
  }
  return wish;
}

std::optional<PersistentValue> fulfilling(const std::vector<std::string>& values, const PersistentWish& wish,
                                          TimePoint now) {
  for (const std::string& text : values) {
    const auto value = parsePersistentValue(text);
    if (value && std::ranges::contains(wish.issuers, value->issuer) &&
        std::ranges::contains(wish.account_uris, value->account_uri) && (value->wildcard || !wish.wildcard) &&
        (!value->until || now < *value->until)) {
      return value;
    }
  }
  return std::nullopt;
}

}  // namespace sidecert::acme
