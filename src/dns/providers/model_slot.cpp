#include <fmt/format.h>

#include <map>

#include "dns/providers/models.h"

namespace sidecert::dns::providers {
namespace {

// @returns whether to write all of them again: whether the last answer means that the value is there, nobody knows.
Result<bool> writeAll(Session& session, const Steps& steps, std::vector<Scope>& scopes, Error& error) {
  for (Scope& scope : scopes) {
    auto reply = session.runAll(steps, scope, Repeat::AskMe);
    if (!reply) return std::unexpected(reply.error());
    if (reply->outcome == Outcome::Done || reply->outcome == Outcome::Exists) continue;
    error = reply->error;
    if (reply->outcome == Outcome::Lost) return true;
    return std::unexpected(error);
  }
  return false;
}

std::string slotOf(const Definition& definition, const Scope& scope, const TxtRecord& record) {
  return definition.slot->name ? renderText(*definition.slot->name, scope).value_or(record.name) : record.name;
}

}  // namespace

std::vector<TxtRecord> thatFit(const Definition& definition, const Scope& zone, std::span<const TxtRecord> records) {
  std::map<std::string, int> used;
  std::vector<TxtRecord> fitting;
  for (const TxtRecord& record : records) {
    Scope scope(&zone);
    describeName(definition, scope, record.name);
    if (++used[slotOf(definition, scope, record)] <= definition.slot->holds) fitting.push_back(record);
  }
  return fitting;
}

Result<> changeSlots(const Definition& definition, Session& session, const Scope& zone, std::span<const TxtRecord> records,
                     Change change) {
  if (change == Change::Look) return {};  // a slot cannot be read
  const Slot& slot = *definition.slot;
  std::map<std::string, int> used;
  std::vector<Scope> scopes;
  std::vector<bool> first_of_slot;
  for (const TxtRecord& record : records) {
    Scope& scope = scopes.emplace_back(&zone);
    describeName(definition, scope, record.name);
    scope.set("value", record.value);
    const std::string name = slotOf(definition, scope, record);
    const int values = ++used[name];
    first_of_slot.push_back(values == 1);
    if (change == Change::Add && values > slot.holds) {
      return fail(
          ErrorCode::Refused,
          fmt::format("{} keeps {} TXT value(s) for {}, and more are needed at once", definition.name, slot.holds, name),
          "certify the name and its wildcard in separate certificates, or point _acme-challenge elsewhere by CNAME");
    }
  }
  if (change == Change::Add) {
    // A slot of several values forgets the oldest. Written once more after a lost answer, the second value would push the
    // first out; all of them written once more are, in the end, all of them there.
    Error error;
    for (int round = 1;; ++round) {
      const auto again = writeAll(session, slot.write, scopes, error);
      if (!again) return std::unexpected(again.error());
      if (!*again) return {};
      if (round == kRounds) return std::unexpected(error);
      if (auto slept = session.pause(pauseBefore(round + 1)); !slept) return slept;
    }
  }
  if (slot.clear.empty()) return {};
  for (std::size_t i = 0; i < scopes.size(); ++i) {
    if (!first_of_slot[i]) continue;
    auto reply = session.runAll(slot.clear, scopes[i], Repeat::Freely);
    if (!reply) return std::unexpected(reply.error());
    if (reply->outcome == Outcome::Missing && saysMissing(definition, slot.clear, *reply, scopes[i])) continue;
    if (reply->outcome != Outcome::Done && reply->outcome != Outcome::Exists) return std::unexpected(reply->error);
  }
  return {};
}

}  // namespace sidecert::dns::providers
