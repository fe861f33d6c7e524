#include "dns/publisher.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/lanes.h"
#include "base/text.h"
#include "dns/alias.h"

namespace sidecert::dns {
namespace {

constexpr std::size_t kMostLanes = 16;
constexpr Duration kRemovalLimit = std::chrono::minutes(15);  // a slow pace and a hundred names

enum class Change { Add, Remove };

// What one call of a provider is about.
struct Batch {
  Provider* provider = nullptr;
  std::string zone;
  std::vector<TxtRecord> records;
  Result<> outcome;
};

std::string namesOf(const std::vector<TxtRecord>& records) {
  std::map<std::string, int> values;
  for (const TxtRecord& record : records) ++values[record.name];
  std::vector<std::string> texts;
  texts.reserve(values.size());
  for (const auto& [name, count] : values) texts.push_back(count == 1 ? name : fmt::format("{} ({} values)", name, count));
  return join(texts, ", ");
}

void perform(Batch& batch, Change change, const Effort& effort, const Log& log) {
  const bool add = change == Change::Add;
  batch.outcome = add ? batch.provider->add(batch.zone, batch.records, effort)
                      : batch.provider->remove(batch.zone, batch.records, effort);
  if (batch.outcome) {
    log.info("{} TXT for {} {} {}", add ? "added" : "removed", namesOf(batch.records), add ? "at" : "from",
             batch.provider->title());
  } else {
    batch.outcome = within(fmt::format("{} TXT for {} {} {}", add ? "adding" : "removing", namesOf(batch.records),
                                       add ? "at" : "from", batch.provider->title()),
                           batch.outcome.error());
  }
}

// Zones side by side where the provider allows it; providers side by side always.
Result<> performAll(std::vector<Batch>& batches, Change change, const Effort& effort, const Log& log) {
  std::map<Provider*, std::vector<Batch*>> in_turn;
  std::vector<std::vector<Batch*>> lanes;
  for (Batch& batch : batches) {
    if (batch.provider->worksInParallel()) {
      lanes.push_back({&batch});
    } else {
      in_turn[batch.provider].push_back(&batch);
    }
  }
  for (auto& [provider, lane] : in_turn) lanes.push_back(std::move(lane));
  const auto ran = runInLanes(lanes.size(), kMostLanes, [&](std::size_t i) {
    for (Batch* batch : lanes[i]) perform(*batch, change, effort, log);
    return Result<>();
  });
  for (const Batch& batch : batches) {
    if (!batch.outcome) return batch.outcome;
  }
  return firstFailure(ran);
}

// Batches by provider and zone, in the order of the placements. `failure` keeps the first name no provider is there for.
std::vector<Batch> batchesOf(std::span<const Placement> placements, const ProviderFor& provider_for,
                             std::optional<Error>& failure) {
  std::vector<Batch> batches;
  for (const Placement& placement : placements) {
    const auto provider = provider_for(placement.record.name);
    if (!provider) {
      if (!failure) failure = provider.error();
      continue;
    }
    auto batch =
        std::ranges::find_if(batches, [&](const Batch& b) { return b.provider == *provider && b.zone == placement.zone; });
    if (batch == batches.end()) {
      batches.push_back({.provider = *provider, .zone = placement.zone, .records = {}, .outcome = {}});
      batch = batches.end() - 1;
    }
    if (!std::ranges::contains(batch->records, placement.record)) batch->records.push_back(placement.record);
  }
  return batches;
}

}  // namespace

Result<std::vector<Placement>> Publisher::place(std::span<const TxtRecord> wished, const Effort& effort) {
  std::map<std::string, Location> found;
  std::set<std::string> checked;
  std::vector<Placement> placements;
  for (const TxtRecord& wish : wished) {
    if (auto going = effort.check("looking for the zones"); !going) return std::unexpected(going.error());
    const auto name = aliased(
        wish.name,
        {.challenge_alias = options_.challenge_alias, .domain_alias = options_.domain_alias, .domains = options_.domains});
    if (!name) return std::unexpected(name.error());
    if (!found.contains(*name)) {
      auto location = zones_.locate(*name, effort);
      if (!location) return std::unexpected(location.error());
      found.emplace(*name, std::move(*location));
    }
    const Location& location = found.at(*name);
    if (*name != wish.name && checked.insert(wish.name).second) checkAlias(wish.name, *name, location, effort);
    placements.push_back({.record = {.name = location.name, .value = wish.value}, .zone = location.zone});
  }
  return placements;
}

// The CA looks at `name`: without a CNAME there it finds nothing, and the order is lost. Only the owner can add one.
void Publisher::checkAlias(const std::string& name, const std::string& alias, const Location& written,
                           const Effort& effort) {
  const auto seen = zones_.locate(name, effort);
  if (seen && seen->name == written.name) return;
  ports_.log.warning("{} is no alias (CNAME) of {}: the CA will not find the record there{}", name, alias,
                     seen ? fmt::format("; add \"{} CNAME {}\" where the zone {} is hosted", name, alias, seen->zone)
                          : ": " + describe(seen.error()));
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
  return performAll(batches, Change::Add, effort, ports_.log);
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
  std::chrono::seconds usual_limit = kUsualLimit;
  for (const Placement& placement : placements) {
    WatchedZone& zone = watched[placement.zone];
    zone.expected[placement.record.name].insert(placement.record.value);
    if (const auto provider = provider_for_(placement.record.name)) {
      settle = std::max(settle, (*provider)->settle());
      usual_limit = std::max(usual_limit, (*provider)->publishesWithin());
    }
  }
  std::vector<WatchedZone> zones;
  for (auto& [zone, watch] : watched) {
    auto servers = zones_.serversOf(zone, effort);
    if (!servers) return std::unexpected(servers.error());
    watch.zone = zone;
    watch.servers = std::move(*servers);
    zones.push_back(std::move(watch));
  }
  const auto ttl = awaitEverywhere(resolver_, std::move(zones), options_.limit.value_or(usual_limit), effort, ports_);
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
      return within("looking whether TXT records could be added at " + batch.provider->title(), seen.error());
  }
  return {};
}

Result<> Publisher::withdraw(std::span<const Placement> placements) {
  std::optional<Error> failure;
  std::vector<Batch> batches = batchesOf(placements, provider_for_, failure);
  const auto cleanUp = [&] {
    return performAll(batches, Change::Remove, Effort::within(ports_.clock, kCleanUpLimit, {}), ports_.log);
  };
  Result<> removed = ports_.stop.stop_requested()
                         ? cleanUp()
                         : performAll(batches, Change::Remove, ports_.effort(kRemovalLimit), ports_.log);
  if (!removed && removed.error().code == ErrorCode::Stopped) removed = cleanUp();
  if (!removed) return removed;
  if (failure) return std::unexpected(*failure);
  return {};
}

}  // namespace sidecert::dns
