// Reading values out of plain text and HTML by example: a pattern is the text as it stands, with (*) where a value is, and
// (...) where anything may stand. `id=(*)&` finds every id. No regular expressions: a page of any size costs one pass.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sidecert::dns::providers {

/// Every place the pattern fits, in order, without overlap; each with its (*) values. A value is the shortest text up to
/// what follows it; at the end of the pattern it reaches to the end of the line.
[[nodiscard]] std::vector<std::vector<std::string>> findPattern(std::string_view text, std::string_view pattern);

}  // namespace sidecert::dns::providers
