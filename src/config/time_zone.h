// TZ: how far the owner's clock on the wall is from UTC.
// Source: POSIX.1-2024, Base Definitions, section 8.3 (rules such as CET-1CEST,M3.5.0,M10.5.0/3). Names such as
// Europe/Berlin come from the zone data that the C++ library was built with, because the image holds no files of zones.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace sidecert::config {

/// Local time minus UTC at `when`. A leading colon is ignored; nothing at all means UTC. Pure.
/// @returns nothing when the text is neither a rule nor the name of a zone.
[[nodiscard]] std::optional<std::chrono::seconds> utcOffset(std::string_view time_zone, std::chrono::sys_seconds when);

}  // namespace sidecert::config
