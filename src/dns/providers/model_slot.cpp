#include <fmt/format.h>

#include <map>

#include "dns/providers/models.h"

namespace sidecert::dns::providers {

Result<> changeSlots(const Definition& definition, Session& session, const Scope& zone, std::span<const TxtRecord> records,
                     Change change) {
  const Slot& slot = *definition.slot;
  std::map<std::string, int> used;
  std::vector<Scope> scopes;
  std::vector<bool> first_of_slot;
  for (const TxtRecord& record : records) {
    Scope& scope = scopes.emplace_back(&zone);
    describeName(definition, scope, record.name);
    scope.set("value", record.value);
    const std::string name = renderText(slot.name.empty() ? "{fqdn}" : slot.name, scope).value_or(record.name);
    const int values = ++used[name];
    first_of_slot.push_back(values == 1);
    if (change == Change::Add && values > slot.holds) {
      return fail(
          ErrorCode::Refused,
          fmt::format("{} keeps {} TXT value(s) for {}, and more are needed at once", definition.name, slot.holds, name),
          "certify the name and its wildcard in separate certificates, or point _acme-challenge elsewhere by CNAME");
    }
  }
  const Steps& steps = change == Change::Add ? slot.write : slot.clear;
  if (steps.empty()) return {};
  for (std::size_t i = 0; i < scopes.size(); ++i) {
    if (change == Change::Remove && !first_of_slot[i]) continue;
    auto reply = session.runAll(steps, scopes[i], Repeat::Freely);
    if (!reply) return std::unexpected(reply.error());
    if (reply->outcome == Outcome::Missing && change == Change::Remove) continue;
    if (reply->outcome != Outcome::Done && reply->outcome != Outcome::Exists) return std::unexpected(reply->error);
  }
  return {};
}

}  // namespace sidecert::dns::providers
