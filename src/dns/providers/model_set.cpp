#include <algorithm>
#include <map>

#include "dns/providers/models.h"
#include "dns/providers/transform.h"

namespace sidecert::dns::providers {
namespace {

// One set as the templates see it: {fqdn}, {relative}, `records` (the new state), `former` (the old one), `added` and
// `removed` (what differs), captures.
struct Set {
  std::string name;
  bool existed = false;
  ValueList former;  // records as they came
  Object captures;
  ValueList after;  // kept ones as {"kept", "item", "value"}, new ones as {"fqdn", "relative", "value"}
  ValueList added;
  ValueList removed;
  bool changed = false;
};

class SetModel {
 public:
  SetModel(const Definition& definition, Session& session, const Scope& zone)
      : definition_(definition), set_(*definition.set), session_(session), zone_(zone), zone_name_(zoneOf(zone)) {}

  Result<> change(std::span<const TxtRecord> records, Change change) {
    Error error;
    for (int round = 1; round <= kRounds; ++round) {
      if (round > 1) {
        if (auto slept = session_.pause(pauseBefore(round)); !slept) return slept;
      }
      auto sets = read(records);
      if (!sets) return std::unexpected(sets.error());
      if (change == Change::Look) return {};
      for (Set& set : *sets) apply(set, records, change);
      std::erase_if(*sets, [](const Set& set) { return !set.changed; });
      if (sets->empty()) return {};
      auto again = write(*sets, error);
      if (!again) return std::unexpected(again.error());
      if (!*again) return {};
    }
    return std::unexpected(error);
  }

 private:
  Result<std::vector<Set>> read(std::span<const TxtRecord> records) {
    std::vector<Set> sets;
    if (set_.whole_zone) {
      sets.push_back({.name = zone_name_});
      auto found = session_.run(set_.read, zone_, Repeat::Freely);
      if (!found) return std::unexpected(found.error());
      if (found->outcome != Outcome::Done) return std::unexpected(found->error);
      fill(sets.back(), found->answer, found->answer.tree);
      return sets;
    }
    for (const TxtRecord& record : records) {
      if (!std::ranges::contains(sets, record.name, &Set::name)) sets.push_back({.name = record.name});
    }
    if (!set_.read.items) {
      for (Set& set : sets) {
        const Scope scope = scopeOf(set);
        auto reply = session_.run(set_.read, scope, Repeat::Freely);
        if (!reply) return std::unexpected(reply.error());
        if (reply->outcome == Outcome::Done && holdsFor(set_.read.where, reply->answer.tree, scope)) {
          fill(set, reply->answer, reply->answer.tree);
        }
      }
      return sets;
    }
    if (!isPerName(set_.read)) {
      for (Set& set : sets) set.existed = false;
      const auto listing = session_.readAll(set_.read, zone_);
      if (!listing) return std::unexpected(listing.error());
      for (Set& set : sets) pick(set, *listing);
      return sets;
    }
    for (Set& set : sets) {
      const auto listing = session_.readAll(set_.read, scopeOf(set));
      if (!listing) return std::unexpected(listing.error());
      pick(set, *listing);
    }
    return sets;
  }

  void pick(Set& set, const Listing& listing) {
    const auto found = std::ranges::find_if(
        listing.items, [&](const Value& item) { return isName(valueAt(item, *set_.read.name), set.name, zone_name_); });
    if (found != listing.items.end()) fill(set, listing.first, *found);
  }

  void fill(Set& set, const Answer& answer, const Value& item) {
    set.former = selectItems(item, *set_.read.records);
    set.existed = !set.former.empty();
    for (const auto& [name, source] : set_.read.capture) {
      if (Value value = captured(source, answer, item, zone_); !value.isNull()) set.captures.set(name, std::move(value));
    }
  }

  // Several character-strings of one record are one value (RFC 7208 section 3.3 and everybody else).
  std::string valueOf(const Value& record) const {
    const Value value = set_.read.value ? valueAt(record, *set_.read.value) : record;
    if (!value.isList()) return unquoteTxt(toText(value));
    std::string joined;
    for (const Value& piece : value.items()) joined += unquoteTxt(toText(piece));
    return joined;
  }

  bool is(const Value& record, const TxtRecord& wanted, const std::string& value) const {
    if (wanted.value != value) return false;
    if (!set_.whole_zone) return true;
    Scope scope(&zone_);
    return holdsFor(set_.read.where, record, scope) && isName(valueAt(record, *set_.read.name), wanted.name, zone_name_);
  }

  void apply(Set& set, std::span<const TxtRecord> records, Change change) {
    std::vector<const TxtRecord*> wanted;
    for (const TxtRecord& record : records) {
      if (set_.whole_zone || record.name == set.name) wanted.push_back(&record);
    }
    for (const Value& record : set.former) {
      const std::string value = valueOf(record);
      const auto match = std::ranges::find_if(wanted, [&](const TxtRecord* one) { return is(record, *one, value); });
      if (match != wanted.end() && change == Change::Remove) {
        set.changed = true;
        set.removed.emplace_back(Object{{"item", record}, {"value", value}});
        continue;
      }
      if (match != wanted.end()) wanted.erase(match);
      set.after.push_back(kept(record, value));
    }
    if (change == Change::Remove) return;
    for (const TxtRecord* one : wanted) {
      Scope scope(&zone_);
      describeName(definition_, scope, one->name);
      set.after.emplace_back(Object{{"fqdn", one->name}, {"relative", *scope.find("relative")}, {"value", one->value}});
      set.added.push_back(set.after.back());
      set.changed = true;
    }
  }

  Scope scopeOf(const Set& set) const {
    Scope scope(&zone_);
    describeName(definition_, scope, set.name);
    for (const auto& [name, value] : set.captures.members()) scope.set(name, value);
    return scope;
  }

  static Value kept(const Value& record, const std::string& value) {
    return Object{{"kept", true}, {"item", record}, {"value", value}};
  }

  ValueList formerOf(const Set& set) const {
    ValueList former;
    for (const Value& record : set.former) former.push_back(kept(record, valueOf(record)));
    return former;
  }

  Value element(const Set& set) const {
    const Scope scope = scopeOf(set);
    return merged(Object{{"fqdn", set.name},
                         {"relative", *scope.find("relative")},
                         {"records", set.after},
                         {"former", formerOf(set)},
                         {"added", set.added},
                         {"removed", set.removed}},
                  set.captures);
  }

  const Steps& stepsFor(const Set& set) const {
    if (set.after.empty() && !set_.del.empty()) return set_.del;
    if (!set.removed.empty() && !set_.remove.empty()) return set_.remove;
    return !set.existed && !set_.create.empty() ? set_.create : set_.write;
  }

  static bool again(const Reply& reply, Error& error) {
    if (reply.outcome == Outcome::Done) return false;
    error = reply.error;
    return true;
  }

  // @returns whether to read again and repeat.
  Result<bool> write(const std::vector<Set>& sets, Error& error) {
    const bool together = takes(set_.write, "sets") || takes(set_.write, "written") || takes(set_.write, "existing");
    if (together) {
      const std::size_t most = definition_.batch > 0 ? static_cast<std::size_t>(definition_.batch) : sets.size();
      for (std::size_t at = 0; at < sets.size(); at += most) {
        Scope scope(&zone_);
        std::map<std::string, ValueList> lists = {{"sets", {}}, {"written", {}}, {"emptied", {}}, {"existing", {}}};
        for (std::size_t i = at; i < std::min(at + most, sets.size()); ++i) {
          const Value one = element(sets[i]);
          lists["sets"].push_back(one);
          lists[sets[i].after.empty() ? "emptied" : "written"].push_back(one);
          if (sets[i].existed) lists["existing"].push_back(one);
        }
        for (auto& [name, list] : lists) scope.set(name, std::move(list));
        auto reply = session_.runAll(set_.write, scope, Repeat::AskMe);
        if (!reply) return std::unexpected(reply.error());
        if (again(*reply, error)) return true;
      }
      return false;
    }
    for (const Set& set : sets) {
      Scope scope = scopeOf(set);
      scope.set("records", set.after);
      scope.set("former", formerOf(set));
      scope.set("added", set.added);
      scope.set("removed", set.removed);
      auto reply = session_.runAll(stepsFor(set), scope, Repeat::AskMe);
      if (!reply) return std::unexpected(reply.error());
      if (set.after.empty() && reply->outcome == Outcome::Missing) continue;
      if (again(*reply, error)) return true;
    }
    return false;
  }

  const Definition& definition_;
  const RecordSet& set_;
  Session& session_;
  const Scope& zone_;
  std::string zone_name_;
};

}  // namespace

Result<> changeSets(const Definition& definition, Session& session, const Scope& zone, std::span<const TxtRecord> records,
                    Change change) {
  return SetModel(definition, session, zone).change(records, change);
}

}  // namespace sidecert::dns::providers
