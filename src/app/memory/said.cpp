#include "app/memory/said.h"

#include "state/document.h"

namespace sidecert::app {
namespace {

constexpr const char* kFactsKey = "facts";

}  // namespace

Result<SaidFacts> loadSaid(const Memory& memory) {
  auto document = state::read(*memory.store, kFactsKey);
  if (!document) return std::unexpected(document.error());
  SaidFacts said;
  if (!*document) return said;
  const state::Json facts = state::object(**document, "facts");
  for (const auto& [key, fact] : facts.items()) {
    said[key] = {.value = state::text(fact, "value"),
                 .subject = state::text(fact, "subject"),
                 .since = state::time(fact, "since").value_or(TimePoint{})};
  }
  return said;
}

Result<> saveSaid(const Memory& memory, const SaidFacts& said) {
  state::Json facts = state::Json::object();
  for (const auto& [key, fact] : said)
    facts[key] = {{"value", fact.value}, {"subject", fact.subject}, {"since", toIso(fact.since)}};
  return state::write(*memory.store, kFactsKey, state::Json{{"facts", std::move(facts)}});
}

SaidFacts asSaid(const std::vector<Fact>& facts) {
  SaidFacts said;
  for (const Fact& fact : facts)
    said[fact.key()] = {.value = fact.value, .subject = fact.subject, .since = fact.since.value_or(TimePoint{})};
  return said;
}

}  // namespace sidecert::app
