#include <fmt/format.h>

#include <map>

#include "dns/providers/models.h"

namespace sidecert::dns::providers {

Result<> changeSlots(const Definition& definition, Session& session, const Scope& zone, std::span<const TxtRecord> records,
                     Change change) {
  const Slot& slot = *definition.slot;
  std::map<std::string, int> used;
  for (const TxtRecord& record : records) {
    Scope scope(&zone);
    describeName(definition, scope, record.name);
    scope.set("value", record.value);
    const std::string name = renderText(slot.name.empty() ? "{fqdn}" : slot.name, scope).value_or(record.name);
    const bool first = ++used[name] == 1;
    if (change == Change::Add && used[name] > slot.holds) {
      return fail(
          ErrorCode::Refused,
          fmt::format("{} keeps {} TXT value(s) for {} and more are needed at once", definition.name, slot.holds, name),
          "certify the name and its wildcard in separate certificates, or point _acme-challenge elsewhere by CNAME");
    }
    const Steps& steps = change == Change::Add ? slot.write : slot.clear;
    if (steps.empty() || (change == Change::Remove && !first)) continue;
    auto reply = session.runAll(steps, scope, Repeat::Freely);
    if (!reply) return std::unexpected(reply.error());
    if (reply->outcome == Outcome::Missing && change == Change::Remove) continue;
    if (reply->outcome != Outcome::Done && reply->outcome != Outcome::Exists) return std::unexpected(reply->error);
  }
  return {};
}

}  // namespace sidecert::dns::providers
