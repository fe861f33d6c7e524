#include "dns/zone.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "dns/name.h"
#include "dns/public_suffix.h"
#include "dns/public_view.h"
#include "dns/zone_search.h"

namespace sidecert::dns {

using Kind = Finding::Kind;

namespace {

constexpr std::size_t kLongestChain = 10;  // aliases and delegations followed for one name
constexpr std::size_t kNeverUsedOctets = 12;
constexpr char kMendAliases[] = "mend or shorten the chain of CNAME records in DNS";
constexpr char kCheckSpelling[] =
    "check the spelling in ACME_DOMAINS, and that the domain's name servers are set at the registrar";

Result<Location> registered(Location place) {
  if (!isPublicSuffix(place.zone)) return place;
  return fail(
      ErrorCode::Refused,
      fmt::format("nobody has registered or delegated the domain of {}: the nearest zone is \"{}\"", place.name, place.zone),
      kCheckSpelling);
}

// Names below one registered domain mostly share its zone: one of them is asked for, the one closest to it.
std::string registeredDomainOf(const std::string& name) {
  std::string domain = name;
  for (std::string at = name; !at.empty() && !isPublicSuffix(at); at = parentOf(at)) domain = at;
  return domain;
}

Error aboutChain(const std::vector<std::string>& chain, Error error) {
  if (chain.size() == 1 || error.code == ErrorCode::Unreachable || error.code == ErrorCode::Stopped ||
      error.hint == kMendAliases) {
    return error;
  }
  error.what = fmt::format("the alias (CNAME) of {} leads nowhere ({}): {}", chain.front(), join(chain, " → "), error.what);
  error.hint = fmt::format("mend or remove the CNAME record of {}", chain[chain.size() - 2]);
  return error;
}

}  // namespace

std::vector<Result<Location>> ZoneFinder::locate(std::span<const std::string> names, const Effort& effort) {
  std::vector<Search> searches;
  searches.reserve(names.size());
  for (const std::string& name : names) searches.push_back({.chain = {name}, .place = {.name = name, .zone = {}}});
  const auto going = [&] {
    std::vector<Search*> left;
    for (Search& search : searches) {
      if (!search.outcome) left.push_back(&search);
    }
    return left;
  };
  for (std::size_t step = 0; step < kLongestChain && !going().empty(); ++step) {
    findZones(going(), effort);
    findServers(going(), effort);
    look(going(), effort);
    const auto by_wildcard = madeByWildcards(going(), effort);
    for (Search* search : going()) decide(*search, by_wildcard.contains(search));
  }
  std::vector<Result<Location>> places;
  places.reserve(searches.size());
  for (Search& search : searches) {
    if (!search.outcome) {
      search.fail({.code = ErrorCode::Refused,
                   .what = fmt::format("more than {} aliases or delegations: {}", kLongestChain, join(search.chain, " → ")),
                   .hint = kMendAliases});
    }
    if (!*search.outcome) search.fail(aboutChain(search.chain, search.outcome->error()));
    places.push_back(std::move(*search.outcome));
  }
  return places;
}

// The zone from which to descend: the closest one that is known, else what the recursive resolvers say about the parent.
void ZoneFinder::findZones(const std::vector<Search*>& searches, const Effort& effort) {
  const auto takeKnown = [&] {
    for (Search* search : searches) {
      if (search->place.zone.empty()) search->place.zone = known_.closestKnown(search->place.name);
    }
  };
  struct Walk {
    std::string at;
    std::vector<Search*> for_whom;
  };
  takeKnown();
  for (;;) {
    std::map<std::string, Walk> walks;  // by registered domain
    for (Search* search : searches) {
      if (!search->place.zone.empty() || search->outcome) continue;
      Walk& walk = walks[registeredDomainOf(search->place.name)];
      const std::string begin = whereToBegin(search->place.name);
      if (walk.at.empty() || begin.size() < walk.at.size()) walk.at = begin;
      walk.for_whom.push_back(search);
    }
    if (walks.empty()) return;
    const auto settle = [&](Walk& walk, const Result<std::string>& zone) {
      for (Search* search : walk.for_whom) {
        if (!zone) {
          search->fail(within(fmt::format("finding the zone of {}", search->place.name), zone.error()).error());
        } else if (isWithin(search->place.name, *zone)) {
          search->place.zone = *zone;
        }
      }
    };
    while (!walks.empty()) {
      std::vector<Lookup> lookups;
      for (const auto& [domain, walk] : walks) {
        lookups.push_back({.name = walk.at, .type = RecordType::Soa});
        lookups.push_back({.name = walk.at, .type = RecordType::Ns});  // mostly this is the zone: that saves a round
      }
      auto answers = lookUpAll(resolver_, lookups, effort);
      std::size_t next = 0;
      for (auto entry = walks.begin(); entry != walks.end(); next += 2) {
        Walk& walk = entry->second;
        const Result<Response>& soa = answers[next];
        const auto zone = soa ? zoneShown(*soa, walk.at) : std::nullopt;
        const std::string parent = parentOf(walk.at);
        if (soa && !zone && parent.contains('.')) {
          walk.at = parent;
          ++entry;
          continue;
        }
        if (zone == walk.at) known_.keepAnswer(walk.at, std::move(answers[next + 1]));
        if (zone) {
          settle(walk, *zone);
        } else {
          const Error none{.code = ErrorCode::Refused, .what = "no zone was found in DNS", .hint = kCheckSpelling};
          settle(walk, publicZoneOf(walk.for_whom.front()->place.name, soa ? none : soa.error(), effort));
        }
        entry = walks.erase(entry);
      }
    }
  }
}

// The resolvers show no zone, or nothing at all. A home network may have a view of its own, and the CA sees the public one.
Result<std::string> ZoneFinder::publicZoneOf(const std::string& name, Error failure, const Effort& effort) {
  std::vector<std::string> asked;
  if (const auto servers = resolver_.recursiveServers(effort)) {
    for (const Server& server : *servers) asked.push_back(server.text());
  }
  const auto view = publicViewOf(resolver_, http_, name, effort);
  if (view && !view->zone.empty() && !view->servers.empty()) {
    log_.warning(
        "{} shows no zone for {}, while the Internet sees {} at {} ({} says so): your network shows a view of its "
        "own; the public one is used. ACME_DNS_RESOLVERS=1.1.1.1,9.9.9.9 asks there first",
        join(asked, ", "), name, view->zone, view->hosts(), view->service);
    known_.keep(view->zone, view->servers);
    return view->zone;
  }
  if (failure.code != ErrorCode::Refused) return std::unexpected(std::move(failure));
  if (view) asked.push_back(view->service);
  failure.what += fmt::format(" (asked: {})", join(asked, ", "));
  return std::unexpected(std::move(failure));
}

void ZoneFinder::findServers(const std::vector<Search*>& searches, const Effort& effort) {
  std::set<std::string> zones;
  for (const Search* search : searches) zones.insert(search->place.zone);
  const auto failures = known_.find(zones, effort);
  for (Search* search : searches) {
    if (const auto failure = failures.find(search->place.zone); failure != failures.end()) search->fail(failure->second);
  }
}

Result<std::vector<NameServer>> ZoneFinder::serversOf(const std::string& zone, const Effort& effort) {
  const auto failures = known_.find({zone}, effort);
  if (!failures.empty()) return std::unexpected(failures.begin()->second);
  return known_.of(zone);
}

// A wildcard stands for every name that is not there (RFC 4592 section 2.2.1), so it gives a name nobody has thought of the
// same answer. `*.home.example CNAME` to a host with a changing address is common; nobody means the challenge by it.
std::set<ZoneFinder::Search*> ZoneFinder::madeByWildcards(const std::vector<Search*>& searches, const Effort& effort) {
  std::vector<Search> siblings;
  std::vector<Search*> originals;
  for (Search* search : searches) {
    if (search->outcome || search->finding.kind != Kind::Alias || search->chain.size() != 1) continue;
    const std::string sibling = hex(crypto::randomOctets(kNeverUsedOctets)) + "." + parentOf(search->place.name);
    siblings.push_back({.chain = {sibling}, .place = {.name = sibling, .zone = search->place.zone}});
    originals.push_back(search);
  }
  std::vector<Search*> asked;
  for (Search& sibling : siblings) asked.push_back(&sibling);
  look(asked, effort);
  std::set<Search*> made;
  for (std::size_t i = 0; i < siblings.size(); ++i) {
    if (siblings[i].finding.kind == Kind::Alias && siblings[i].finding.target == originals[i]->finding.target)
      made.insert(originals[i]);
  }
  return made;
}

void ZoneFinder::decide(Search& search, bool made_by_wildcard) {
  const Finding& finding = search.finding;
  Location& place = search.place;
  switch (finding.kind) {
    case Kind::Alias: {
      if (made_by_wildcard) {
        log_.info(
            "a wildcard makes {} an alias (CNAME) of {}: a record of its own comes before that, so it is written at {}",
            place.name, finding.target, place.name);
        search.outcome = registered(place);
        return;
      }
      const bool seen = std::ranges::contains(search.chain, finding.target);
      search.chain.push_back(finding.target);
      if (seen) {
        return search.fail({.code = ErrorCode::Refused,
                            .what = fmt::format("the aliases (CNAME) of {} go in a circle: {}", search.chain.front(),
                                                join(search.chain, " → ")),
                            .hint = kMendAliases});
      }
      log_.info("{} is an alias (CNAME) of {}: the record is written there", place.name, finding.target);
      place = {.name = finding.target, .zone = {}};
      return;
    }
    case Kind::Delegated: place.zone = finding.zone; return;
    case Kind::Here:
    case Kind::SomewhereIn:
    case Kind::Useless:
      place.zone = finding.zone;
      search.outcome = registered(place);
      return;
  }
}

}  // namespace sidecert::dns
