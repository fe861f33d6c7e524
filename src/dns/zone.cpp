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

namespace sidecert::dns {

using Kind = Finding::Kind;

/// One name on its way to where its record is written.
struct ZoneFinder::Search {
  std::vector<std::string> chain;  // the name and the aliases after it
  Location place;                  // so far; without a zone, it has to be found
  Finding finding;                 // about `place`
  Server heard_from;               // who said so
  std::optional<Result<Location>> outcome;

  void fail(Error error) { outcome = std::unexpected(std::move(error)); }
};

namespace {

constexpr Duration kAuthorityLimit{3000};
constexpr std::size_t kLongestChain = 10;  // aliases and delegations followed for one name
constexpr std::size_t kNeverUsedOctets = 12;
constexpr std::size_t kServersAskedOnce = 4;  // a zone whose first servers are all silent is asked for elsewhere
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
        const Result<Answer>& soa = answers[next];
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

void ZoneFinder::look(const std::vector<Search*>& searches, const Effort& effort) {
  for (Search* search : searches)
    search->finding = {.kind = Kind::Useless, .target = {}, .zone = search->place.zone, .servers = {}, .glue = {}};
  askAuthorities(searches, effort);
  askForCuts(searches, effort);
  enterDelegations(searches, effort);
  askResolvers(searches, effort);
}

// Each round asks one more server of each zone, and only for the names of which nothing is known yet.
void ZoneFinder::askAuthorities(const std::vector<Search*>& searches, const Effort& effort) {
  std::map<std::string, std::vector<NameServer>> turns;
  std::set<std::string> heard;
  for (const Search* search : searches) {
    const std::string& zone = search->place.zone;
    if (search->outcome || unheard_.contains(zone) || turns.contains(zone)) continue;
    std::vector<NameServer>& turn = turns[zone];
    for (const NameServer& server : known_.of(zone)) {
      if (turn.size() < kServersAskedOnce && resolver_.hasRoute(server.server)) turn.push_back(server);
    }
  }
  for (std::size_t round = 0; round < kServersAskedOnce; ++round) {
    std::vector<Query> queries;
    std::vector<Search*> asking;
    for (Search* search : searches) {
      const auto turn = turns.find(search->place.zone);
      if (search->outcome || search->finding.kind != Kind::Useless || turn == turns.end()) continue;
      if (round >= turn->second.size()) continue;
      queries.push_back({.server = turn->second[round].server, .name = search->place.name, .type = RecordType::Txt});
      asking.push_back(search);
    }
    const auto answers = answersTo(resolver_, queries, kAuthorityLimit, effort);
    for (std::size_t i = 0; i < queries.size(); ++i) {
      if (!answers[i]) continue;
      Finding finding = read(*answers[i], queries[i].name, asking[i]->place.zone, true);
      if (finding.kind == Kind::Useless) continue;
      if (finding.kind == Kind::Delegated) finding.glue = answers[i]->additional;
      const std::string& zone = asking[i]->place.zone;
      if (heard.insert(zone).second) {
        // Who answers well is asked first next time.
        auto& servers = known_.of(zone);
        const auto good = std::ranges::find(servers, queries[i].server, &NameServer::server);
        std::ranges::rotate(servers.begin(), good, good + 1);
      }
      asking[i]->finding = std::move(finding);
      asking[i]->heard_from = queries[i].server;
    }
  }
  // A hundred names need not wait for the same silence.
  for (const auto& [zone, turn] : turns) {
    if (!heard.contains(zone)) unheard_.insert(zone);
  }
}

// A value is there already, so no SOA came with it; one server may hold both sides of a zone cut.
void ZoneFinder::askForCuts(const std::vector<Search*>& searches, const Effort& effort) {
  std::vector<Query> queries;
  std::vector<Search*> asking;
  for (Search* search : searches) {
    if (search->outcome || search->finding.kind != Kind::SomewhereIn) continue;
    queries.push_back({.server = search->heard_from, .name = search->place.name, .type = RecordType::Soa});
    asking.push_back(search);
  }
  const auto answers = answersTo(resolver_, queries, kAuthorityLimit, effort);
  for (std::size_t i = 0; i < queries.size(); ++i) {
    if (!answers[i]) continue;
    const Location& place = asking[i]->place;
    if (!dataOf(answers[i]->answers, RecordType::Soa, place.name).empty()) {
      asking[i]->finding.zone = place.name;
    } else if (const Finding cut = read(*answers[i], place.name, place.zone, true); cut.kind == Kind::Here) {
      asking[i]->finding = cut;
    }
  }
}

void ZoneFinder::enterDelegations(const std::vector<Search*>& searches, const Effort& effort) {
  std::map<std::string, Delegation> below;
  for (const Search* search : searches) {
    const Finding& finding = search->finding;
    if (search->outcome || finding.kind != Kind::Delegated || known_.know(finding.zone)) continue;
    below.try_emplace(finding.zone, Delegation{.zone = finding.zone, .hosts = finding.servers, .glue = finding.glue});
  }
  std::vector<Delegation> delegations;
  for (auto& [zone, delegation] : below) delegations.push_back(std::move(delegation));
  const auto failures = known_.find(delegations, effort);
  for (Search* search : searches) {
    const auto failure = failures.find(search->finding.zone);
    if (search->outcome || search->finding.kind != Kind::Delegated || failure == failures.end()) continue;
    search->fail(within(fmt::format("the delegation of {}", failure->first), failure->second).error());
  }
}

// Port 53 may be closed or intercepted on the way to strangers: then the recursive resolvers know what can be known.
void ZoneFinder::askResolvers(const std::vector<Search*>& searches, const Effort& effort) {
  std::vector<Lookup> lookups;
  std::vector<Search*> asking;
  for (Search* search : searches) {
    if (search->outcome || search->finding.kind != Kind::Useless) continue;
    log_.debug("no name server of {} gives an authoritative answer about {}: asking the resolvers", search->place.zone,
               search->place.name);
    lookups.push_back({.name = search->place.name, .type = RecordType::Txt});
    asking.push_back(search);
  }
  const auto answers = lookUpAll(resolver_, lookups, effort);
  for (std::size_t i = 0; i < lookups.size(); ++i) {
    if (answers[i]) {
      asking[i]->finding = read(*answers[i], lookups[i].name, asking[i]->place.zone, false);
    } else {
      asking[i]->fail(within(fmt::format("looking at {}", lookups[i].name), answers[i].error()).error());
    }
  }
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
