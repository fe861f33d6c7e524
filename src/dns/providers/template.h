// Templates: texts with {names} in them, and trees of such texts.
//
// {name} is a value of the scope; {name/pointer} a part of it; {name|transform|transform:argument} is put through
// transforms.
// {{ and }} are braces. Names that are not there make the text absent, and an absent member of an object, query, form or
// header list is left out: that is how optional settings work.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dns/providers/json.h"

namespace sidecert::dns::providers {

/// Named values. A scope sees those of the scope around it, which must outlive it.
class Scope {
 public:
  explicit Scope(const Scope* outer = nullptr) : outer_(outer) {}
  void set(const std::string& name, Json value) { values_[name] = std::move(value); }
  /// Null when absent.
  [[nodiscard]] const Json* find(std::string_view name) const;

 private:
  const Scope* outer_;
  std::map<std::string, Json, std::less<>> values_;
};

enum class Escape { None, Url };

/// @returns nothing when a name in it is absent.
[[nodiscard]] std::optional<std::string> renderText(std::string_view pattern, const Scope&, Escape = Escape::None);

/// A tree with every text rendered. A text that is one {name} and nothing else keeps the value's own type. Three objects are
/// special: {"each": "list", "give": …, "kept": …}, {"as_json": …}, and keys may hold names too.
[[nodiscard]] std::optional<Json> renderTree(const Json& pattern, const Scope&);

/// Whether the template or tree uses this name (as a value or as what `each` runs over).
[[nodiscard]] bool usesName(const Json& pattern, std::string_view name);

struct Placeholder {
  std::string name;
  std::string pointer;
  std::vector<std::pair<std::string, std::string>> transforms;  // name, argument
};

/// A template taken apart: literal, placeholder, literal, placeholder, … literal.
struct TemplateParts {
  std::vector<std::string> literals;  // one more than placeholders
  std::vector<Placeholder> placeholders;
};

/// @returns Settings saying what is wrong with it.
[[nodiscard]] Result<TemplateParts> parseTemplate(std::string_view);

}  // namespace sidecert::dns::providers
