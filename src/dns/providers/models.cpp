#include "dns/providers/models.h"

#include <algorithm>

#include "base/text.h"
#include "dns/name.h"

namespace sidecert::dns::providers {
void describeName(const Definition& definition, Scope& into, const std::string& fqdn) {
  const Value* zone = into.find("zone");
  const std::string relative = relativeTo(fqdn, zone ? toText(*zone) : "");
  into.set("fqdn", fqdn);
  into.set("relative", relative == "@" ? definition.apex : relative);
}

bool isName(const Value& shown, const std::string& fqdn, const std::string& zone) {
  std::string name = lower(toText(shown));
  if (name.ends_with('.')) name.pop_back();
  if (name == fqdn) return true;
  const std::string relative = relativeTo(fqdn, zone);
  return name == relative || (relative == "@" && name.empty());
}

bool takes(const Steps& steps, std::string_view list) {
  return std::ranges::any_of(steps, [&](const Step& step) { return step.uses(std::string(list)); });
}

bool isPerName(const Step& step) {
  return step.uses("fqdn") || step.uses("relative");
}

}  // namespace sidecert::dns::providers
