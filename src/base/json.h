// JSON that somebody else wrote: an answer of a CA, a NAS or a DNS provider, a file on disk. Whatever it holds, reading it
// takes a bounded amount of time, memory and stack, and so does everything done with the tree afterwards: writing, copying
// and destroying it recurse at most `depth` levels.
// Source: RFC 8259 section 9 lets a parser set such limits.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/result.h"

namespace sidecert {

struct JsonLimits {
  std::size_t octets = 8U << 20U;
  std::size_t depth = 64;        // of arrays and objects inside each other
  std::size_t nodes = 200'000;   // values of all kinds, the arrays and objects themselves included
  std::size_t members = 10'000;  // of any one object
};

/// @param Json  nlohmann::json, or nlohmann::ordered_json where the order of members has to be kept. A member that comes
///              twice has the later value.
/// @returns BadAnswer naming the limit that was exceeded and its number, or the octet at which the text is no JSON.
template <class Json = nlohmann::json>
[[nodiscard]] Result<Json> parseJson(std::string_view text, const JsonLimits& = {});

extern template Result<nlohmann::json> parseJson<nlohmann::json>(std::string_view, const JsonLimits&);
extern template Result<nlohmann::ordered_json> parseJson<nlohmann::ordered_json>(std::string_view, const JsonLimits&);

}  // namespace sidecert
