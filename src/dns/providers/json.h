// JSON (RFC 8259) as a Value. nlohmann/json reads, within Limits.
#pragma once

#include <string_view>

#include "dns/providers/limits.h"
#include "dns/providers/value.h"

namespace sidecert::dns::providers {

/// @returns what was expected, what came and the line; nothing of the text around it.
[[nodiscard]] std::expected<Value, Unreadable> parseJson(std::string_view, const Limits& = {});

}  // namespace sidecert::dns::providers
