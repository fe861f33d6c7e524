// JSON documents that survive a power cut: replaced whole, versioned, and never deleted when they cannot be read.
#pragma once

#include <nlohmann/json.hpp>

#include <optional>

#include "base/ports.h"
#include "base/result.h"

namespace sidecert::state {

using Json = nlohmann::json;

/// Every document carries "schema". A newer one than this program knows was written by a newer Sidecert and is an error.
inline constexpr int kSchema = 1;

/// @returns nothing when there is no such document. One that is no JSON object is set aside as NAME.unreadable-TIME with a
///          warning, and counts as absent: what it held is rebuilt from the CA and DSM.
[[nodiscard]] Result<std::optional<Json>> readDocument(const Ports&, const Path&);

/// Writes `document` with "schema" added. 0600: documents may hold tokens.
[[nodiscard]] Result<> writeDocument(FileSystem&, const Path&, Json document);

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
