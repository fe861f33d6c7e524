#include "dns/providers/definition_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "dns/providers/scheme.h"

namespace sidecert::dns::providers {
namespace {

// Which lists a model gives to `each`, and where.
struct Lists {
  std::string_view where;
  std::vector<std::string> names;
};
const std::vector<Lists>& lists() {
  static const std::vector<Lists> all = {{"/records/add", {"additions"}},
                                         {"/records/remove", {"removals"}},
                                         {"/set/add", {"added"}},
                                         {"/set/remove", {"removed"}},
                                         {"/set/", {"records", "former", "sets", "written", "emptied", "existing"}}};
  return all;
}

void checkList(Loading& loading, const std::string& list, const std::string& at) {
  for (const Lists& place : lists()) {
    if (!at.starts_with(place.where)) continue;
    if (!std::ranges::contains(place.names, list)) loading.mistake(at, "expected one of " + join(place.names, ", "));
    return;
  }
  loading.mistake(at, "there is no list here that \"each\" could run over");
}

// A member that is read and then never looked at is a slip: its author believes that it does something.
void hasNoEffect(Loading& loading, bool given, const std::string& at, std::string_view why) {
  if (given) loading.mistake(at, fmt::format("has no effect here: {}", why));
}

void checkNoList(Loading& loading, const Step& step, const std::string& at, std::string_view why) {
  hasNoEffect(loading, step.items.has_value(), at + "/items", why);
  hasNoEffect(loading, step.pages.has_value(), at + "/pages", why);
  hasNoEffect(loading, !step.detail.empty(), at + "/detail", why);
}

void checkConfirmation(Loading& loading, const Step& step, const std::string& at) {
  constexpr std::string_view why = "this step reads no list";
  checkNoList(loading, step, at, why);
  hasNoEffect(loading, step.where.declared(), at + "/where", why);
  hasNoEffect(loading, step.value.has_value(), at + "/value", why);
  hasNoEffect(loading, step.records.has_value(), at + "/records", why);
}

void checkAction(Loading& loading, const Step& step, const std::string& at) {
  checkConfirmation(loading, step, at);
  hasNoEffect(loading, step.name.has_value(), at + "/name", "this step reads no list");
}

void checkActions(Loading& loading, const Steps& steps, const std::string& at) {
  for (std::size_t i = 0; i < steps.size(); ++i) {
    checkAction(loading, steps[i], steps.size() == 1 ? at : fmt::format("{}/{}", at, i));
  }
}

bool asksPerName(const Step& step) {
  return step.uses("fqdn") || step.uses("relative");
}

bool usesAny(const Steps& steps, const std::vector<std::string>& names) {
  return std::ranges::any_of(steps, [&](const Step& step) {
    return std::ranges::any_of(names, [&](const std::string& name) { return step.uses(name); });
  });
}

// What is sent without the value, or without saying where, reaches something else: a filter left blank means "all" to some.
void checkUse(Loading& loading, const Steps& steps, const std::vector<std::string>& names, const std::string& at) {
  if (!steps.empty() && !usesAny(steps, names))
    loading.mistake(at, fmt::format("{{{}}} is used nowhere", join(names, "} or {")));
}

void markChanging(Steps& steps) {
  for (Step& step : steps) step.changes = true;
}

void checkVariable(Loading& loading, const Definition& definition, const std::string& name, const std::string& at) {
  if (!std::ranges::contains(definition.variables, name, &DefinedVariable::name))
    loading.mistake(at, fmt::format("\"{}\" is not among the variables", excerpt(name, 40)));
}

}  // namespace

const std::set<std::string>& engineNames() {
  static const std::set<std::string> names = {"candidate", "cut",  "fqdn",   "relative", "value", "ttl", "zone", "page",
                                              "offset",    "size", "cursor", "now",      "nonce", "n",   "item", "totp"};
  return names;
}

void complete(Step& step) {
  for (const auto* text : {&step.get, &step.post, &step.put, &step.patch, &step.del, &step.text, &step.basic_auth}) {
    if (*text) collectNames(**text, step.names);
  }
  for (const auto* tree : {&step.query, &step.headers, &step.json, &step.form, &step.xml, &step.xmlrpc}) {
    if (*tree) collectNames(**tree, step.names);
  }
}

void complete(Records& records) {
  for (Steps* steps : {&records.add, &records.remove}) markChanging(*steps);
}

void complete(RecordSet& set) {
  for (Steps* steps : {&set.write, &set.create, &set.add, &set.remove, &set.del}) markChanging(*steps);
}

void complete(Slot& slot) {
  for (Steps* steps : {&slot.write, &slot.clear}) markChanging(*steps);
}

void check(Loading& loading, const DefinedVariable& variable, const std::string& at) {
  if (variable.name.empty()) loading.mistake(at + "/name", "expected the name of a variable");
  loading.names.insert(variable.name);
  hasNoEffect(loading, variable.ini && (!variable.file || variable.json), at + "/ini",
              "expected \"file\": true beside it, and no \"json\"");
}

void check(Loading& loading, const Pages& pages, const std::string& at) {
  const int ways = (pages.next || pages.link ? 1 : 0) + (pages.cursor ? 1 : 0) + (pages.page || pages.offset ? 1 : 0);
  if (ways != 1) {
    loading.mistake(at, R"(expected exactly one way to the next page: "next" or "link", "cursor", "page" or "offset")");
  }
  const bool counted = pages.total || pages.pages || pages.more || pages.size > 0;
  if (ways == 1 && (pages.page || pages.offset) && !counted) {
    loading.mistake(at, R"(nothing says which page is the last: expected "size", "total", "pages" or "more")");
  }
}

bool holdsNames(const Pointer& pointer) {
  return std::ranges::any_of(pointer.segments, [](const Segment& segment) {
    return segment.key.is_name || std::ranges::any_of(segment.match, [](const auto& pair) { return pair.second.is_name; });
  });
}

// A list is looked up as it is spelled: a name there would never be found.
void checkWithoutNames(Loading& loading, const ValuePath* path, const std::string& at) {
  if (path && holdsNames(path->pointer))
    loading.mistake(at, "expected a pointer without {names}; \"where\" chooses among the items");
}

void check(Loading& loading, const Step& step, const std::string& at) {
  checkWithoutNames(loading, step.items ? std::get_if<ValuePath>(&*step.items) : nullptr, at + "/items");
  checkWithoutNames(loading, step.records ? &*step.records : nullptr, at + "/records");
  const auto count = [](std::initializer_list<bool> given) { return std::ranges::count(given, true); };
  if (count({step.get.has_value(), step.post.has_value(), step.put.has_value(), step.patch.has_value(),
             step.del.has_value()}) != 1) {
    loading.mistake(at, "expected exactly one of \"get\", \"post\", \"put\", \"patch\" and \"delete\"");
  }
  if (count({step.json.has_value(), step.form.has_value(), step.xml.has_value(), step.xmlrpc.has_value(),
             step.text.has_value()}) > 1) {
    loading.mistake(at, "expected one body, not several of \"json\", \"form\", \"xml\", \"xmlrpc\" and \"text\"");
  }
  if (step.until.declared() && step.every && *step.every <= 0)
    loading.mistake(at + "/every", "expected more than 0 seconds");
  hasNoEffect(loading, step.every && !step.until.declared(), at + "/every", "there is no \"until\"");
  hasNoEffect(loading, step.limit && !step.until.declared(), at + "/limit", "there is no \"until\"");
  const bool counted = step.pages && (step.pages->page || step.pages->offset || step.pages->size > 0);
  for (const auto& [name, given] :
       {std::pair{"page", step.pages && step.pages->page.has_value()},
        std::pair{"offset", step.pages && step.pages->offset.has_value()},
        std::pair{"cursor", step.pages && step.pages->cursor.has_value()}, std::pair{"size", counted}}) {
    if (step.uses(name) && !given)
      loading.mistake(at, fmt::format("{{{}}} has a value only where \"pages\" has \"{}\"", name, name));
  }
  hasNoEffect(loading, step.detail_for.declared() && step.detail.empty(), at + "/detail_for", "there is no \"detail\"");
  checkActions(loading, step.detail, at + "/detail");
}

void check(Loading& loading, const Sign& sign, const std::string& at) {
  const SchemeEntry* known = findScheme(sign.scheme);
  if (!known) {
    const auto nearest =
        std::ranges::min_element(schemes(), {}, [&](const SchemeEntry& one) { return editDistance(one.name, sign.scheme); });
    return loading.mistake(at + "/scheme", fmt::format("there is no scheme \"{}\"; did you mean \"{}\"?",
                                                       excerpt(sign.scheme, 40), nearest->name));
  }
  for (const auto& need : known->needs) {
    if (!sign.with.contains(std::string(need)))
      loading.mistake(at + "/with", fmt::format("\"{}\" is missing for {}", need, sign.scheme));
  }
  for (const auto& [name, value] : sign.with) {
    if (std::ranges::contains(known->needs, name) || std::ranges::contains(known->may_have, name)) continue;
    hasNoEffect(loading, true, fmt::format("{}/with/{}", at, name),
                "the scheme takes " + join({known->needs.begin(), known->needs.end()}, ", "));
  }
}

void check(Loading& loading, const ZoneLookup& lookup, const std::string& at) {
  const int ways = (lookup.walk ? 1 : 0) + (lookup.list ? 1 : 0) + (lookup.ask ? 1 : 0) + (lookup.given ? 1 : 0);
  if (ways != 1) loading.mistake(at, "expected exactly one of \"walk\", \"list\", \"ask\" and \"given\"");
  const auto noValues = [&](const Step& step, const std::string& here) {
    hasNoEffect(loading, step.value.has_value(), here + "/value", "zones have no value");
    hasNoEffect(loading, step.records.has_value(), here + "/records", "zones are looked for");
  };
  if (lookup.walk) {
    const std::string here = at + "/walk";
    noValues(*lookup.walk, here);
    if (!lookup.walk->uses("candidate"))
      loading.mistake(here, "{candidate} is used nowhere: every question would be the same");
    if (!lookup.walk->items) {
      checkNoList(loading, *lookup.walk, here, "there is no \"items\"");
    } else if (!lookup.walk->name) {
      loading.mistake(here, "\"name\" is missing: pointer, in an item, to the zone's name");
    }
  }
  if (lookup.list) {
    noValues(*lookup.list, at + "/list");
    if (!lookup.list->name) loading.mistake(at + "/list", "\"name\" is missing: pointer, in an item, to the zone's name");
  }
  for (std::size_t i = 0; i < lookup.confirm.size(); ++i) {
    checkConfirmation(loading, lookup.confirm[i],
                      lookup.confirm.size() == 1 ? at + "/confirm" : fmt::format("{}/confirm/{}", at, i));
  }
  if (lookup.ask) {
    noValues(*lookup.ask, at + "/ask");
    checkNoList(loading, *lookup.ask, at + "/ask", "one zone is asked for");
    hasNoEffect(loading, lookup.ask->where.declared(), at + "/ask/where", "one zone is asked for");
    if (!lookup.ask->name) loading.mistake(at + "/ask", "\"name\" is missing: pointer to the zone's name");
  }
}

void check(Loading& loading, const Records& records, const std::string& at) {
  if (records.list) {
    const std::string here = at + "/list";
    if (!records.list->value) loading.mistake(here, "\"value\" is missing: pointer, in an item, to the TXT value");
    if (!records.list->name && !asksPerName(*records.list))
      loading.mistake(here, "\"name\" is missing: the list is of the whole zone, and nothing says whose value it is");
    hasNoEffect(loading, records.list->records.has_value(), here + "/records", "it is for the set model");
  }
  hasNoEffect(loading, records.relist && !records.list, at + "/relist", "there is no \"list\"");
  checkActions(loading, records.add, at + "/add");
  checkActions(loading, records.remove, at + "/remove");
  checkUse(loading, records.add, {"value"}, at + "/add");
  checkUse(loading, records.add, {"fqdn", "relative"}, at + "/add");
  std::vector<std::string> told_by = {"value"};
  if (records.list) {
    for (const auto& [name, source] : records.list->capture) told_by.push_back(name);
  } else {
    checkUse(loading, records.remove, {"fqdn", "relative"}, at + "/remove");
  }
  checkUse(loading, records.remove, told_by, at + "/remove");
}

void check(Loading& loading, const RecordSet& set, const std::string& at) {
  const std::string read = at + "/read";
  if (!set.read.records) loading.mistake(read, "\"records\" is missing: pointer to the list of records");
  if (set.whole_zone) {
    checkNoList(loading, set.read, read, "the whole zone is one set, of which \"records\" are the records");
    if (!set.read.name) loading.mistake(read, "\"name\" is missing: pointer, in a record, to its name");
  } else if (set.read.items) {
    if (!set.read.name) loading.mistake(read, "\"name\" is missing: pointer, in a set, to its name");
  } else {
    checkNoList(loading, set.read, read, "there is no \"items\"");
    hasNoEffect(loading, set.read.name.has_value(), read + "/name", "there is neither \"items\" nor \"whole_zone\"");
    if (!asksPerName(set.read))
      loading.mistake(read, "neither {fqdn} nor {relative} is used: every name would have the same set");
  }
  checkActions(loading, set.write, at + "/write");
  checkActions(loading, set.create, at + "/create");
  checkActions(loading, set.add, at + "/add");
  checkActions(loading, set.remove, at + "/remove");
  if (set.write.empty() && (set.add.empty() || set.remove.empty()))
    loading.mistake(at, "expected \"write\", or both \"add\" and \"remove\"");
  checkUse(loading, set.write, {"records", "sets", "written"}, at + "/write");
  checkUse(loading, set.create, {"records"}, at + "/create");
  checkUse(loading, set.add, {"added"}, at + "/add");
  checkUse(loading, set.remove, {"removed"}, at + "/remove");
  for (const auto& [steps, name] :
       {std::pair{&set.write, "/write"}, std::pair{&set.create, "/create"}, std::pair{&set.add, "/add"}})
    checkUse(loading, *steps, {"value"}, at + name);
  checkActions(loading, set.del, at + "/delete");
}

void check(Loading& loading, const Slot& slot, const std::string& at) {
  if (slot.holds < 1) loading.mistake(at + "/holds", "expected at least 1");
  checkActions(loading, slot.write, at + "/write");
  checkActions(loading, slot.clear, at + "/clear");
  checkUse(loading, slot.write, {"value"}, at + "/write");
}

void check(Loading& loading, const Ttl& ttl, const std::string& at) {
  if (ttl.most > 0 && ttl.least > ttl.most)
    loading.mistake(at, fmt::format("least {} is more than most {}", ttl.least, ttl.most));
  if (ttl.use > 0 && (ttl.use < ttl.least || (ttl.most > 0 && ttl.use > ttl.most))) {
    loading.mistake(at + "/use", fmt::format("{} is not between {} and {}", ttl.use, ttl.least,
                                             ttl.most > 0 ? std::to_string(ttl.most) : "any number"));
  }
}

void check(Loading& loading, const Definition& definition, const std::string& at) {
  if (!definition.id.starts_with("dns_")) loading.mistake(at + "/id", "expected acme.sh's id, dns_…");
  if ((definition.records ? 1 : 0) + (definition.set ? 1 : 0) + (definition.slot ? 1 : 0) != 1)
    loading.mistake(at, "expected exactly one of \"records\", \"set\" and \"slot\"");
  if (definition.credentials.empty()) loading.mistake("/credentials", "expected at least one set");
  for (std::size_t i = 0; i < definition.credentials.size(); ++i) {
    const Credentials& set = definition.credentials[i];
    const std::string here = fmt::format("/credentials/{}", i);
    for (const Need& need : set.needs) checkVariable(loading, definition, need.name, here + "/needs");
    for (const auto& [name, length] : set.length) checkVariable(loading, definition, name, here + "/length");
    checkActions(loading, set.login, here + "/login");
  }
  for (std::size_t i = 0; i < definition.variables.size(); ++i) {
    if (const auto& ini = definition.variables[i].ini)
      checkVariable(loading, definition, ini->section, fmt::format("/variables/{}/ini/section", i));
  }
  if (!definition.pace_variable.empty()) checkVariable(loading, definition, definition.pace_variable, "/pace_variable");
  if (!definition.ttl.variable.empty()) checkVariable(loading, definition, definition.ttl.variable, "/ttl/variable");
  checkActions(loading, definition.login, "/login");
  checkActions(loading, definition.publish, "/publish");
  for (const auto& [list, where] : loading.lists) checkList(loading, list, where);
}

std::vector<std::string> Credentials::inWords() const {
  std::vector<std::string> words;
  for (const Need& need : needs) {
    const auto found = length.find(need.name);
    words.push_back(need.value              ? need.name + "=" + *need.value
                    : found != length.end() ? fmt::format("{} of {} characters", need.name, found->second)
                                            : need.name);
  }
  return words;
}

std::string_view Step::method() const {
  return get ? "GET" : post ? "POST" : put ? "PUT" : patch ? "PATCH" : "DELETE";
}

const Template& Step::target() const {
  return get ? *get : post ? *post : put ? *put : patch ? *patch : *del;
}

}  // namespace sidecert::dns::providers
