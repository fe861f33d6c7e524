// What was done and what is next, for people and for programs. Draws what passes saved; decides nothing.
// The JSON is a promise: docs/status-json.md describes every member, and a test holds one to the other.
#pragma once

#include <string>
#include <vector>

#include "app/health.h"
#include "config/settings.h"
#include "state/document.h"

namespace sidecert::app {

/// Grows by members only; a member that changes its meaning makes a new number.
inline constexpr int kStatusSchema = 1;

/// @param settings  null when they have faults: then nothing is known of what is wanted, only of what is there
[[nodiscard]] state::Json statusForPrograms(const config::Settings* settings, const std::vector<View>&, TimePoint now);

[[nodiscard]] std::string statusForPeople(const config::Settings* settings, const std::vector<View>&, TimePoint now);

}  // namespace sidecert::app
