// Templates: texts with {names} in them, and trees of such texts, read once.
//
// {name} is a value of the scope; {name/pointer} a part of it; {name|transform|transform:argument} is put through
// transforms. {{ and }} are braces. Names that are not there make the text absent, and an absent member of an object, query,
// form or header list is left out: that is how optional settings work.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "dns/providers/pointer.h"
#include "dns/providers/scope.h"

namespace sidecert::dns::providers {

struct Placeholder {
  std::string name;
  ValuePath path;  // of the value that has this name
};

/// literal, placeholder, literal, placeholder, … literal
struct Template {
  std::vector<std::string> literals{""};  // one more than placeholders
  std::vector<Placeholder> placeholders;
  std::string spelling;  // as the definition has it, for messages
  [[nodiscard]] bool empty() const { return placeholders.empty() && literals[0].empty(); }
};

[[nodiscard]] std::expected<Template, Mistake> parseTemplate(std::string_view);

struct TreeTemplate;

/// The elements of a list of the engine, each rendered.
struct EachTemplate {
  std::string list;
  std::shared_ptr<const TreeTemplate> give;
  std::shared_ptr<const TreeTemplate> kept;  // for what was there before; null: as it came
  bool alone = false;                        // one element stands for itself, without a list around it
};

/// The JSON text of a tree.
struct JsonTextTemplate {
  std::shared_ptr<const TreeTemplate> tree;
};

struct MemberTemplate;
struct ObjectTemplate {
  std::vector<MemberTemplate> members;
};

struct TreeTemplate {
  std::variant<Value, Template, std::vector<TreeTemplate>, ObjectTemplate, EachTemplate, JsonTextTemplate> node;
};

struct MemberTemplate {
  Template name;
  TreeTemplate value;
};

enum class Escape { None, Url };

/// Names that have to have a value wherever they stand, unless `|else:` or `|optional` says otherwise.
struct Demand {
  const std::set<std::string>& names;
  std::string absent;  // the first of them that was met without a value
};

/// @returns nothing when a name in it is absent.
[[nodiscard]] std::optional<std::string> renderText(const Template&, const Scope&, Escape = Escape::None, Demand* = nullptr);

/// A tree with every text rendered. A text that is one {name} and nothing else keeps the value's own type.
[[nodiscard]] std::optional<Value> renderTree(const TreeTemplate&, const Scope&, Demand* = nullptr);

/// The first name that the template uses and the scope does not have; empty when it has them all.
[[nodiscard]] std::string firstAbsent(const Template&, const Scope&);

/// Adds the names that are used, as values and as what `each` runs over.
void collectNames(const Template&, std::set<std::string>& names);
void collectNames(const TreeTemplate&, std::set<std::string>& names);

}  // namespace sidecert::dns::providers
