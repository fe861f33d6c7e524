// The named transforms a template may put a value through: {value|quote|base64}.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "dns/providers/value.h"

namespace sidecert::dns::providers {

struct Transform {
  std::string_view name;
  std::string_view argument;  // what stands after the colon, in words; empty: takes none
  std::string_view meaning;
  Value (*apply)(const Value& value, std::string_view argument);
};

/// All of them; the page about definitions lists these.
[[nodiscard]] std::span<const Transform> transforms();
[[nodiscard]] const Transform* findTransform(std::string_view name);

/// A TXT value as a character-string of a zone file: in double quotes, with " and \ escaped (RFC 1035 section 5.1).
[[nodiscard]] std::string quoteTxt(std::string_view);

/// What a listing shows, as bare text: several quoted strings are joined, escapes undone; unquoted text stays.
[[nodiscard]] std::string unquoteTxt(std::string_view);

}  // namespace sidecert::dns::providers
