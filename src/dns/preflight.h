// What would make the CA refuse, seen before an order is spent on it: CAA records and broken DNSSEC.
// Sources: RFC 8659 (CAA), RFC 8657 (accounturi, validationmethods), Baseline Requirements section 3.2.2.8 (a failed
// look-up forbids), RFC 4035 section 3.2.2 (the CD bit).
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dns/resolver.h"

namespace sidecert::dns {

struct CaaProperty {
  bool critical = false;
  std::string tag;  // lower case
  std::string value;
};

/// A CAA record's data as Record holds it, "flags tag value". @returns nothing when it is none.
[[nodiscard]] std::optional<CaaProperty> parseCaa(std::string_view data);

struct CaaRequest {
  std::vector<std::string> issuers;  // the CA's caaIdentities; empty: unknown, so nothing can be judged
  std::string validation_method = "dns-01";
  std::string account_url;  // empty: not known yet, so any accounturi is taken for ours
  bool wildcard = false;
};

/// @param properties  the set that is relevant for the name; empty: nobody is excluded
/// @returns nothing when the CA may issue, else why not, as the end of a sentence.
[[nodiscard]] std::optional<std::string> whyCaaForbids(std::span<const CaaProperty> properties, const CaaRequest&);

struct CaaSet {
  std::string found_at;  // the name itself or the closest parent that has any; empty: none has
  std::vector<CaaProperty> properties;
};

/// What mends a set that forbids: the record to add. Where the owner's record binds our CA to an account or to challenges
/// (RFC 8657), the new one is bound alike, to ours: without it anybody else's account could order.
[[nodiscard]] std::string caaMend(const CaaSet&, const CaaRequest&);

/// Climbs from each name (without "*.") as a CA does; all names and their parents are asked for in one round.
[[nodiscard]] std::map<std::string, Result<CaaSet>> lookUpCaa(Resolver&, const std::set<std::string>& names, const Effort&);

/// Whether a resolver that validates refuses to answer for the name, and answers once told not to check.
[[nodiscard]] bool isDnssecBroken(Resolver&, const std::string& name, const Effort&);

/// @param names  as in the order, "*." included
/// @returns one error per trouble: what the CA would stumble over, and the mend. Empty: nothing is in the way. What is
/// certain
///          is Refused; a look-up that failed from here has another code, for it may succeed from where the CA looks.
[[nodiscard]] std::vector<Error> preflight(Resolver&, const std::vector<std::string>& names, const CaaRequest&,
                                           const Effort&);

}  // namespace sidecert::dns
