// What was done and what is next, for people and for programs. Draws what passes saved; decides nothing.
// The JSON is a promise: docs/status-json.md describes every member, and a test holds one to the other.
#pragma once

#include <string>

#include "app/report/health.h"
#include "state/document.h"

namespace sidecert::app {

/// Grows by members only; a member that changes its meaning makes a new number.
inline constexpr int kStatusSchema = 1;

[[nodiscard]] state::Json statusForPrograms(const Standing&);

[[nodiscard]] std::string statusForPeople(const Standing&);

}  // namespace sidecert::app
