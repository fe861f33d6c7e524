// The envelope every DSM call answers with: {"success":true,"data":…} or {"success":false,"error":{"code":N,"errors":…}}.
// Source: Synology's "DSM Login Web API Guide". Content types lie (text/plain is seen), so only the bytes count.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace sidecert::dsm {

/// Keeps the order of members: a service object has to go back exactly as it came.
using Json = nlohmann::ordered_json;

struct Refusal {
  int code = 0;
  Json details;  // "errors": an object, a list, a text or nothing
};

struct Envelope {
  Json data;  // null when there was none
  std::optional<Refusal> refusal;
};

/// @returns nothing when the bytes are no such envelope, as the HTML page of a restarting web server.
[[nodiscard]] std::optional<Envelope> readEnvelope(std::string_view body);

/// A member as text; empty when it is missing or something else.
[[nodiscard]] std::string textOf(const Json&, const char* member);
/// A member as yes or no; no when it is missing or something else.
[[nodiscard]] bool flagOf(const Json&, const char* member);
/// A member of an object; null when there is none.
[[nodiscard]] const Json& memberOf(const Json&, const char* member);

/// A text as JSON, in quotes: how DSM wants some parameters. An id such as 8512 would be a number otherwise.
[[nodiscard]] std::string quoted(const std::string& text);

}  // namespace sidecert::dsm
