// The three ways APIs keep TXT values, each doing the reading, comparing and merging that its definitions do not have to
// say.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "dns/provider.h"
#include "dns/providers/session.h"

namespace sidecert::dns::providers {

enum class Change { Add, Remove, Look };  // Look: read what there is, as before a change

/// Records with a life of their own.
[[nodiscard]] Result<> changeRecords(const Definition&, Session&, const Scope& zone, std::span<const TxtRecord>, Change);

/// All values of a name are read, merged and written together; what was there and is not ours is sent back as it came.
[[nodiscard]] Result<> changeSets(const Definition&, Session&, const Scope& zone, std::span<const TxtRecord>, Change);

/// One place that holds the last values written. More than it holds are refused.
[[nodiscard]] Result<> changeSlots(const Definition&, Session&, const Scope& zone, std::span<const TxtRecord>, Change);

/// Those of these records, from the first on, that their slots can hold at the same time.
[[nodiscard]] std::vector<TxtRecord> thatFit(const Definition&, const Scope& zone, std::span<const TxtRecord>);

/// {zone} as this project keeps names; the API may spell it in Unicode.
[[nodiscard]] std::string zoneOf(const Scope&);

/// Sets {fqdn} and {relative}, spelled as the API spells the zone. @param into  has {zone}.
void describeName(const Definition&, Scope& into, const std::string& fqdn);

/// Whether a listed name is this one, in whatever form the API shows it: full, with a dot, relative, @ or empty.
[[nodiscard]] bool isName(const Value& shown, const std::string& fqdn, const std::string& zone);

/// Whether it was a condition of the definition that told "there is no such thing". A 404 alone does not: the zone, the
/// service or the whole path may be what is not there.
[[nodiscard]] bool saysMissing(const Definition&, const Steps&, const Reply&, const Scope&);

/// Says that these were not there when they should be removed.
void noteAbsent(const Ports&, std::span<const TxtRecord>);

/// Whether any of the steps runs over this list: then it takes many at once.
[[nodiscard]] bool takes(const Steps&, std::string_view list);
/// Whether the step's request depends on the name.
[[nodiscard]] bool isPerName(const Step&);

inline constexpr int kRounds = 4;  // how often a change is tried again after looking
/// @param round  from 2 on.
[[nodiscard]] inline std::chrono::seconds pauseBefore(int round) {
  return std::chrono::seconds(1 << (round - 1));
}

}  // namespace sidecert::dns::providers
