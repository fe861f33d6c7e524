// Calls of DNS providers: the records of one provider and one zone together, and several of them side by side.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/effort.h"
#include "base/log.h"
#include "base/result.h"
#include "dns/provider.h"
#include "dns/publisher.h"

namespace sidecert::dns {

enum class RecordChange { Add, Remove };

// What one call of a provider is about.
struct Batch {
  Provider* provider = nullptr;
  std::string zone;
  std::vector<TxtRecord> records;
  Result<> outcome;
};

/// Zones side by side where the provider allows it; providers side by side always.
/// @returns all that failed, in one story; each batch holds its own.
[[nodiscard]] Result<> performAll(std::vector<Batch>&, RecordChange, const std::function<Effort(const Batch&)>& effort_for,
                                  const Log&);

/// "_acme-challenge.home.example (2 values), _acme-challenge.shop.example".
[[nodiscard]] std::string namesOf(const std::vector<TxtRecord>&);

/// By provider and zone, in the order of the placements. `failure` keeps the first name no provider is there for.
[[nodiscard]] std::vector<Batch> batchesOf(std::span<const Placement>, const ProviderFor&, std::optional<Error>& failure);

}  // namespace sidecert::dns
