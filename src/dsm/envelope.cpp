#include "dsm/envelope.h"

#include "base/json.h"
#include "base/text.h"

namespace sidecert::dsm {

namespace {

// DSM nests five levels deep; a NAS with a hundred certificates answers with some thousand values.
constexpr JsonLimits kOfAnAnswer{.depth = 32};

}  // namespace

const Json& memberOf(const Json& object, const char* member) {
  static const Json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(member);
  return found == object.end() ? kNull : *found;
}

std::string textOf(const Json& object, const char* member) {
  const Json& value = memberOf(object, member);
  return value.is_string() ? value.get<std::string>() : std::string();
}

bool flagOf(const Json& object, const char* member) {
  const Json& value = memberOf(object, member);
  return value.is_boolean() && value.get<bool>();
}

namespace {

/// A number, also one written as a text; 100, "unknown", when there is none.
int codeOf(const Json& error) {
  const Json& code = memberOf(error, "code");
  if (code.is_number_integer()) return code.get<int>();
  const auto number = code.is_string() ? parseNumber(code.get<std::string>()) : std::nullopt;
  return number && *number < 1'000'000 ? static_cast<int>(*number) : 100;
}

}  // namespace

std::optional<Envelope> readEnvelope(std::string_view body) {
  const auto root = parseJson<Json>(body, kOfAnAnswer);
  if (!root || !root->is_object()) return std::nullopt;
  const Json& success = memberOf(*root, "success");
  if (!success.is_boolean()) return std::nullopt;
  if (success.get<bool>()) return Envelope{.data = memberOf(*root, "data"), .refusal = std::nullopt};
  const Json& error = memberOf(*root, "error");
  Refusal refusal{.code = codeOf(error), .details = memberOf(error, "errors")};
  return Envelope{.data = nullptr, .refusal = std::move(refusal)};
}

std::string quoted(const std::string& text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace sidecert::dsm
