#include "dns/providers/template.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/text.h"
#include "dns/providers/transform.h"

namespace sidecert::dns::providers {
namespace {

std::unexpected<Mistake> wrong(std::string_view text, std::string_view why) {
  return std::unexpected(fmt::format("\"{}\": {}", excerpt(text), why));
}

std::expected<Placeholder, Mistake> parsePlaceholder(std::string_view inside) {
  const auto end = std::min(inside.find_first_of("/|"), inside.size());
  if (end == 0) return std::unexpected("a name is missing between { and }");
  auto path = parsePath(inside.substr(end));
  if (!path) return std::unexpected(path.error());
  return Placeholder{std::string(inside.substr(0, end)), std::move(*path)};
}

// `else` alone has something to say about what is absent.
Value evaluate(const Placeholder& placeholder, const Scope& scope, Demand* demand, bool* raw = nullptr) {
  Value value;
  bool optional = !demand || !demand->absent.empty();
  if (const Value* named = scope.find(placeholder.name)) {
    if (const auto found = selectAll(*named, placeholder.path.pointer, &scope); !found.empty()) value = *found.front();
  }
  for (const AppliedTransform& one : placeholder.path.transforms) {
    if (raw && one.transform->name == "raw") *raw = true;
    if (one.transform->name == "optional") optional = true;
    if (!value.isNull() || one.transform->name == "else") value = applied(one, value);
  }
  if (value.isNull() && !optional && demand->names.contains(placeholder.name)) demand->absent = placeholder.name;
  return value;
}

std::optional<Value> renderAlone(const Template& pattern, const Scope& scope, Demand* demand) {
  if (pattern.placeholders.size() == 1 && pattern.literals[0].empty() && pattern.literals[1].empty()) {
    Value value = evaluate(pattern.placeholders[0], scope, demand);
    return value.isNull() ? std::nullopt : std::optional(std::move(value));
  }
  auto text = renderText(pattern, scope, Escape::None, demand);
  return text ? std::optional<Value>(std::move(*text)) : std::nullopt;
}

Value renderEach(const EachTemplate& pattern, const Scope& scope, Demand* demand) {
  ValueList out;
  const Value* list = scope.find(pattern.list);
  std::int64_t n = 0;
  for (const Value& element : list ? list->items() : std::span<const Value>()) {
    const bool kept = element.find("kept") != nullptr;
    if (kept && !pattern.kept) {
      out.push_back(*element.find("item"));
      continue;
    }
    Scope inner(&scope);
    inner.set("n", ++n);
    if (element.isObject()) {
      for (const Member& member : element.members()) inner.set(member.name, member.value);
    } else {
      inner.set("item", element);
    }
    if (auto one = renderTree(kept ? *pattern.kept : *pattern.give, inner, demand)) out.push_back(std::move(*one));
  }
  if (pattern.alone && out.size() == 1) return out.front();
  return out;
}

struct Renderer {
  const Scope& scope;
  Demand* demand;

  std::optional<Value> operator()(const Value& value) const { return value; }
  std::optional<Value> operator()(const Template& text) const { return renderAlone(text, scope, demand); }
  std::optional<Value> operator()(const EachTemplate& each) const { return renderEach(each, scope, demand); }
  std::optional<Value> operator()(const JsonTextTemplate& text) const {
    const auto value = renderTree(*text.tree, scope, demand);
    return value ? std::optional<Value>(dump(*value)) : std::nullopt;
  }
  std::optional<Value> operator()(const std::vector<TreeTemplate>& list) const {
    ValueList out;
    for (const TreeTemplate& element : list) {
      auto value = renderTree(element, scope, demand);
      if (!value) continue;
      if (std::holds_alternative<EachTemplate>(element.node)) {
        out.insert(out.end(), value->items().begin(), value->items().end());
      } else {
        out.push_back(std::move(*value));
      }
    }
    return out;
  }
  std::optional<Value> operator()(const ObjectTemplate& object) const {
    Object out;
    for (const auto& [key, member] : object.members) {
      auto name = renderText(key, scope, Escape::None, demand);
      auto value = renderTree(member, scope, demand);
      if (name && value) out.set(std::move(*name), std::move(*value));
    }
    return out;
  }
};

struct NameCollector {
  std::set<std::string>& names;

  void operator()(const Value& /*value*/) const {}
  void operator()(const Template& text) const { collectNames(text, names); }
  void operator()(const EachTemplate& each) const {
    names.insert(each.list);
    collectNames(*each.give, names);
    if (each.kept) collectNames(*each.kept, names);
  }
  void operator()(const JsonTextTemplate& text) const { collectNames(*text.tree, names); }
  void operator()(const std::vector<TreeTemplate>& list) const {
    for (const TreeTemplate& element : list) collectNames(element, names);
  }
  void operator()(const ObjectTemplate& object) const {
    for (const auto& [key, member] : object.members) {
      collectNames(key, names);
      collectNames(member, names);
    }
  }
};

}  // namespace

std::expected<Template, Mistake> parseTemplate(std::string_view text) {
  Template out;
  out.spelling = text;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool doubled = i + 1 < text.size() && text[i + 1] == c;
    if ((c == '{' || c == '}') && doubled) {
      out.literals.back() += c;
      ++i;
    } else if (c == '}') {
      return wrong(text, "a } without {; a brace itself is written }}");
    } else if (c != '{') {
      out.literals.back() += c;
    } else {
      const auto end = text.find('}', i);
      if (end == std::string_view::npos) return wrong(text, "a { without }; a brace itself is written {{");
      auto placeholder = parsePlaceholder(text.substr(i + 1, end - i - 1));
      if (!placeholder) return wrong(text, placeholder.error());
      out.placeholders.push_back(std::move(*placeholder));
      out.literals.emplace_back();
      i = end;
    }
  }
  return out;
}

std::optional<std::string> renderText(const Template& pattern, const Scope& scope, Escape escape, Demand* demand) {
  std::string out = pattern.literals[0];
  for (std::size_t i = 0; i < pattern.placeholders.size(); ++i) {
    bool raw = escape == Escape::None;
    const Value value = evaluate(pattern.placeholders[i], scope, demand, &raw);
    if (value.isNull()) return std::nullopt;
    out += raw ? toText(value) : percentEncode(toText(value));
    out += pattern.literals[i + 1];
  }
  return out;
}

std::optional<Value> renderTree(const TreeTemplate& pattern, const Scope& scope, Demand* demand) {
  return std::visit(Renderer{scope, demand}, pattern.node);
}

std::string firstAbsent(const Template& pattern, const Scope& scope) {
  for (const Placeholder& placeholder : pattern.placeholders) {
    if (evaluate(placeholder, scope, nullptr).isNull()) return placeholder.name;
  }
  return {};
}

void collectNames(const Template& pattern, std::set<std::string>& names) {
  for (const Placeholder& placeholder : pattern.placeholders) names.insert(placeholder.name);
}

void collectNames(const TreeTemplate& pattern, std::set<std::string>& names) {
  std::visit(NameCollector{names}, pattern.node);
}

}  // namespace sidecert::dns::providers
