// Where something stands in a tree, and what is done to it: "/records/*/value|unquote", read once.
//
// RFC 6901 with three segments more: `*` is every element of a list or member of an object, `**` the thing itself and
// everything inside it, `[key=value]` the first element of a list whose member `key` is `value` (more of them after commas).
// A segment, or the value after `=`, may be one {name} of the scope. "" is the tree itself.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dns/providers/scope.h"
#include "dns/providers/transform.h"
#include "dns/providers/value.h"

namespace sidecert::dns::providers {

/// What is wrong with a text of the definition language, for the reader of a load error.
using Mistake = std::string;

/// A word of a pointer: itself, or the name of the value that it is.
struct Word {
  std::string text;
  bool is_name = false;
};

struct Segment {
  enum class Kind { Key, Every, Inside, Match } kind = Kind::Key;
  Word key;
  std::optional<std::size_t> index;  // of a list, where the key is a number
  std::vector<std::pair<std::string, Word>> match;
};

struct Pointer {
  std::vector<Segment> segments;
};

[[nodiscard]] std::expected<Pointer, Mistake> parsePointer(std::string_view);

/// A transform and what stands after its colon.
struct AppliedTransform {
  const Transform* transform = nullptr;
  std::string argument;
  std::optional<Pointer> pointer;  // the argument, of a transform that takes a pointer
};

/// The value put through it.
[[nodiscard]] Value applied(const AppliedTransform&, const Value&);

/// "name" or "name:argument".
[[nodiscard]] std::expected<AppliedTransform, Mistake> parseTransform(std::string_view);

/// A pointer and the transforms that what stands there is put through.
struct ValuePath {
  Pointer pointer;
  std::vector<AppliedTransform> transforms;
  std::string spelling;  // as the definition has it, for messages
};

[[nodiscard]] std::expected<ValuePath, Mistake> parsePath(std::string_view);

/// Everything the pointer leads to. @param scope  for names in it.
[[nodiscard]] std::vector<const Value*> selectAll(const Value& tree, const Pointer&, const Scope* scope = nullptr);

/// The first of them put through the transforms; null when nothing is there.
[[nodiscard]] Value valueAt(const Value& tree, const ValuePath&, const Scope* scope = nullptr);

/// What a list is made of: the elements of a list, or the thing itself when it stands alone (XML cannot tell one element
/// from a list of one). A pointer with `*` gives what it selects. Transforms are applied to each thing that is selected.
[[nodiscard]] std::vector<Value> selectItems(const Value& tree, const ValuePath&);

}  // namespace sidecert::dns::providers
