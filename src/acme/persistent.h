// dns-persist-01: one TXT record set once, then no DNS write ever again. Pure.
// Source: draft-ietf-acme-dns-persist -00 (2025-11-03), -01 (2026-03-24) and -02 (2026-09-20; hashed account URI);
// RFC 8659 section 4.2 for the syntax of the value.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "acme/directory.h"
#include "acme/resources.h"
#include "base/clock.h"

namespace sidecert::acme {

struct PersistentRecord {
  std::string name;   // "_validation-persist.home.example"
  std::string value;  // more than 255 octets: several strings of one record
  bool operator==(const PersistentRecord&) const = default;
};

/// Whose record it is.
struct PersistentAccount {
  std::string url;
  std::string thumbprint;
};

[[nodiscard]] std::string persistentName(std::string_view identifier);

/// The accounturi of draft -02. @param domain  the name without "*.", or "*" for a value usable under every name
[[nodiscard]] std::string hashedAccountUri(std::string_view prefix, std::string_view domain, const PersistentAccount&);

/// "ca.example; accounturi=https://…; policy=wildcard; persistUntil=1830297600"
[[nodiscard]] std::string persistentValue(std::string_view issuer, std::string_view account_uri, bool wildcard,
                                          std::optional<TimePoint> until);

/// What an owner has to put into DNS for these names ("*.x" needs and permits the wildcard policy), one record per name.
/// With accountHashPrefix in the directory (draft -02) the issuer is the directory's first issuerDomainNames and the URI is
/// hashed; before, the list is known only from a challenge, and the CA's own CAA name stands for it.
/// @returns nothing when the directory names no issuer at all.
[[nodiscard]] std::vector<PersistentRecord> recordsToPublish(const Directory&, const PersistentAccount&,
                                                             const std::vector<std::string>& names,
                                                             std::optional<TimePoint> until);

/// A record as read; tags in lower case.
struct PersistentValue {
  std::string issuer;
  std::string account_uri;
  bool wildcard = false;
  std::optional<TimePoint> until;
};

/// @returns nothing when malformed: no issuer, an empty or repeated tag, a trailing ";", a persistUntil that is no number.
[[nodiscard]] std::optional<PersistentValue> parsePersistentValue(std::string_view);

/// What a challenge asks for: any of these issuers with any of these account URIs.
struct PersistentWish {
  std::vector<std::string> issuers;
  std::vector<std::string> account_uris;
  bool wildcard = false;
};

/// @returns nothing when the challenge is unusable: no issuer, or more than ten.
[[nodiscard]] std::optional<PersistentWish> wishFor(const Directory&, const Authorization&, const Challenge&,
                                                    const PersistentAccount&);

/// The first value at the name that fulfils the wish now.
[[nodiscard]] std::optional<PersistentValue> fulfilling(const std::vector<std::string>& values, const PersistentWish&,
                                                        TimePoint now);

}  // namespace sidecert::acme
