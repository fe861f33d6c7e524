// Reading JSON that a stranger sent: a member that is missing, null or of another type is simply not there, because CAs
// add members, leave optional ones out and set them to null (Let's Encrypt puts a random one into its directory on
// purpose). Nothing here throws.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace sidecert::acme {

using Json = nlohmann::json;

inline constexpr std::size_t kLongestDocument = 1U << 20U;  // octets of any one JSON answer that is read

/// @returns BadAnswer saying what is wrong, with the beginning of the text, when it is no JSON object or exceeds a limit.
[[nodiscard]] Result<Json> parseObject(std::string_view text);

/// A member of an object, or nullptr. The pointer lives as long as the object.
[[nodiscard]] const Json* member(const Json& object, std::string_view name);

[[nodiscard]] std::string textMember(const Json& object, std::string_view name);  // empty when not there
[[nodiscard]] bool flagMember(const Json& object, std::string_view name);         // false when not there
[[nodiscard]] std::vector<std::string> textListMember(const Json& object, std::string_view name);
[[nodiscard]] std::optional<TimePoint> timeMember(const Json& object, std::string_view name);

/// One line; what is no UTF-8 is replaced instead of thrown.
[[nodiscard]] std::string toText(const Json&);

}  // namespace sidecert::acme
