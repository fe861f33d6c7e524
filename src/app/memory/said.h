// Which facts the log has said. Document: facts. Since when a fact is so stands here too.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "app/memory/memory.h"
#include "app/plan/facts.h"
#include "base/result.h"

namespace sidecert::app {

struct SaidFact {
  std::string value;
  std::string subject;
  TimePoint since;
  bool operator==(const SaidFact&) const = default;
};

/// By the facts' keys.
using SaidFacts = std::map<std::string, SaidFact>;

[[nodiscard]] Result<SaidFacts> loadSaid(const Memory&);
[[nodiscard]] Result<> saveSaid(const Memory&, const SaidFacts&);

/// What is noted of facts that are said now.
[[nodiscard]] SaidFacts asSaid(const std::vector<Fact>&);

}  // namespace sidecert::app
