// Members of a JSON document, read tolerantly.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace sidecert::state {

using Json = nlohmann::json;

/// Over several lines, for people to read too. What is no UTF-8 is replaced.
[[nodiscard]] std::string toText(const Json&);

/// Members of an object as their type, or the fallback when absent or of another type.
[[nodiscard]] std::string text(const Json& object, const char* name);
[[nodiscard]] std::int64_t number(const Json& object, const char* name);
[[nodiscard]] bool flag(const Json& object, const char* name);
[[nodiscard]] std::optional<TimePoint> time(const Json& object, const char* name);
[[nodiscard]] Json array(const Json& object, const char* name);
[[nodiscard]] Json object(const Json& object, const char* name);
[[nodiscard]] std::vector<std::string> texts(const Json& object, const char* name);

}  // namespace sidecert::state
