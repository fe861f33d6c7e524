#include "dns/batches.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/lanes.h"
#include "base/text.h"

namespace sidecert::dns {
namespace {

constexpr std::size_t kMostLanes = 16;

void perform(Batch& batch, RecordChange change, const Effort& effort, const Log& log) {
  const bool add = change == RecordChange::Add;
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

// Everything that failed, in one story.
Result<> outcomeOf(const std::vector<Batch>& batches) {
  Result<> outcome;
  for (const Batch& batch : batches) {
    if (batch.outcome) continue;
    if (outcome) {
      outcome = batch.outcome;
    } else if (batch.outcome.error().code != ErrorCode::Stopped) {
      outcome.error().what += "; " + batch.outcome.error().what;
    }
  }
  return outcome;
}

}  // namespace

std::string namesOf(const std::vector<TxtRecord>& records) {
  std::map<std::string, int> values;
  for (const TxtRecord& record : records) ++values[record.name];
  std::vector<std::string> texts;
  texts.reserve(values.size());
  for (const auto& [name, count] : values) texts.push_back(count == 1 ? name : fmt::format("{} ({} values)", name, count));
  return join(texts, ", ");
}

Result<> performAll(std::vector<Batch>& batches, RecordChange change, const std::function<Effort(const Batch&)>& effort_for,
                    const Log& log) {
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
    for (Batch* batch : lanes[i]) perform(*batch, change, effort_for(*batch), log);
    return Result<>();
  });
  if (auto outcome = outcomeOf(batches); !outcome) return outcome;
  return firstFailure(ran);
}

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

}  // namespace sidecert::dns
