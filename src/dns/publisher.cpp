#include "dns/publisher.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/text.h"
#include "dns/alias.h"
#include "dns/batches.h"

namespace sidecert::dns {
namespace {

constexpr Duration kOwnViewLimit{2000};
constexpr Duration kRemovalLimit = std::chrono::minutes(15);  // a slow pace and a hundred names

}  // namespace

/// A wish whose record is written under an alias of the owner's.
struct Publisher::Written {
  std::string name;   // where the CA looks
  std::string alias;  // where the owner says it is written
  Location place;     // where that is
};

Result<std::vector<Placement>> Publisher::place(std::span<const TxtRecord> wished, const Effort& effort) {
  std::vector<std::string> names;  // of the wishes, aliases of the owner's followed
  for (const TxtRecord& wish : wished) {
    auto name = aliased(
        wish.name,
        {.challenge_alias = options_.challenge_alias, .domain_alias = options_.domain_alias, .domains = options_.domains});
    if (!name) return std::unexpected(name.error());
    names.push_back(std::move(*name));
  }
  const std::set<std::string> distinct(names.begin(), names.end());
  const std::vector<std::string> asked(distinct.begin(), distinct.end());
  const auto located = zones_.locate(asked, effort);
  std::map<std::string, Location> found;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (auto going = effort.check("looking for the zones"); !going) return std::unexpected(going.error());
    if (!located[i]) return std::unexpected(located[i].error());
    found.emplace(asked[i], *located[i]);
  }
  std::vector<Placement> placements;
  std::map<std::string, Written> written;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Location& place = found.at(names[i]);
    if (names[i] != wished[i].name) written.try_emplace(wished[i].name, Written{wished[i].name, names[i], place});
    placements.push_back({.record = {.name = place.name, .value = wished[i].value}, .zone = place.zone});
  }
  std::vector<Written> aliases;
  for (auto& [name, one] : written) aliases.push_back(std::move(one));
  checkAliases(aliases, effort);
  compareViews(placements, effort);
  return placements;
}

// The CA looks at the wish's own name: without a CNAME there it finds nothing, and the order is lost. Only the owner can add
// one.
void Publisher::checkAliases(std::span<const Written> aliases, const Effort& effort) {
  std::vector<std::string> names;
  for (const Written& one : aliases) names.push_back(one.name);
  const auto seen = zones_.locate(names, effort);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Written& one = aliases[i];
    if (seen[i] && seen[i]->name == one.place.name) continue;
    ports_.log.warning(
        "{} is no alias (CNAME) of {}: the CA will not find the record there{}", one.name, one.alias,
        seen[i] ? fmt::format("; add \"{} CNAME {}\" where the zone {} is hosted", one.name, one.alias, seen[i]->zone)
                : ": " + describe(seen[i].error()));
  }
}

// Name servers with private addresses are those of the home network's own view. What the Internet sees is asked at once, for
// a CA out there will look at that.
void Publisher::compareViews(const std::vector<Placement>& placements, const Effort& effort) {
  for (const Placement& placement : placements) {
    const std::string& zone = placement.zone;
    const auto servers = zones_.serversOf(zone, effort);
    if (views_.contains(zone) || !servers || !allPrivate(*servers)) continue;
    auto view = publicViewOf(resolver_, ports_.http, placement.record.name, effort);
    if (!view) {
      ports_.log.warning(
          "the name servers of {} have private addresses here ({}), and nobody could be asked what the Internet "
          "sees: {}",
          zone, servers->front().text(), view.error().what);
      views_.emplace(zone, PublicView{});
      continue;
    }
    if (view->servers.empty() || allPrivate(view->servers)) {
      ports_.log.warning(
          "the name servers of {} have private addresses ({}), and the Internet knows no zone of {}: only a CA "
          "within your network can look there",
          zone, servers->front().text(), placement.record.name);
    } else {
      ports_.log.warning(
          "your network shows a view of its own (split horizon) of {}: the zone {} at {}; the Internet sees the "
          "zone {} at {}",
          placement.record.name, zone, servers->front().text(), view->zone, view->hosts());
    }
    views_.emplace(zone, std::move(*view));
  }
}

// Where a network has a view of its own, the record stands in one of the two: in the public one, unless the owner's own
// server shows it by now.
std::vector<NameServer> Publisher::whereToLook(const WatchedZone& watched, const Effort& effort) {
  const auto view = views_.find(watched.zone);
  if (view == views_.end() || !allPrivate(watched.servers) || view->second.servers.empty() ||
      allPrivate(view->second.servers))
    return watched.servers;
  const auto& [name, values] = *watched.expected.begin();
  std::vector<Query> queries;
  for (const NameServer& server : watched.servers)
    queries.push_back({.server = server.server, .name = name, .type = RecordType::Txt});
  for (const auto& answer : answersTo(resolver_, queries, kOwnViewLimit, effort)) {
    if (!answer) continue;
    const auto shown = dataOf(answer->answers, RecordType::Txt, name);
    if (std::ranges::any_of(shown, [&](const std::string& value) { return values.contains(value); })) return watched.servers;
  }
  ports_.log.info("the records of {} are looked for where the Internet sees them: at {}", watched.zone,
                  view->second.hosts());
  return view->second.servers;
}

// A provider that does not have the zone this network shows may have the one the Internet shows.
Error Publisher::explained(Error error, const std::string& zone, const std::string& name, const Effort& effort) {
  if (error.code != ErrorCode::Refused) return error;
  if (!views_.contains(zone)) {
    const auto servers = zones_.serversOf(zone, effort);
    if (!servers || std::ranges::all_of(*servers, [](const NameServer& one) { return isOwnAddress(one.server.address); }))
      return error;
    views_.emplace(zone, publicViewOf(resolver_, ports_.http, name, effort).value_or(PublicView{}));
  }
  const PublicView& view = views_.at(zone);
  if (view.zone.empty() || view.zone == zone) return error;
  error.what += fmt::format("; your network shows the zone {} for {}, while the Internet sees {}", zone, name, view.zone);
  error.hint +=
      fmt::format("{}set ACME_DNS_RESOLVERS=1.1.1.1,9.9.9.9 to see what the Internet sees", error.hint.empty() ? "" : "; ");
  return error;
}

Result<std::vector<Placement>> Publisher::together(std::span<const Placement> placements, const Effort& effort) {
  std::optional<Error> failure;
  std::vector<Placement> chosen;
  for (const Batch& batch : batchesOf(placements, provider_for_, failure)) {
    for (TxtRecord& record : batch.provider->together(batch.zone, batch.records, effort))
      chosen.push_back({.record = std::move(record), .zone = batch.zone});
  }
  if (failure) return std::unexpected(*failure);
  return chosen;
}

Result<> Publisher::add(std::span<const Placement> placements, const Effort& effort) {
  std::optional<Error> failure;
  std::vector<Batch> batches = batchesOf(placements, provider_for_, failure);
  if (failure) return std::unexpected(*failure);
  if (auto going = effort.check("adding the TXT records"); !going) return going;
  if (auto added = performAll(batches, RecordChange::Add, [&](const Batch&) { return effort; }, ports_.log); !added) {
    const auto failed = std::ranges::find_if(batches, [](const Batch& batch) { return !batch.outcome; });
    if (failed == batches.end()) return added;
    return std::unexpected(explained(added.error(), failed->zone, failed->records.front().name, effort));
  }
  return {};
}

Result<std::chrono::seconds> Publisher::awaitVisible(std::span<const Placement> placements, const Effort& effort) {
  if (placements.empty()) return std::chrono::seconds(0);
  const auto wait = [&](std::chrono::seconds time) -> Result<> {
    return effort.pause(time, "waiting for the name servers");
  };
  if (options_.fixed_wait) {
    ports_.log.info("waiting {} as ACME_DNSSLEEP says, without looking at the name servers", toWords(*options_.fixed_wait));
    return wait(*options_.fixed_wait).transform([] { return kUnknownTtl; });
  }
  std::map<std::string, WatchedZone> watched;
  std::chrono::seconds settle{0};
  std::chrono::seconds limit = options_.limit;
  for (const Placement& placement : placements) {
    WatchedZone& zone = watched[placement.zone];
    zone.expected[placement.record.name].insert(placement.record.value);
    if (const auto provider = provider_for_(placement.record.name)) {
      settle = std::max(settle, (*provider)->settle());
      if (options_.slow_providers_take_longer) limit = std::max(limit, (*provider)->publishesWithin());
    }
  }
  std::vector<WatchedZone> zones;
  for (auto& [zone, watch] : watched) {
    auto servers = zones_.serversOf(zone, effort);
    if (!servers) return std::unexpected(servers.error());
    watch.zone = zone;
    watch.servers = std::move(*servers);
    watch.servers = whereToLook(watch, effort);
    zones.push_back(std::move(watch));
  }
  const auto ttl = awaitEverywhere(resolver_, std::move(zones), limit, effort, ports_);
  if (!ttl || settle.count() == 0) return ttl;
  ports_.log.info("all name servers agree; waiting {} more, as this provider needs", toWords(settle));
  return wait(settle).transform([&] { return *ttl; });
}

Result<> Publisher::look(std::span<const Placement> placements, const Effort& effort) {
  std::optional<Error> failure;
  std::vector<Batch> batches = batchesOf(placements, provider_for_, failure);
  if (failure) return std::unexpected(*failure);
  for (Batch& batch : batches) {
    if (auto going = effort.check("looking at the DNS providers"); !going) return going;
    if (auto seen = batch.provider->look(batch.zone, batch.records, effort); !seen)
      return within("looking whether TXT records could be added at " + batch.provider->title(),
                    explained(seen.error(), batch.zone, batch.records.front().name, effort));
  }
  return {};
}

Result<> Publisher::withdraw(std::span<const Placement> placements) {
  std::optional<Error> failure;
  std::vector<Batch> batches = batchesOf(placements, provider_for_, failure);
  const auto cleanUp = [&] {
    std::map<const Provider*, Effort> efforts;  // one for all zones of a provider
    for (const Batch& batch : batches) {
      const bool silent = batch.provider->silent();
      efforts.try_emplace(batch.provider, Effort::within(ports_.clock, silent ? kSilentCleanUpLimit : kCleanUpLimit, {}));
      if (silent)
        ports_.log.warning("{} was silent when the stop came: it has {} to remove TXT for {}", batch.provider->title(),
                           toWords(kSilentCleanUpLimit), namesOf(batch.records));
    }
    return performAll(
        batches, RecordChange::Remove, [&](const Batch& batch) { return efforts.at(batch.provider); }, ports_.log);
  };
  Effort usual = ports_.effort(kRemovalLimit);
  Result<> removed = ports_.stop.stop_requested()
                         ? cleanUp()
                         : performAll(batches, RecordChange::Remove, [&](const Batch&) { return usual; }, ports_.log);
  if (!removed && removed.error().code == ErrorCode::Stopped) removed = cleanUp();
  if (!removed) return removed;
  if (failure) return std::unexpected(*failure);
  return {};
}

}  // namespace sidecert::dns
