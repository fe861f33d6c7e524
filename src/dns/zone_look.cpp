// One look at where names lie: their zones' own servers are asked, and the resolvers where those cannot be.
#include <fmt/core.h>

#include <algorithm>

#include "dns/zone_search.h"

namespace sidecert::dns {
namespace {

constexpr Duration kAuthorityLimit{3000};
constexpr std::size_t kServersAskedOnce = 4;  // a zone whose first servers are all silent is asked for elsewhere

}  // namespace

void ZoneFinder::look(const std::vector<Search*>& searches, const Effort& effort) {
  for (Search* search : searches)
    search->finding = {.kind = Finding::Kind::Useless, .target = {}, .zone = search->place.zone, .servers = {}, .glue = {}};
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
      if (search->outcome || search->finding.kind != Finding::Kind::Useless || turn == turns.end()) continue;
      if (round >= turn->second.size()) continue;
      queries.push_back({.server = turn->second[round].server, .name = search->place.name, .type = RecordType::Txt});
      asking.push_back(search);
    }
    const auto answers = answersTo(resolver_, queries, kAuthorityLimit, effort);
    for (std::size_t i = 0; i < queries.size(); ++i) {
      if (!answers[i]) continue;
      Finding finding = read(*answers[i], queries[i].name, asking[i]->place.zone, true);
      if (finding.kind == Finding::Kind::Useless) continue;
      if (finding.kind == Finding::Kind::Delegated) finding.glue = answers[i]->additional;
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
    if (search->outcome || search->finding.kind != Finding::Kind::SomewhereIn) continue;
    queries.push_back({.server = search->heard_from, .name = search->place.name, .type = RecordType::Soa});
    asking.push_back(search);
  }
  const auto answers = answersTo(resolver_, queries, kAuthorityLimit, effort);
  for (std::size_t i = 0; i < queries.size(); ++i) {
    if (!answers[i]) continue;
    const Location& place = asking[i]->place;
    if (!dataOf(answers[i]->answers, RecordType::Soa, place.name).empty()) {
      asking[i]->finding.zone = place.name;
    } else if (const Finding cut = read(*answers[i], place.name, place.zone, true); cut.kind == Finding::Kind::Here) {
      asking[i]->finding = cut;
    }
  }
}

void ZoneFinder::enterDelegations(const std::vector<Search*>& searches, const Effort& effort) {
  std::map<std::string, Delegation> below;
  for (const Search* search : searches) {
    const Finding& finding = search->finding;
    if (search->outcome || finding.kind != Finding::Kind::Delegated || known_.know(finding.zone)) continue;
    below.try_emplace(finding.zone, Delegation{.zone = finding.zone, .hosts = finding.servers, .glue = finding.glue});
  }
  std::vector<Delegation> delegations;
  for (auto& [zone, delegation] : below) delegations.push_back(std::move(delegation));
  const auto failures = known_.find(delegations, effort);
  for (Search* search : searches) {
    const auto failure = failures.find(search->finding.zone);
    if (search->outcome || search->finding.kind != Finding::Kind::Delegated || failure == failures.end()) continue;
    search->fail(within(fmt::format("the delegation of {}", failure->first), failure->second).error());
  }
}

// Port 53 may be closed or intercepted on the way to strangers: then the recursive resolvers know what can be known.
void ZoneFinder::askResolvers(const std::vector<Search*>& searches, const Effort& effort) {
  std::vector<Lookup> lookups;
  std::vector<Search*> asking;
  for (Search* search : searches) {
    if (search->outcome || search->finding.kind != Finding::Kind::Useless) continue;
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

}  // namespace sidecert::dns
