#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "dns/providers/definition.h"
#include "dns/providers/definition_fields.h"
#include "dns/providers/definition_rules.h"
#include "dns/providers/json.h"

namespace sidecert::dns::providers {
namespace {

constexpr std::int64_t kLargestNumber = 1'000'000'000;
constexpr double kMostSeconds = 86400;

std::string quotedNearest(const auto& known, std::string_view typed) {
  const auto nearest = std::ranges::min_element(known, {}, [&](const std::string& one) { return editDistance(one, typed); });
  return nearest == known.end() ? std::string() : fmt::format("; did you mean \"{}\"?", *nearest);
}

std::string escapedKey(std::string_view key) {
  std::string out;
  for (const char c : key) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return out;
}

// Reads the members of one object by the tables of definition_fields.h. Reading is checking: what is read is of its type.
class Loader {
 public:
  Loader(const Value& node, std::string at, Loading& loading) : node_(node), at_(std::move(at)), loading_(loading) {}

  template <class T>
  void required(const std::string& key, T& into, std::string_view meaning) {
    if (!node_.find(key)) loading_.mistake(at_, fmt::format("\"{}\" is missing: {}", key, meaning));
    optional(key, into, meaning);
  }

  template <class T>
  void optional(const std::string& key, T& into, std::string_view /*meaning*/) {
    known_.push_back(key);
    if (const Value* member = node_.find(key)) read(*member, at_ + "/" + key, into);
  }

  void finish() {
    for (const auto& [key, value] : node_.members()) {
      if (std::ranges::contains(known_, key) || key == "$schema") continue;
      loading_.mistake(at_ + "/" + escapedKey(key), "unknown here" + quotedNearest(known_, key));
    }
  }

  template <class T>
    requires requires(Loader& loader, T& into) { fields(loader, into); }
  void read(const Value& node, const std::string& at, T& into) {
    if (!node.isObject()) return expected(at, "an object");
    Loader inner(node, at, loading_);
    fields(inner, into);
    inner.finish();
    if constexpr (requires { complete(into); }) complete(into);
    if constexpr (requires { check(loading_, into, at); }) check(loading_, into, at);
  }

 private:
  void expected(const std::string& at, std::string_view what) { loading_.mistake(at, fmt::format("expected {}", what)); }

  template <class T>
  void take(const std::string& at, std::expected<T, Mistake> parsed, auto& into) {
    if (!parsed) return loading_.mistake(at, parsed.error());
    into = std::move(*parsed);
  }

  void read(const Value& node, const std::string& at, std::string& into) {
    if (!node.isText()) return expected(at, "a text");
    into = node.text();
  }
  void read(const Value& node, const std::string& at, bool& into) {
    if (!node.isBool()) return expected(at, "true or false");
    into = node.truth();
  }
  void read(const Value& node, const std::string& at, int& into) {
    const auto number = node.integer();
    if (!number || *number < 0 || *number > kLargestNumber) return expected(at, "a whole number, not negative");
    into = static_cast<int>(*number);
  }
  void read(const Value& node, const std::string& at, double& into) {
    const auto number = node.number();
    if (!number || *number < 0 || *number > kMostSeconds)
      return expected(at, fmt::format("seconds: a number between 0 and {}", kMostSeconds));
    into = *number;
  }
  void read(const Value& node, const std::string& at, Format& into) {
    const auto* known = std::ranges::find(kFormats, node.text(), &FormatName::name);
    if (known == std::end(kFormats)) return expected(at, "json, xml, xmlrpc, html or text");
    into = known->format;
  }
  void read(const Value& node, const std::string& at, Need& into) {
    if (!node.isText() || node.text().empty()) return expected(at, "NAME or NAME=value");
    const auto equals = node.text().find('=');
    into.name = node.text().substr(0, equals);
    if (equals != std::string::npos) into.value = node.text().substr(equals + 1);
  }
  void read(const Value& node, const std::string& at, ValuePath& into) {
    if (!node.isText()) return expected(at, "a JSON pointer");
    take(at, parsePath(node.text()), into);
    noteNames(into.pointer, at);
  }
  void read(const Value& node, const std::string& at, TextPattern& into) {
    if (!node.isText() || node.text().empty()) return expected(at, "a text with (*) where a value is");
    into = TextPattern(node.text());
    if (!into.hasValue()) loading_.mistake(at, "the pattern has no (*) where a value is");
  }
  void read(const Value& node, const std::string& at, Items& into) {
    if (!node.text().starts_with("text:")) return read(node, at, into.emplace<ValuePath>());
    read(Value(node.text().substr(5)), at, into.emplace<TextPattern>());
  }
  void read(const Value& node, const std::string& at, Template& into) {
    if (!node.isText()) return expected(at, "a text");
    take(at, parseTemplate(node.text()), into);
    for (const Placeholder& placeholder : into.placeholders) loading_.uses.emplace_back(placeholder.name, at);
  }
  void read(const Value& node, const std::string& at, TreeTemplate& into) {
    if (node.isText()) return read(node, at, into.node.emplace<Template>());
    if (node.isList()) return readList(node, at, into.node.emplace<std::vector<TreeTemplate>>());
    if (!node.isObject()) {
      into.node = node;
    } else if (node.find("each")) {
      readEach(node, at, into.node.emplace<EachTemplate>());
    } else if (node.find("as_json")) {
      into.node = JsonTextTemplate{readOnly(node, at, "as_json")};
    } else {
      auto& object = into.node.emplace<ObjectTemplate>();
      for (const Member& member : node.members()) {
        const std::string here = at + "/" + escapedKey(member.name);
        auto& [name, value] = object.members.emplace_back();
        read(Value(member.name), here, name);
        read(member.value, here, value);
      }
    }
  }
  void read(const Value& node, const std::string& at, std::optional<TreeTemplate>& into) {
    if (!node.isStructured()) return expected(at, "an object or a list");
    read(node, at, into.emplace());
  }
  void readEach(const Value& node, const std::string& at, EachTemplate& into) {
    for (const Member& member : node.members()) {
      const std::string here = at + "/" + escapedKey(member.name);
      if (member.name == "each") {
        read(member.value, here, into.list);
        loading_.lists.emplace_back(into.list, here);
      } else if (member.name == "give") {
        into.give = readShared(member.value, here);
      } else if (member.name == "kept") {
        into.kept = readShared(member.value, here);
      } else if (member.name == "alone") {
        read(member.value, here, into.alone);
      } else {
        loading_.mistake(here, "unknown here: beside \"each\" stand \"give\", \"kept\" and \"alone\"");
      }
    }
    if (into.give) return;
    loading_.mistake(at, "\"give\" is missing: what each element becomes");
    into.give = std::make_shared<const TreeTemplate>();
  }
  std::shared_ptr<const TreeTemplate> readShared(const Value& node, const std::string& at) {
    auto tree = std::make_shared<TreeTemplate>();
    read(node, at, *tree);
    return tree;
  }
  std::shared_ptr<const TreeTemplate> readOnly(const Value& node, const std::string& at, const std::string& key) {
    if (node.members().size() > 1) loading_.mistake(at, fmt::format("nothing may stand beside \"{}\"", key));
    return readShared(*node.find(key), at + "/" + key);
  }
  void read(const Value& node, const std::string& at, Let& into) {
    if (!node.isObject()) return expected(at, "an object");
    for (const Member& member : node.members()) {
      const std::string here = at + "/" + escapedKey(member.name);
      loading_.names.insert(member.name);
      auto& [name, templates] = into.emplace_back(member.name, std::vector<TreeTemplate>{});
      if (member.value.isList()) {
        readList(member.value, here, templates);
      } else {
        read(member.value, here, templates.emplace_back());
      }
    }
  }
  void read(const Value& node, const std::string& at, Source& into) {
    if (node.isText()) return read(node, at, into.pointer.emplace());
    if (node.isList()) {
      if (node.items().empty()) expected(at, "at least one place to take the value from");
      return readList(node, at, into.any);
    }
    if (!node.isObject()) return expected(at, "a JSON pointer, an object, or a list of them");
    Loader inner(node, at, loading_);
    fields(inner, into);
    inner.finish();
    if (node.members().size() != 1) expected(at, "one of \"header\", \"cookie\", \"text\" and \"answer\"");
  }
  void read(const Value& node, const std::string& at, Ttl& into) {
    if (node.isInteger()) return read(node, at, into.use);
    if (!node.isObject())
      return expected(at, "seconds, or an object with \"use\", \"variable\", \"least\", \"most\" and \"allowed\"");
    Loader inner(node, at, loading_);
    fields(inner, into);
    inner.finish();
    check(loading_, into, at);
  }
  void read(const Value& node, const std::string& at, Steps& into) {
    if (!node.isList()) return read(node, at, into.emplace_back());
    if (node.items().empty()) expected(at, "at least one step");
    readList(node, at, into);
  }

  // A condition, or a list of which one has to hold; a list in a list is the same list.
  void read(const Value& node, const std::string& at, Condition& into) {
    if (node.isList() && !node.items().empty()) {
      for (std::size_t i = 0; i < node.items().size(); ++i) read(node.items()[i], at + "/" + std::to_string(i), into);
      return;
    }
    if (!node.isObject() || node.members().empty()) {
      return expected(at, "a condition: an object with at least one test, or a list of such objects");
    }
    std::vector<ConditionTest>& all = into.any.emplace_back();
    for (const Member& member : node.members()) readTest(member, at, all.emplace_back());
  }
  void readTest(const Member& member, const std::string& at, ConditionTest& into) {
    const std::string here = at + "/" + escapedKey(member.name);
    into.spelling = member.name;
    if (member.name == "status") {
      readStatus(member.value, here, into.test.emplace<StatusTest>());
    } else if (member.name == "text") {
      readExpected(member.value, here, into.test.emplace<BodyTest>().any);
    } else if (member.name.starts_with("header:")) {
      HeaderTest& test = into.test.emplace<HeaderTest>();
      test.name = member.name.substr(7);
      readExpected(member.value, here, test.any);
    } else if (member.name.empty() || member.name.starts_with('/')) {
      ValueTest& test = into.test.emplace<ValueTest>();
      take(here, parsePointer(member.name), test.pointer);
      noteNames(test.pointer, here);
      readExpected(member.value, here, test.any);
      const auto is_presence = [](const Expected& one) {
        return one.kind == Expected::Kind::Present || one.kind == Expected::Kind::Absent;
      };
      if (test.pointer.segments.empty() && std::ranges::any_of(test.any, is_presence))
        loading_.mistake(here, "the answer itself is always present");
    } else {
      loading_.mistake(
          at, fmt::format(R"("{}": expected "status", "text", "header:Name" or a JSON pointer)", excerpt(member.name, 40)));
    }
  }
  void readStatus(const Value& node, const std::string& at, StatusTest& into) {
    if (node.isList()) {
      for (std::size_t i = 0; i < node.items().size(); ++i) readStatus(node.items()[i], at + "/" + std::to_string(i), into);
      if (node.items().empty()) expected(at, "at least one status");
      return;
    }
    const std::string& text = node.text();
    const auto number = node.integer().value_or(0);
    if (number >= 100 && number <= 599) {
      into.any.push_back(static_cast<int>(number));
    } else if (text.size() == 3 && text.ends_with("xx") && text[0] >= '1' && text[0] <= '5') {
      into.any.push_back(text[0] - '0');
    } else {
      expected(at, "a status such as 404, a class such as \"4xx\", or a list of them");
    }
  }
  void readExpected(const Value& node, const std::string& at, std::vector<Expected>& into) {
    if (node.isList()) {
      for (std::size_t i = 0; i < node.items().size(); ++i)
        readExpected(node.items()[i], at + "/" + std::to_string(i), into);
      if (node.items().empty()) expected(at, "at least one value");
      return;
    }
    Expected& one = into.emplace_back();
    if (!node.isObject()) {
      if (node.isText()) return read(node, at, one.text);
      one.text.literals[0] = toText(node);
      return;
    }
    const Member* only = node.members().size() == 1 ? node.members().data() : nullptr;
    if (only && only->name == "present" && only->value.isBool()) {
      one.kind = only->value.truth() ? Expected::Kind::Present : Expected::Kind::Absent;
    } else if (only && (only->name == "contains" || only->name == "starts") && only->value.isText()) {
      one.kind = only->name == "contains" ? Expected::Kind::Contains : Expected::Kind::Starts;
      read(only->value, at + "/" + only->name, one.text);
    } else {
      expected(at, R"(a value, or {"contains": text}, {"starts": text} or {"present": true or false})");
    }
  }

  template <class T>
  void read(const Value& node, const std::string& at, std::optional<T>& into) {
    read(node, at, into.emplace());
  }
  template <class T>
  void read(const Value& node, const std::string& at, std::vector<T>& into) {
    readList(node, at, into);
  }
  template <class T>
  void read(const Value& node, const std::string& at, std::map<std::string, T>& into) {
    if (!node.isObject()) return expected(at, "an object");
    for (const Member& member : node.members()) {
      if constexpr (std::same_as<T, Source>) {
        loading_.names.insert(member.name);
        loading_.captured.insert(member.name);
      }
      read(member.value, at + "/" + escapedKey(member.name), into[member.name]);
    }
  }
  template <class T>
  void readList(const Value& node, const std::string& at, std::vector<T>& into) {
    if (!node.isList()) return expected(at, "a list");
    for (std::size_t i = 0; i < node.items().size(); ++i) {
      read(node.items()[i], at + "/" + std::to_string(i), into.emplace_back());
    }
  }

  void noteNames(const Pointer& pointer, const std::string& at) {
    for (const Segment& segment : pointer.segments) {
      if (segment.key.is_name) loading_.uses.emplace_back(segment.key.text, at);
      for (const auto& [key, value] : segment.match) {
        if (value.is_name) loading_.uses.emplace_back(value.text, at);
      }
    }
  }

  const Value& node_;
  std::string at_;
  Loading& loading_;
  std::vector<std::string> known_;
};

void checkNames(Loading& loading) {
  for (const auto& [name, at] : loading.uses) {
    if (!loading.names.contains(name))
      loading.mistake(at, fmt::format("nothing is called \"{}\"{}", excerpt(name, 40), quotedNearest(loading.names, name)));
  }
}

}  // namespace

Result<Definition> loadDefinition(std::string_view text, std::string_view where) {
  const auto tree = parseJson(text);
  if (!tree) {
    const std::string line = tree.error().line > 0 ? fmt::format(", line {}", tree.error().line) : "";
    return fail(ErrorCode::Settings, fmt::format("{}{}: {}", where, line, tree.error().why));
  }
  Loading loading;
  loading.names = engineNames();
  Definition definition;
  Loader(*tree, "", loading).read(*tree, "", definition);
  checkNames(loading);
  definition.demanded = engineNames();
  definition.demanded.insert(loading.captured.begin(), loading.captured.end());
  definition.demanded.erase("ttl");  // 0 leaves it to the provider
  if (loading.mistakes.empty()) return definition;
  std::string all;
  for (const std::string& one : loading.mistakes) all += fmt::format("{}{}: {}", all.empty() ? "" : "\n", where, one);
  return fail(ErrorCode::Settings, std::move(all), "docs/provider-definitions.md describes the format");
}

}  // namespace sidecert::dns::providers
