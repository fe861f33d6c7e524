// Which facts the log has said. File: facts.json in the data folder. Since when a fact is so stands here too.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "app/plan/facts.h"
#include "base/ports.h"
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

[[nodiscard]] Result<SaidFacts> loadSaid(const Ports&, const Path& data);
[[nodiscard]] Result<> saveSaid(const Ports&, const Path& data, const SaidFacts&);

/// What is noted of facts that are said now.
[[nodiscard]] SaidFacts asSaid(const std::vector<Fact>&);

}  // namespace sidecert::app
