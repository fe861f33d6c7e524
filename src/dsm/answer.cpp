#include "dsm/answer.h"

namespace sidecert::dsm {

namespace {

// DSM nests five levels deep; what is nested deeper is no answer of DSM and could exhaust the stack when written out.
constexpr int kDeepest = 32;

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

std::optional<Answer> readAnswer(std::string_view body) {
  const auto shallow = [](int depth, Json::parse_event_t, Json&) { return depth < kDeepest; };
  const Json root = Json::parse(body, shallow, false);
  if (!root.is_object()) return std::nullopt;
  const Json& success = memberOf(root, "success");
  if (!success.is_boolean()) return std::nullopt;
  if (success.get<bool>()) return Answer{.data = memberOf(root, "data"), .refusal = std::nullopt};
  const Json& error = memberOf(root, "error");
  const Json& code = memberOf(error, "code");
  Refusal refusal{.code = code.is_number_integer() ? code.get<int>() : 100, .details = memberOf(error, "errors")};
  return Answer{.data = nullptr, .refusal = std::move(refusal)};
}

}  // namespace sidecert::dsm
