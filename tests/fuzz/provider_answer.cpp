// A definition and an answer together, parted by a zero octet: read, classified, its items selected, its values taken. In
// place of a definition a number stands for a shipped one.
#include "dns/providers/answer.h"

#include "base/text.h"
#include "dns/providers/classify.h"
#include "dns/providers/embedded.h"
#include "dns/providers/pager.h"
#include "input.h"

namespace {

using namespace sidecert;
using namespace sidecert::dns::providers;

constexpr std::size_t kEnoughItems = 100;

void read(const Definition& definition, const Step& step, const std::string& body) {
  Scope scope;
  scope.set("fqdn", "_acme-challenge.home.example");
  scope.set("zone", "home.example");
  scope.set("candidate", "home.example");
  const Format format = step.answers.value_or(definition.answers);
  for (const int status : {200, 404}) {
    const Answer answer = readAnswer({status, {{"Link", "</next>; rel=\"next\""}}, body, ""}, format, definition.page_end);
    fuzz::promise(!toString(classify(step.outcomes, definition.outcomes, answer, scope)).empty());
    std::vector<Value> items;
    if (const auto* pattern = step.items ? std::get_if<TextPattern>(&*step.items) : nullptr) {
      static_cast<void>(pattern->findAll(body));
    } else {
      items = selectItems(answer.tree, step.items ? std::get<ValuePath>(*step.items) : ValuePath{});
    }
    Pager pager(step.pages ? &*step.pages : nullptr);
    static_cast<void>(pager.advance(answer, items.size()));
    if (items.size() > kEnoughItems) items.resize(kEnoughItems);
    for (const Value& item : items) {
      static_cast<void>(holdsFor(step.where, item, scope));
      for (const auto& [name, source] : step.capture) static_cast<void>(captured(source, answer, item, scope));
      if (step.name) static_cast<void>(valueAt(item, *step.name, &scope));
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::textOf(data, size);
  const auto end = text.find('\0');
  if (end == std::string_view::npos) return 0;
  const auto number = parseNumber(text.substr(0, end));
  const auto shipped = embeddedDefinitions();
  const auto definition = loadDefinition(number ? shipped[*number % shipped.size()].text : text.substr(0, end), "mine.json");
  if (!definition) return 0;
  const std::string body(text.substr(end + 1));
  const ZoneLookup& zone = definition->zone;
  for (const auto* step : {&zone.walk, &zone.list, &zone.ask}) {
    if (*step) read(*definition, **step, body);
  }
  if (definition->records && definition->records->list) read(*definition, *definition->records->list, body);
  if (definition->set) read(*definition, definition->set->read, body);
  return 0;
}
