#include "dns/providers/definition_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

#include "base/text.h"
#include "dns/providers/scheme.h"
#include "dns/providers/template.h"

namespace sidecert::dns::providers {
namespace {

// What the engine itself gives to templates.
const std::set<std::string>& engineNames() {
  static const std::set<std::string> names = {"candidate", "cut",  "fqdn",   "relative", "value", "ttl", "zone", "page",
                                              "offset",    "size", "cursor", "now",      "nonce", "n",   "item", "totp"};
  return names;
}

const std::set<std::string>& engineLists() {
  static const std::set<std::string> names = {"additions", "removals", "records", "former",  "added",
                                              "removed",   "sets",     "written", "emptied", "existing"};
  return names;
}

class Checker {
 public:
  explicit Checker(const Definition& definition) : definition_(definition) {}

  std::vector<std::string> run(const Json& tree) {
    collectNames(tree);
    walk(tree, "");
    variables();
    shape();
    return std::move(problems_);
  }

 private:
  void problem(const std::string& at, const std::string& what) {
    problems_.push_back(fmt::format("{}: {}", at.empty() ? "/" : at, what));
  }

  void collectNames(const Json& node) {
    for (const DefinedVariable& variable : definition_.variables) names_.insert(variable.name);
    names_.insert(engineNames().begin(), engineNames().end());
    const std::function<void(const Json&)> visit = [&](const Json& here) {
      if (!here.is_structured()) return;
      if (here.is_object() && here.contains("capture") && here["capture"].is_object()) {
        for (const auto& [name, source] : here["capture"].items()) names_.insert(name);
      }
      if (here.is_object() && here.contains("let") && here["let"].is_object()) {
        for (const auto& [name, patterns] : here["let"].items()) names_.insert(name);
      }
      for (const Json& child : here) visit(child);
    };
    visit(node);
  }

  std::vector<const Sign*> signs() const {
    std::vector<const Sign*> out;
    if (definition_.sign) out.push_back(&*definition_.sign);
    for (const Credentials& set : definition_.credentials) {
      if (set.sign) out.push_back(&*set.sign);
    }
    return out;
  }

  // Members that hold templates, and those that hold something else.
  void walk(const Json& node, const std::string& at) {
    if (node.is_string()) return checkText(node.get_ref<const std::string&>(), at);
    if (!node.is_structured()) return;
    if (node.is_array()) {
      for (std::size_t i = 0; i < node.size(); ++i) walk(node[i], at + "/" + std::to_string(i));
      return;
    }
    static const std::set<std::string> not_templates = {
        "$schema",  "id",        "name",          "docs",  "rights",  "keys_at", "note",    "aliases", "variables",
        "needs",    "items",     "capture",       "pages", "message", "value",   "records", "answers", "scheme",
        "variable", "pace_from", "pace_variable", "next",  "link",    "cursor",  "total",   "more"};
    const bool body =
        at.ends_with("/json") || at.ends_with("/form") || at.ends_with("/query") || at.ends_with("/headers") || in_body_ > 0;
    if (node.contains("each")) checkEach(node, at);
    if (!body && node.contains("capture")) checkCapture(node["capture"], at + "/capture");
    for (const auto& [key, value] : node.items()) {
      const std::string here = at + "/" + key;
      if (key == "each") continue;
      const bool opens =
          !body && (key == "json" || key == "form" || key == "query" || key == "headers" || key == "xml" || key == "xmlrpc");
      if (!body && value.is_string() && not_templates.contains(key) && !(key == "name" && at == "/slot")) continue;
      if (!body && (key == "variables" || key == "capture" || key == "pages" || key == "aliases" || key == "message" ||
                    key == "needs"))
        continue;
      if (opens) ++in_body_;
      if (in_body_ > 0) checkText(key, here);
      walk(value, here);
      if (opens) --in_body_;
    }
  }

  // Where a captured value is taken from may depend on a name.
  void checkCapture(const Json& node, const std::string& at) {
    if (node.is_string() && node.get_ref<const std::string&>().contains('{')) checkText(node.get<std::string>(), at);
    if (!node.is_structured()) return;
    for (const auto& [key, member] : node.items()) {
      if (key != "text") checkCapture(member, at + "/" + key);
    }
  }

  void condition(const Condition& one, const std::string& at) {
    if (one.declared()) condition(one.tree, at);
  }
  void condition(const Json& node, const std::string& at) {
    if (node.is_array()) {
      for (std::size_t i = 0; i < node.size(); ++i) condition(node[i], at + "/" + std::to_string(i));
      return;
    }
    if (!node.is_object()) return problem(at, "expected a condition: an object, or a list of objects");
    for (const auto& [key, expected] : node.items()) {
      const bool known =
          key.empty() || key.starts_with('/') || key == "status" || key == "text" || key.starts_with("header:");
      if (!known)
        problem(at, fmt::format(R"("{}": expected "status", "text", "header:Name" or a JSON pointer)", excerpt(key, 40)));
      for (const Json& alternative : expected.is_array() ? expected : Json::array({expected})) {
        const bool test =
            alternative.is_object() && alternative.size() == 1 &&
            (alternative.contains("contains") || alternative.contains("starts") || alternative.contains("present"));
        if (alternative.is_structured() && !test) {
          problem(at + "/" + key, R"(expected a value, or {"contains": …}, {"starts": …} or {"present": …})");
        }
      }
    }
  }
  void outcomes(const Outcomes& all, const std::string& at) {
    condition(all.ok, at + "/ok");
    condition(all.exists, at + "/exists");
    condition(all.missing, at + "/missing");
    condition(all.denied, at + "/denied");
    condition(all.slow, at + "/slow");
    condition(all.busy, at + "/busy");
    condition(all.conflict, at + "/conflict");
    condition(all.failed, at + "/failed");
  }

  void checkEach(const Json& node, const std::string& at) {
    if (!node["each"].is_string() || !engineLists().contains(node["each"].get<std::string>())) {
      problem(at + "/each", "expected one of " + join({engineLists().begin(), engineLists().end()}, ", "));
    }
    if (!node.contains("give")) problem(at, "\"give\" is missing: what each element becomes");
  }

  void checkText(const std::string& text, const std::string& at) {
    const auto parts = parseTemplate(text);
    if (!parts) return problem(at, parts.error().what);
    for (const Placeholder& placeholder : parts->placeholders) {
      if (names_.contains(placeholder.name)) continue;
      const auto nearest =
          std::ranges::min_element(names_, {}, [&](const std::string& n) { return editDistance(n, placeholder.name); });
      problem(at, fmt::format("nothing is called \"{}\"; did you mean \"{}\"?", excerpt(placeholder.name, 40), *nearest));
    }
  }

  void variables() {
    std::set<std::string> known;
    for (const DefinedVariable& variable : definition_.variables) known.insert(variable.name);
    for (std::size_t i = 0; i < definition_.credentials.size(); ++i) {
      for (const std::string& need : definition_.credentials[i].needs) {
        if (!known.contains(need.substr(0, need.find('='))))
          problem(fmt::format("/credentials/{}/needs", i), fmt::format("\"{}\" is not among the variables", need));
      }
      if (definition_.credentials[i].zone) zone(*definition_.credentials[i].zone, fmt::format("/credentials/{}/zone", i));
      steps(definition_.credentials[i].login, fmt::format("/credentials/{}/login", i));
    }
    if (definition_.credentials.empty()) problem("/credentials", "expected at least one set");
    for (const Sign* sign : signs()) scheme(*sign);
    if (!definition_.pace_variable.empty() && !known.contains(definition_.pace_variable)) {
      problem("/pace_variable", fmt::format("\"{}\" is not among the variables", definition_.pace_variable));
    }
    if (!definition_.ttl.variable.empty() && !known.contains(definition_.ttl.variable)) {
      problem("/ttl/variable", fmt::format("\"{}\" is not among the variables", definition_.ttl.variable));
    }
  }

  void scheme(const Sign& sign) {
    const SchemeEntry* known = findScheme(sign.scheme);
    if (!known) return problem("/sign/scheme", fmt::format("there is no scheme \"{}\"", excerpt(sign.scheme, 40)));
    for (const auto& need : known->needs) {
      if (!sign.with.contains(std::string(need)))
        problem("/sign/with", fmt::format("\"{}\" is missing for {}", need, sign.scheme));
    }
  }

  void shape() {
    if (!definition_.id.starts_with("dns_")) problem("/id", "expected acme.sh's id, dns_…");
    format(definition_.answers, "/answers");
    zone(definition_.zone, "/zone");
    const int models = (definition_.records ? 1 : 0) + (definition_.set ? 1 : 0) + (definition_.slot ? 1 : 0);
    if (models != 1) problem("", "expected exactly one of \"records\", \"set\" and \"slot\"");
    if (definition_.records) {
      if (definition_.records->list) {
        listed(*definition_.records->list, "/records/list", true);
      }
      steps(definition_.records->add, "/records/add");
      steps(definition_.records->remove, "/records/remove");
    }
    if (definition_.set) {
      step(definition_.set->read, "/set/read");
      if (definition_.set->read.records.empty())
        problem("/set/read", "\"records\" is missing: pointer to the list of records");
      steps(definition_.set->write, "/set/write");
      steps(definition_.set->create, "/set/create");
      steps(definition_.set->remove, "/set/remove");
      steps(definition_.set->del, "/set/delete");
    }
    if (definition_.slot) {
      steps(definition_.slot->write, "/slot/write");
      steps(definition_.slot->clear, "/slot/clear");
    }
    outcomes(definition_.outcomes, "");
    steps(definition_.publish, "/publish");
    steps(definition_.login, "/login");
  }

  void zone(const ZoneLookup& lookup, const std::string& at) {
    const int ways = (lookup.walk ? 1 : 0) + (lookup.list ? 1 : 0) + (lookup.ask ? 1 : 0) + (lookup.given.empty() ? 0 : 1);
    if (ways != 1) problem(at, "expected exactly one of \"walk\", \"list\", \"ask\" and \"given\"");
    if (lookup.walk) step(*lookup.walk, at + "/walk");
    if (lookup.list) listed(*lookup.list, at + "/list", false);
    if (lookup.ask) {
      step(*lookup.ask, at + "/ask");
      if (lookup.ask->name.empty()) problem(at + "/ask", "\"name\" is missing: pointer to the zone's name");
    }
  }

  void listed(const Step& list, const std::string& at, bool values) {
    step(list, at);
    if (values && list.value.empty()) problem(at, "\"value\" is missing: pointer, in an item, to the TXT value");
  }

  void steps(const Steps& all, const std::string& at) {
    for (std::size_t i = 0; i < all.size(); ++i) step(all[i], all.size() == 1 ? at : at + "/" + std::to_string(i));
  }

  void format(const std::string& name, const std::string& at) {
    static const std::set<std::string> formats = {"json", "xml", "xmlrpc", "html", "text"};
    if (!formats.contains(name)) problem(at, "expected json, xml, xmlrpc, html or text");
  }

  void step(const Step& one, const std::string& at) {
    const int methods = static_cast<int>(
        std::ranges::count_if(std::initializer_list<const std::string*>{&one.get, &one.post, &one.put, &one.patch, &one.del},
                              [](const std::string* url) { return !url->empty(); }));
    if (methods != 1) problem(at, "expected exactly one of \"get\", \"post\", \"put\", \"patch\" and \"delete\"");
    const auto bodies = (one.json.is_null() ? 0 : 1) + (one.form.is_null() ? 0 : 1) + (one.xml.is_null() ? 0 : 1) +
                        (one.xmlrpc.is_null() ? 0 : 1) + (one.text.empty() ? 0 : 1);
    if (bodies > 1) problem(at, "expected one body, not several of \"json\", \"form\", \"xml\", \"xmlrpc\" and \"text\"");
    if (!one.answers.empty()) format(one.answers, at + "/answers");
    outcomes(one.outcomes, at);
    condition(one.where, at + "/where");
    condition(one.until, at + "/until");
    if (one.sign) scheme(*one.sign);
    steps(one.detail, at + "/detail");
    for (const std::string& pointer : {one.items.value_or(""), one.name, one.value, one.records}) {
      if (!pointer.empty() && !pointer.starts_with('/') && !pointer.starts_with("text:")) {
        problem(at, fmt::format("\"{}\" is no JSON pointer: it would start with /", excerpt(pointer, 40)));
      }
    }
    if (one.until.declared() && one.every <= 0) problem(at + "/every", "expected more than 0 seconds");
  }

  const Definition& definition_;
  std::set<std::string> names_;
  std::vector<std::string> problems_;
  int in_body_ = 0;
};

}  // namespace

std::vector<std::string> checkDefinition(const Definition& definition, const Json& tree) {
  return Checker(definition).run(tree);
}

}  // namespace sidecert::dns::providers
