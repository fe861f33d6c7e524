#include "dns/providers/pointer.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace sidecert::dns::providers {
namespace {

std::string unescaped(std::string_view segment) {
  std::string out;
  for (std::size_t i = 0; i < segment.size(); ++i) {
    if (segment[i] == '~' && i + 1 < segment.size()) {
      out += segment[++i] == '1' ? '/' : '~';
    } else {
      out += segment[i];
    }
  }
  return out;
}

std::expected<Word, Mistake> parseWord(std::string text) {
  if (text.find_first_of("{}") == std::string::npos) return Word{std::move(text), false};
  std::string name = text.substr(1, text.size() < 2 ? 0 : text.size() - 2);
  if (!text.starts_with('{') || !text.ends_with('}') || name.empty() || name.find_first_of("{}|/") != std::string::npos) {
    return std::unexpected(
        fmt::format("\"{}\": a name in a pointer stands alone between its slashes, as {{name}}", excerpt(text, 60)));
  }
  return Word{std::move(name), true};
}

std::expected<Segment, Mistake> parseSegment(std::string text) {
  Segment out;
  if (text == "**") {
    out.kind = Segment::Kind::Inside;
  } else if (text == "*") {
    out.kind = Segment::Kind::Every;
  } else if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
    out.kind = Segment::Kind::Match;
    for (const std::string& one : splitList(std::string_view(text).substr(1, text.size() - 2))) {
      const auto equals = one.find('=');
      if (equals == std::string::npos || equals == 0)
        return std::unexpected(fmt::format("\"{}\": expected [key=value]", excerpt(text, 60)));
      auto value = parseWord(one.substr(equals + 1));
      if (!value) return std::unexpected(value.error());
      out.match.emplace_back(one.substr(0, equals), std::move(*value));
    }
  } else {
    auto word = parseWord(std::move(text));
    if (!word) return std::unexpected(word.error());
    out.key = std::move(*word);
    if (const auto index = out.key.is_name ? std::nullopt : parseNumber(out.key.text))
      out.index = static_cast<std::size_t>(*index);
  }
  return out;
}

void appendWithAllInside(const Value& node, std::vector<const Value*>& out) {
  if (!node.isStructured()) return;
  out.push_back(&node);
  for (const Value& item : node.items()) appendWithAllInside(item, out);
  for (const Member& member : node.members()) appendWithAllInside(member.value, out);
}

std::optional<std::string> textOf(const Word& word, const Scope* scope) {
  if (!word.is_name) return word.text;
  const Value* value = scope ? scope->find(word.text) : nullptr;
  return value ? std::optional(toText(*value)) : std::nullopt;
}

const Value* firstMatch(const Value& node, const Segment& segment, const Scope* scope) {
  for (const Value& item : node.items()) {
    const bool fits = std::ranges::all_of(segment.match, [&](const auto& wanted) {
      const Value* found = item.find(wanted.first);
      return found && toText(*found) == textOf(wanted.second, scope);
    });
    if (fits) return &item;
  }
  return nullptr;
}

void step(const Value& node, const Segment& segment, const Scope* scope, std::vector<const Value*>& out) {
  switch (segment.kind) {
    case Segment::Kind::Inside: appendWithAllInside(node, out); return;
    case Segment::Kind::Every:
      for (const Value& item : node.items()) out.push_back(&item);
      for (const Member& member : node.members()) out.push_back(&member.value);
      return;
    case Segment::Kind::Match:
      if (const Value* found = firstMatch(node, segment, scope)) out.push_back(found);
      return;
    case Segment::Kind::Key: break;
  }
  if (node.isObject()) {
    const auto key = textOf(segment.key, scope);
    if (const Value* found = key ? node.find(*key) : nullptr) out.push_back(found);
  } else if (segment.index && *segment.index < node.items().size()) {
    out.push_back(&node.items()[*segment.index]);
  }
}

}  // namespace

std::expected<Pointer, Mistake> parsePointer(std::string_view text) {
  if (!text.empty() && !text.starts_with('/')) {
    return std::unexpected(fmt::format("\"{}\" is no JSON pointer: it would start with /", excerpt(text, 60)));
  }
  Pointer out;
  while (!text.empty()) {
    text.remove_prefix(1);
    const auto end = text.find('/');
    auto segment = parseSegment(unescaped(text.substr(0, end)));
    if (!segment) return std::unexpected(segment.error());
    out.segments.push_back(std::move(*segment));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end);
  }
  return out;
}

std::expected<AppliedTransform, Mistake> parseTransform(std::string_view text) {
  const auto colon = text.find(':');
  const auto name = text.substr(0, colon);
  const Transform* known = findTransform(name);
  if (!known) {
    const auto nearest =
        std::ranges::min_element(transforms(), {}, [&](const Transform& one) { return editDistance(one.name, name); });
    return std::unexpected(
        fmt::format("there is no transform \"{}\"; did you mean \"{}\"?", excerpt(name, 40), nearest->name));
  }
  if (known->argument.empty() == (colon != std::string_view::npos)) {
    return std::unexpected(fmt::format("transform \"{}\" {}", name,
                                       known->argument.empty() ? "takes no argument" : "needs an argument after a colon"));
  }
  AppliedTransform out{known, colon == std::string_view::npos ? "" : std::string(text.substr(colon + 1)), std::nullopt};
  if (known->argument == "pointer") {
    auto pointer = parsePointer(out.argument);
    if (!pointer) return std::unexpected(pointer.error());
    out.pointer = std::move(*pointer);
  }
  return out;
}

Value applied(const AppliedTransform& one, const Value& value) {
  if (!one.pointer) return one.transform->apply(value, one.argument);
  const auto found = selectAll(value, *one.pointer);
  return found.empty() ? Value() : *found.front();
}

std::expected<ValuePath, Mistake> parsePath(std::string_view text) {
  ValuePath out;
  out.spelling = text;
  auto bar = text.find('|');
  auto pointer = parsePointer(text.substr(0, bar));
  if (!pointer) return std::unexpected(pointer.error());
  out.pointer = std::move(*pointer);
  while (bar != std::string_view::npos) {
    text.remove_prefix(bar + 1);
    bar = text.find('|');
    auto one = parseTransform(text.substr(0, bar));
    if (!one) return std::unexpected(one.error());
    out.transforms.push_back(std::move(*one));
  }
  return out;
}

std::vector<const Value*> selectAll(const Value& tree, const Pointer& pointer, const Scope* scope) {
  std::vector<const Value*> here{&tree};
  for (const Segment& segment : pointer.segments) {
    std::vector<const Value*> next;
    for (const Value* node : here) step(*node, segment, scope, next);
    here = std::move(next);
  }
  return here;
}

Value valueAt(const Value& tree, const ValuePath& path, const Scope* scope) {
  const auto found = selectAll(tree, path.pointer, scope);
  Value value = found.empty() ? Value() : *found.front();
  for (const AppliedTransform& one : path.transforms) {
    if (value.isNull()) break;
    value = applied(one, value);
  }
  return value;
}

std::vector<Value> selectItems(const Value& tree, const ValuePath& path) {
  std::vector<Value> out;
  for (const Value* found : selectAll(tree, path.pointer)) {
    Value value = *found;
    for (const AppliedTransform& one : path.transforms) value = applied(one, value);
    if (value.isList()) {
      out.insert(out.end(), value.items().begin(), value.items().end());
    } else if (!value.isNull() && !(value.isText() && value.text().empty())) {
      out.push_back(std::move(value));
    }
  }
  return out;
}

}  // namespace sidecert::dns::providers
