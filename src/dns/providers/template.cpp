#include "dns/providers/template.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/text.h"
#include "dns/providers/transform.h"

namespace sidecert::dns::providers {
namespace {

std::unexpected<Error> wrong(std::string_view pattern, std::string_view why) {
  return fail(ErrorCode::Settings, fmt::format("\"{}\": {}", excerpt(pattern), why));
}

Result<Placeholder> parsePlaceholder(std::string_view pattern, std::string_view inside) {
  Placeholder out;
  auto bar = inside.find('|');
  const auto path = inside.substr(0, bar);
  const auto slash = path.find('/');
  out.name = path.substr(0, slash);
  if (slash != std::string_view::npos) out.pointer = path.substr(slash);
  if (out.name.empty()) return wrong(pattern, "a name is missing between { and }");
  while (bar != std::string_view::npos) {
    inside.remove_prefix(bar + 1);
    bar = inside.find('|');
    const auto one = inside.substr(0, bar);
    const auto colon = one.find(':');
    const std::string name(one.substr(0, colon));
    const Transform* known = findTransform(name);
    if (!known) return wrong(pattern, fmt::format("there is no transform \"{}\"", excerpt(name)));
    if (known->argument.empty() == (colon != std::string_view::npos)) {
      return wrong(pattern, fmt::format("transform \"{}\" {}", name,
                                        known->argument.empty() ? "takes no argument" : "needs an argument after a colon"));
    }
    out.transforms.emplace_back(name, colon == std::string_view::npos ? "" : std::string(one.substr(colon + 1)));
  }
  return out;
}

std::optional<Json> evaluate(const Placeholder& placeholder, const Scope& scope, bool& raw) {
  const Json* found = scope.find(placeholder.name);
  if (found) found = selectFirst(*found, placeholder.pointer);
  Json value = found ? *found : Json(nullptr);
  for (const auto& [name, argument] : placeholder.transforms) {
    if (name == "raw") raw = true;
    if (value.is_null() && name != "else") continue;
    if (const Transform* known = findTransform(name)) value = known->apply(value, argument);
  }
  if (value.is_null()) return std::nullopt;
  return value;
}

std::optional<Json> renderString(const std::string& pattern, const Scope& scope) {
  const auto parts = parseTemplate(pattern);
  if (!parts) return std::nullopt;
  if (parts->placeholders.size() == 1 && parts->literals[0].empty() && parts->literals[1].empty()) {
    bool raw = false;
    return evaluate(parts->placeholders[0], scope, raw);
  }
  auto text = renderText(pattern, scope);
  if (!text) return std::nullopt;
  return Json(std::move(*text));
}

Json renderEach(const Json& pattern, const Scope& scope) {
  Json out = Json::array();
  const Json* list = scope.find(toText(pattern["each"]));
  if (!list || !list->is_array()) return out;
  std::int64_t n = 0;
  for (const Json& element : *list) {
    const bool kept = element.is_object() && element.contains("kept");
    if (kept && !pattern.contains("kept")) {
      out.push_back(element["item"]);
      continue;
    }
    Scope inner(&scope);
    inner.set("n", ++n);
    if (element.is_object()) {
      for (const auto& [name, value] : element.items()) inner.set(name, value);
    } else {
      inner.set("item", element);
    }
    if (auto one = renderTree(kept ? pattern["kept"] : pattern["give"], inner)) out.push_back(std::move(*one));
  }
  return out;
}

bool isEach(const Json& pattern) {
  return pattern.is_object() && pattern.contains("each");
}

}  // namespace

const Json* Scope::find(std::string_view name) const {
  for (const Scope* scope = this; scope; scope = scope->outer_) {
    if (const auto found = scope->values_.find(name); found != scope->values_.end()) {
      return found->second.is_null() ? nullptr : &found->second;
    }
  }
  return nullptr;
}

Result<TemplateParts> parseTemplate(std::string_view pattern) {
  TemplateParts out;
  out.literals.emplace_back();
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    const bool doubled = i + 1 < pattern.size() && pattern[i + 1] == c;
    if ((c == '{' || c == '}') && doubled) {
      out.literals.back() += c;
      ++i;
    } else if (c == '}') {
      return wrong(pattern, "a } without {; a brace itself is written }}");
    } else if (c != '{') {
      out.literals.back() += c;
    } else {
      const auto end = pattern.find('}', i);
      if (end == std::string_view::npos) return wrong(pattern, "a { without }; a brace itself is written {{");
      auto placeholder = parsePlaceholder(pattern, pattern.substr(i + 1, end - i - 1));
      if (!placeholder) return std::unexpected(placeholder.error());
      out.placeholders.push_back(std::move(*placeholder));
      out.literals.emplace_back();
      i = end;
    }
  }
  return out;
}

std::optional<std::string> renderText(std::string_view pattern, const Scope& scope, Escape escape) {
  const auto parts = parseTemplate(pattern);
  if (!parts) return std::nullopt;
  std::string out = parts->literals[0];
  for (std::size_t i = 0; i < parts->placeholders.size(); ++i) {
    bool raw = escape == Escape::None;
    const auto value = evaluate(parts->placeholders[i], scope, raw);
    if (!value) return std::nullopt;
    out += raw ? toText(*value) : percentEncode(toText(*value));
    out += parts->literals[i + 1];
  }
  return out;
}

std::optional<Json> renderTree(const Json& pattern, const Scope& scope) {
  if (pattern.is_string()) return renderString(pattern.get_ref<const std::string&>(), scope);
  if (isEach(pattern)) return renderEach(pattern, scope);
  if (pattern.is_array()) {
    Json out = Json::array();
    for (const Json& element : pattern) {
      auto value = renderTree(element, scope);
      if (!value) continue;
      if (isEach(element)) {
        for (Json& one : *value) out.push_back(std::move(one));
      } else {
        out.push_back(std::move(*value));
      }
    }
    return out;
  }
  if (!pattern.is_object()) return pattern;
  if (pattern.contains("as_json")) {
    const auto value = renderTree(pattern["as_json"], scope);
    return value ? std::optional<Json>(dump(*value)) : std::nullopt;
  }
  Json out = Json::object();
  for (const auto& [key, member] : pattern.items()) {
    const auto name = renderText(key, scope);
    auto value = renderTree(member, scope);
    if (name && value) out[*name] = std::move(*value);
  }
  return out;
}

bool usesName(const Json& pattern, std::string_view name) {
  if (pattern.is_string()) {
    const auto parts = parseTemplate(pattern.get_ref<const std::string&>());
    return parts && std::ranges::any_of(parts->placeholders, [&](const Placeholder& p) { return p.name == name; });
  }
  if (isEach(pattern) && toText(pattern["each"]) == name) return true;
  if (!pattern.is_structured()) return false;
  return std::ranges::any_of(pattern, [&](const Json& member) { return usesName(member, name); });
}

}  // namespace sidecert::dns::providers
