#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/text.h"
#include "dns/providers/models.h"
#include "dns/providers/request.h"
#include "dns/providers/texts.h"
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
    bool first = true;
    bool written = false;  // then what is read is a proof, and nothing is written again
    Standing expected;
    for (int round = 1;;) {
      auto sets = read(records);
      if (!sets) return std::unexpected(sets.error());
      if (change == Change::Look) return {};
      for (Set& set : *sets) apply(set, records, change);
      if (std::exchange(first, false) && change == Change::Remove) noteAbsent(session_.ports(), absentFrom(*sets, records));
      const auto unchanged = [](const Set& set) { return !set.changed; };
      if (std::ranges::all_of(*sets, unchanged)) {
        const auto lost = lostSince(expected, *sets);
        if (lost.empty()) return {};
        error = {.code = ErrorCode::Refused,
                 .what = fmt::format("the TXT set of {} was written, and a value that stood there is gone", lost),
                 .hint = {}};
      } else if (written) {
        error = contradiction(*std::ranges::find_if_not(*sets, unchanged), change);
      } else {
        std::erase_if(*sets, unchanged);
        auto again = write(*sets, error);
        if (!again) return std::unexpected(again.error());
        written = !*again;
        if (written) {
          expected = standing(*sets);
          continue;
        }
      }
      if (round++ == kRounds) return std::unexpected(error);
      if (auto slept = session_.pause(pauseBefore(round)); !slept) return slept;
    }
  }

 private:
  using Standing = std::map<std::string, std::multiset<std::string>>;  // what a set has, by the set's name

  // What is in no set is not there to be removed.
  std::vector<TxtRecord> absentFrom(const std::vector<Set>& sets, std::span<const TxtRecord> records) const {
    std::vector<TxtRecord> out;
    for (const TxtRecord& record : records) {
      const bool found = std::ranges::any_of(sets, [&](const Set& set) {
        return (set_.whole_zone || set.name == record.name) && std::ranges::any_of(set.removed, [&](const Value& one) {
                 return is(*one.find("item"), record, toText(*one.find("value")));
               });
      });
      if (!found) out.push_back(record);
    }
    return out;
  }

  std::string identity(const Value& record) const {
    const std::string value = valueOf(record);
    return set_.whole_zone ? toText(valueAt(record, *set_.read.name)) + " " + value : value;
  }

  Standing standing(const std::vector<Set>& sets) const {
    Standing out;
    for (const Set& set : sets) {
      for (const Value& one : set.after) {
        if (one.find("kept")) out[set.name].insert(identity(*one.find("item")));
      }
    }
    return out;
  }

  // @returns the name of a set that lacks something of what was there; empty when none does.
  std::string lostSince(const Standing& expected, const std::vector<Set>& sets) const {
    for (const Set& set : sets) {
      const auto before = expected.find(set.name);
      if (before == expected.end()) continue;
      std::multiset<std::string> now;
      for (const Value& record : set.former) now.insert(identity(record));
      if (!std::ranges::includes(now, before->second)) return set.name;
    }
    return {};
  }

  static Error contradiction(const Set& set, Change change) {
    return {.code = ErrorCode::Refused,
            .what = change == Change::Add
                        ? fmt::format("the TXT set of {} was written, but the value is not in it afterwards", set.name)
                        : fmt::format("the TXT value was removed from {}, but is still listed", set.name),
            .hint = {}};
  }

  Result<std::vector<Set>> read(std::span<const TxtRecord> records) {
    std::vector<Set> sets;
    if (set_.whole_zone) {
      sets.push_back({.name = zone_name_});
      auto found = session_.run(set_.read, zone_, Repeat::Freely);
      if (!found) return std::unexpected(found.error());
      if (found->outcome != Outcome::Done) return std::unexpected(found->error);
      if (auto filled = fill(sets.back(), found->answer, found->answer.tree); !filled)
        return std::unexpected(filled.error());
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
        const Answer& answer = reply->answer;
        if (reply->outcome == Outcome::Missing && stillThere(set_.read, answer, scope))
          return fail(ErrorCode::BadAnswer, std::string(kBothWays));
        if (reply->outcome == Outcome::Missing && holds(set_.read.outcomes.missing, answer.response, answer.tree, scope))
          continue;
        if (reply->outcome != Outcome::Done) return std::unexpected(reply->error);
        if (!holdsFor(set_.read.where, answer.tree, scope)) continue;
        if (auto filled = fill(set, answer, answer.tree); !filled) return std::unexpected(filled.error());
      }
      return sets;
    }
    if (!isPerName(set_.read)) {
      for (Set& set : sets) set.existed = false;
      const auto listing = session_.readAll(set_.read, zone_);
      if (!listing) return std::unexpected(listing.error());
      for (Set& set : sets) {
        if (auto picked = pick(set, *listing); !picked) return std::unexpected(picked.error());
      }
      return sets;
    }
    for (Set& set : sets) {
      const auto listing = session_.readAll(set_.read, scopeOf(set));
      if (!listing) return std::unexpected(listing.error());
      if (auto picked = pick(set, *listing); !picked) return std::unexpected(picked.error());
    }
    return sets;
  }

  Result<> pick(Set& set, const Listing& listing) {
    const auto found = std::ranges::find_if(
        listing.items, [&](const Value& item) { return isName(valueAt(item, *set_.read.name), set.name, zone_name_); });
    return found != listing.items.end() ? fill(set, listing.first, *found) : Result<>{};
  }

  Result<> fill(Set& set, const Answer& answer, const Value& item) {
    const Format format = set_.read.answers.value_or(definition_.answers);
    auto records = recordsOf(set_.read, item, answer, format, zone_);
    if (!records) return std::unexpected(records.error());
    set.former = std::move(*records);
    if (set_.whole_zone) {
      if (auto whole = checkMembers(set_.read, set.former, set.former); !whole) return whole;
    } else if (set_.read.value && !set.former.empty() &&
               std::ranges::all_of(set.former, [&](const Value& one) { return valueAt(one, *set_.read.value).isNull(); })) {
      return fail(ErrorCode::BadAnswer,
                  fmt::format("{} record(s) came, none has {}", set.former.size(), set_.read.value->spelling));
    }
    set.existed = !set.former.empty();
    for (const auto& [name, source] : set_.read.capture) {
      if (Value value = captured(source, answer, item, zone_); !value.isNull()) set.captures.set(name, std::move(value));
    }
    return {};
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
    if (!set.existed && !set_.create.empty()) return set_.create;
    return set.removed.empty() && !set_.add.empty() ? set_.add : set_.write;
  }

  // A request that replaces is not sent before everything that stays is in it.
  Result<> checkKept(const Steps& steps, std::span<const Set> sets, const Scope& scope) const {
    Texts kept;
    for (const Set& set : sets) {
      for (const Value& one : set.after) {
        if (!one.find("kept")) continue;
        kept.add(*one.find("value"));
        if (set_.whole_zone) kept.add(valueAt(*one.find("item"), *set_.read.name));
      }
    }
    Texts sent;
    for (const Step& step : steps) {
      for (const Value& part : renderedParts(step, scope)) sent.add(part);
    }
    const auto lost = kept.firstBeyond(sent);
    if (!lost) return {};
    return fail(ErrorCode::BadAnswer,
                fmt::format("the request for {} would lose a record that stands there (\"{}\"): not sent", sets.front().name,
                            excerpt(*lost, 40)));
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
        // What a request takes away in order to write it anew proves nothing.
        Scope without_former(&scope);
        for (auto& [name, list] : lists) {
          ValueList only_new;
          for (const Value& one : list) only_new.push_back(merged(one, Object{{"former", ValueList{}}}));
          without_former.set(name, std::move(only_new));
          scope.set(name, std::move(list));
        }
        const std::span batch(sets.data() + at, std::min(most, sets.size() - at));
        if (auto safe = checkKept(set_.write, batch, without_former); !safe) return std::unexpected(safe.error());
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
      const Steps& steps = stepsFor(set);
      if (&steps == &set_.write || &steps == &set_.create) {
        Scope without_former(&scope);
        without_former.set("former", ValueList{});
        if (auto safe = checkKept(steps, std::span(&set, 1), without_former); !safe) return std::unexpected(safe.error());
      }
      auto reply = session_.runAll(steps, scope, Repeat::AskMe);
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
