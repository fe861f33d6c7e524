// The one tree all bodies, answers and captured values are kept in. Members keep their order, because signatures and a
// few servers look at it.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

#include "base/result.h"

namespace sidecert::dns::providers {

using Json = nlohmann::ordered_json;

/// A scalar as it stands in a URL or a form: strings bare, numbers and booleans in JSON's spelling, null empty; anything
/// else as compact JSON.
[[nodiscard]] std::string toText(const Json&);

/// Compact JSON; octets that are no UTF-8 become U+FFFD.
[[nodiscard]] std::string dump(const Json&);

/// @returns BadAnswer when it is no JSON.
[[nodiscard]] Result<Json> parseJson(std::string_view);

/// Members of `over` win; objects that both have are merged.
[[nodiscard]] Json merged(Json under, const Json& over);

/// Everything `pointer` leads to. RFC 6901, and three segments more: `*` is every element of an array or member of an
/// object, `**` the thing itself and everything inside it, `[key=value]` the first element of an array whose member
/// `key` is `value` (more of them after commas). "" is the tree itself.
[[nodiscard]] std::vector<const Json*> selectAll(const Json& tree, std::string_view pointer);

/// The first of them, or null.
[[nodiscard]] const Json* selectFirst(const Json& tree, std::string_view pointer);

/// What a list is made of: the elements of an array, or the thing itself when it stands alone (XML cannot tell one
/// element from a list of one). A pointer with `*` gives what it selects.
[[nodiscard]] std::vector<const Json*> selectItems(const Json& tree, std::string_view pointer);

}  // namespace sidecert::dns::providers
