// Domain names as this project keeps them: A-labels, lower case, no trailing dot ("home.example", "*.home.example").
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace sidecert::dns {

/// UTS #46 (non-transitional) to A-labels, lower case, trailing dot removed, lengths checked (RFC 1035 section 2.3.4).
/// A leading "*." stays. @returns Settings saying what is wrong with the name.
[[nodiscard]] Result<std::string> toAscii(std::string_view name);

/// Whether `name` is `zone` or lies below it. Both as this project keeps them.
[[nodiscard]] bool isWithin(std::string_view name, std::string_view zone);

/// "a.b.example" without its first label: "b.example"; empty for a single label.
[[nodiscard]] std::string parentOf(std::string_view name);

/// `name` relative to `zone`: "_acme-challenge", or "@" for the apex itself.
[[nodiscard]] std::string relativeTo(std::string_view name, std::string_view zone);

}  // namespace sidecert::dns
