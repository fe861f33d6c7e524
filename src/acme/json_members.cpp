#include "acme/json_members.h"

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"

namespace sidecert::acme {
namespace {

// An order of a hundred names holds about five hundred values.
constexpr JsonLimits kOfAnAnswer{.octets = kLongestDocument, .depth = 32, .nodes = 20'000, .members = 1'000};
constexpr std::size_t kShown = 80;  // characters

}  // namespace

Result<Json> parseObject(std::string_view text) {
  auto parsed = parseJson(text, kOfAnAnswer);
  if (parsed && parsed->is_object()) return parsed;
  const std::string wrong = parsed ? "it is no JSON object" : parsed.error().what;
  return fail(ErrorCode::BadAnswer, fmt::format("{}: \"{}\"", wrong, excerpt(trim(text), kShown)));
}

const Json* member(const Json& object, std::string_view name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

std::string textMember(const Json& object, std::string_view name) {
  const Json* value = member(object, name);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

bool flagMember(const Json& object, std::string_view name) {
  const Json* value = member(object, name);
  return value != nullptr && value->is_boolean() && value->get<bool>();
}

std::vector<std::string> textListMember(const Json& object, std::string_view name) {
  std::vector<std::string> list;
  const Json* value = member(object, name);
  if (value == nullptr || !value->is_array()) return list;
  for (const Json& item : *value) {
    if (item.is_string()) list.push_back(item.get<std::string>());
  }
  return list;
}

std::optional<TimePoint> timeMember(const Json& object, std::string_view name) {
  return fromIso(textMember(object, name));
}

std::string toText(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace sidecert::acme
