#include "dns/providers/models.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "dns/name.h"

namespace sidecert::dns::providers {

std::string zoneOf(const Scope& scope) {
  const Value* zone = scope.find("zone");
  return zone ? toAscii(toText(*zone)).value_or(toText(*zone)) : "";
}

void describeName(const Definition& definition, Scope& into, const std::string& fqdn) {
  const std::string zone = zoneOf(into);
  const std::string relative = relativeTo(fqdn, zone);
  const Value* spelled = into.find("zone");
  const bool respelled = spelled && toText(*spelled) != zone;
  into.set("fqdn", !respelled ? fqdn : relative == "@" ? toText(*spelled) : relative + "." + toText(*spelled));
  into.set("relative", relative == "@" ? definition.apex : relative);
}

bool isName(const Value& shown, const std::string& fqdn, const std::string& zone) {
  std::string name = lower(toText(shown));
  if (name.ends_with('.')) name.pop_back();
  const std::string relative = relativeTo(fqdn, zone);
  if (name == fqdn || name == relative || (relative == "@" && name.empty())) return true;
  const auto ascii = toAscii(name);
  return ascii && (*ascii == fqdn || *ascii == relative);
}

bool saysMissing(const Definition& definition, const Steps& steps, const Reply& reply, const Scope& scope) {
  const auto says = [&](const Outcomes& outcomes) {
    return holds(outcomes.missing, reply.answer.response, reply.answer.tree, scope);
  };
  return says(definition.outcomes) || std::ranges::any_of(steps, [&](const Step& step) { return says(step.outcomes); });
}

void noteAbsent(const Ports& ports, std::span<const TxtRecord> records) {
  std::set<std::string> names;
  for (const TxtRecord& record : records) names.insert(record.name);
  if (!names.empty())
    ports.log.info("the TXT value is not listed at {}: nothing to remove", join({names.begin(), names.end()}, ", "));
}

bool takes(const Steps& steps, std::string_view list) {
  return std::ranges::any_of(steps, [&](const Step& step) { return step.uses(std::string(list)); });
}

bool isPerName(const Step& step) {
  return step.uses("fqdn") || step.uses("relative");
}

}  // namespace sidecert::dns::providers
