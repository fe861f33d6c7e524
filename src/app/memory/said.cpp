#include "app/memory/said.h"

#include "state/document.h"

namespace sidecert::app {
namespace {

Path saidPath(const Path& data) {
  return data / "facts.json";
}

}  // namespace

Result<SaidFacts> loadSaid(const Ports& ports, const Path& data) {
  auto document = state::readDocument(ports, saidPath(data));
  if (!document) return std::unexpected(document.error());
  SaidFacts said;
  if (!*document) return said;
  const state::Json facts = state::object(**document, "facts");
  for (const auto& [key, fact] : facts.items()) {
    said[key] = {.value = state::text(fact, "value"),
                 .subject = state::text(fact, "subject"),
                 .since = state::time(fact, "since").value_or(ports.clock.now())};
  }
  return said;
}

Result<> saveSaid(const Ports& ports, const Path& data, const SaidFacts& said) {
  state::Json facts = state::Json::object();
  for (const auto& [key, fact] : said)
    facts[key] = {{"value", fact.value}, {"subject", fact.subject}, {"since", toIso(fact.since)}};
  return state::writeDocument(ports.files, saidPath(data), state::Json{{"facts", std::move(facts)}});
}

SaidFacts asSaid(const std::vector<Fact>& facts) {
  SaidFacts said;
  for (const Fact& fact : facts)
    said[fact.key()] = {.value = fact.value, .subject = fact.subject, .since = fact.since.value_or(TimePoint{})};
  return said;
}

}  // namespace sidecert::app
