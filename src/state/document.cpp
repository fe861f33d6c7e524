#include "state/document.h"

namespace sidecert::state {
namespace {

const Json* member(const Json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

}  // namespace

std::string toText(const Json& document) {
  return document.dump(2, ' ', false, Json::error_handler_t::replace);
}

std::string text(const Json& object, const char* name) {
  const Json* found = member(object, name);
  return found != nullptr && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t number(const Json& object, const char* name) {
  const Json* found = member(object, name);
  return found != nullptr && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

bool flag(const Json& object, const char* name) {
  const Json* found = member(object, name);
  return found != nullptr && found->is_boolean() && found->get<bool>();
}

std::optional<TimePoint> time(const Json& object, const char* name) {
  const std::string iso = text(object, name);
  return iso.empty() ? std::nullopt : fromIso(iso);
}

Json array(const Json& object, const char* name) {
  const Json* found = member(object, name);
  return found != nullptr && found->is_array() ? *found : Json::array();
}

Json object(const Json& object, const char* name) {
  const Json* found = member(object, name);
  return found != nullptr && found->is_object() ? *found : Json::object();
}

std::vector<std::string> texts(const Json& object, const char* name) {
  std::vector<std::string> result;
  const Json items = array(object, name);
  for (const Json& item : items) {
    if (item.is_string()) result.push_back(item.get<std::string>());
  }
  return result;
}

}  // namespace sidecert::state
