#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>

#include "dns/providers/models.h"
#include "dns/providers/transform.h"

namespace sidecert::dns::providers {
namespace {

struct Listed {
  TxtRecord record;
  Object captures;  // {name: value}
};

class RecordModel {
 public:
  RecordModel(const Definition& definition, Session& session, const Scope& zone)
      : definition_(definition), records_(*definition.records), session_(session), zone_(zone) {}

  Result<> add(std::vector<TxtRecord> wanted) {
    // Where the API says so itself when a value is there already, looking first would only cost calls.
    const bool together = takes(records_.add, "additions");
    const bool look_first = records_.list && (together || !tellsExisting());
    const Repeat repeat = records_.list && look_first ? Repeat::AskMe : Repeat::Freely;
    if (look_first) {
      if (auto kept = dropPresent(wanted); !kept) return kept;
    }
    std::vector<TxtRecord> unproven;
    for (int round = 1; !wanted.empty(); ++round) {
      std::vector<TxtRecord> lost;
      Error error;
      if (auto done = sendAll(records_.add, "additions", wanted, repeat, lost, error); !done) return done;
      std::ranges::copy_if(wanted, std::back_inserter(unproven),
                           [&](const TxtRecord& one) { return !std::ranges::contains(lost, one); });
      if (lost.empty()) break;
      if (round == kRounds) return std::unexpected(error);
      if (auto slept = session_.pause(pauseBefore(round + 1)); !slept) return slept;
      wanted = std::move(lost);
      if (auto kept = dropPresent(wanted); !kept) return kept;
    }
    return prove(std::move(unproven));
  }

  Result<> look(const std::vector<TxtRecord>& records) {
    if (!records_.list) return {};
    const auto found = matching(records);
    return found ? Result<>{} : std::unexpected(found.error());
  }

  Result<> remove(const std::vector<TxtRecord>& unwanted) {
    if (!records_.list) {
      std::vector<TxtRecord> lost;
      Error error;
      if (auto done = sendAll(records_.remove, "removals", unwanted, Repeat::Freely, lost, error); !done) return done;
      return lost.empty() ? Result<>{} : std::unexpected(error);
    }
    std::optional<Error> conflict;
    std::optional<std::size_t> before;
    for (int in_vain = 1;;) {
      auto found = matching(unwanted);
      if (!found) return std::unexpected(found.error());
      if (!before) noteAbsent(session_.ports(), notAmong(*found, unwanted));
      if (found->empty()) return {};
      if (before && found->size() >= *before) {
        if (in_vain++ == kRounds) return std::unexpected(conflict.value_or(stillListed(*found)));
        if (auto slept = session_.pause(pauseBefore(in_vain)); !slept) return slept;
      }
      before = found->size();
      conflict.reset();
      if (auto done = removeListed(*found, conflict); !done) return done;
    }
  }

 private:
  // The server said yes; whether it understood the same as we, only a look tells. Some need a moment to show it.
  Result<> prove(std::vector<TxtRecord> records) {
    if (!records_.list) return {};
    for (int round = 1; !records.empty(); ++round) {
      if (auto shown = dropPresent(records); !shown) return shown;
      if (records.empty()) return {};
      if (round == kRounds)
        return fail(ErrorCode::Refused, fmt::format("the TXT value for {} was accepted, but is not listed there afterwards",
                                                    records.front().name));
      if (auto slept = session_.pause(pauseBefore(round + 1)); !slept) return slept;
    }
    return {};
  }

  static std::vector<TxtRecord> notAmong(const std::vector<Listed>& found, const std::vector<TxtRecord>& records) {
    std::vector<TxtRecord> out;
    std::ranges::copy_if(records, std::back_inserter(out), [&](const TxtRecord& one) {
      return std::ranges::none_of(found, [&](const Listed& listed) { return listed.record == one; });
    });
    return out;
  }

  static Error stillListed(const std::vector<Listed>& found) {
    return {.code = ErrorCode::Refused,
            .what = fmt::format("the TXT value for {} was removed, but is still listed", found.front().record.name),
            .hint = {}};
  }

  bool tellsExisting() const {
    return definition_.outcomes.exists.declared() || records_.add.back().outcomes.exists.declared();
  }

  Scope scopeOf(const TxtRecord& record) const {
    Scope scope(&zone_);
    describeName(definition_, scope, record.name);
    scope.set("value", record.value);
    return scope;
  }

  Object element(const TxtRecord& record) const {
    const Scope scope = scopeOf(record);
    return {{"fqdn", record.name}, {"relative", *scope.find("relative")}, {"value", record.value}};
  }

  Result<> sendAll(const Steps& steps, const std::string& list, const std::vector<TxtRecord>& records, Repeat repeat,
                   std::vector<TxtRecord>& lost, Error& error) {
    const bool together = takes(steps, list);
    const std::size_t most = !together               ? 1
                             : definition_.batch > 0 ? static_cast<std::size_t>(definition_.batch)
                                                     : records.size();
    for (std::size_t at = 0; at < records.size(); at += most) {
      const std::span part(records.data() + at, std::min(most, records.size() - at));
      Scope scope = together ? Scope(&zone_) : scopeOf(part[0]);
      if (together) {
        ValueList elements;
        for (const TxtRecord& record : part) elements.emplace_back(element(record));
        scope.set(list, std::move(elements));
      }
      auto reply = session_.runAll(steps, scope, repeat);
      if (!reply) return std::unexpected(reply.error());
      const bool partly = reply->outcome == Outcome::Exists && part.size() > 1;  // which of them, nobody says
      if (reply->outcome == Outcome::Done || (reply->outcome == Outcome::Exists && !partly)) continue;
      if (reply->outcome == Outcome::Missing) {
        if (list != "removals" || !saysMissing(definition_, steps, *reply, scope)) return std::unexpected(reply->error);
        noteAbsent(session_.ports(), part);
        continue;
      }
      // What was not tried yet waits with it: the look that follows is for all of them.
      lost.assign(records.begin() + static_cast<std::ptrdiff_t>(at), records.end());
      error = reply->error;
      return {};
    }
    return {};
  }

  Result<> dropPresent(std::vector<TxtRecord>& wanted) {
    if (!records_.list) return {};
    const auto found = matching(wanted);
    if (!found) return std::unexpected(found.error());
    std::erase_if(wanted, [&](const TxtRecord& one) {
      return std::ranges::any_of(*found, [&](const Listed& listed) { return listed.record == one; });
    });
    return {};
  }

  // What is listed and equals one of these, by name and by value.
  Result<std::vector<Listed>> matching(const std::vector<TxtRecord>& records) {
    std::set<std::string> names;
    for (const TxtRecord& record : records) names.insert(record.name);
    std::vector<Listed> out;
    if (!isPerName(*records_.list)) return listed(zone_, names, records);
    for (const std::string& name : names) {
      Scope scope(&zone_);
      describeName(definition_, scope, name);
      auto some = listed(scope, {name}, records);
      if (!some) return some;
      out.insert(out.end(), some->begin(), some->end());
    }
    return out;
  }

  Result<std::vector<Listed>> listed(const Scope& scope, const std::set<std::string>& names,
                                     const std::vector<TxtRecord>& records) {
    const Step& step = *records_.list;
    const auto listing = session_.readAll(step, scope);
    if (!listing) return std::unexpected(listing.error());
    const std::string zone = zoneOf(zone_);
    std::vector<Listed> out;
    for (const Value& item : listing->items) {
      const std::string value = unquoteTxt(toText(valueAt(item, *step.value)));
      const auto match = std::ranges::find_if(records, [&](const TxtRecord& record) {
        return record.value == value && names.contains(record.name) &&
               (step.name ? isName(valueAt(item, *step.name), record.name, zone) : names.size() == 1);
      });
      if (match == records.end()) continue;
      Listed one{*match, {}};
      for (const auto& [name, source] : step.capture) one.captures.set(name, captured(source, listing->first, item, scope));
      out.push_back(std::move(one));
    }
    return out;
  }

  // @param conflict  set when somebody changed the zone meanwhile: what is there has to be looked at again.
  Result<> removeListed(const std::vector<Listed>& found, std::optional<Error>& conflict) {
    const auto gone = [&](const Result<Reply>& reply) -> Result<> {
      if (!reply) return std::unexpected(reply.error());
      if (reply->outcome == Outcome::Conflict || reply->outcome == Outcome::Lost) conflict = reply->error;
      return {};
    };
    if (takes(records_.remove, "removals")) {
      Scope scope(&zone_);
      ValueList elements;
      for (const Listed& one : found) elements.push_back(merged(element(one.record), one.captures));
      scope.set("removals", std::move(elements));
      return gone(session_.runAll(records_.remove, scope, Repeat::Freely));
    }
    for (const Listed& one : found) {
      Scope scope = scopeOf(one.record);
      for (const auto& [name, value] : one.captures.members()) scope.set(name, value);
      if (auto done = gone(session_.runAll(records_.remove, scope, Repeat::Freely)); !done) return done;
      if (conflict || records_.relist) return {};
    }
    return {};
  }

  const Definition& definition_;
  const Records& records_;
  Session& session_;
  const Scope& zone_;
};

}  // namespace

Result<> changeRecords(const Definition& definition, Session& session, const Scope& zone, std::span<const TxtRecord> records,
                       Change change) {
  RecordModel model(definition, session, zone);
  std::vector<TxtRecord> all(records.begin(), records.end());
  switch (change) {
    case Change::Add: return model.add(all);
    case Change::Remove: return model.remove(all);
    case Change::Look: return model.look(all);
  }
  return {};
}

}  // namespace sidecert::dns::providers
