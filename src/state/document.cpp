#include "state/document.h"

#include <fmt/format.h>

#include "base/json.h"

namespace sidecert::state {
namespace {

std::string compact(TimePoint now) {
  std::string stamp = toIso(now);
  std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
  return stamp;
}

const Json* member(const Json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

}  // namespace

Result<std::optional<Json>> readDocument(const Ports& ports, const Path& path) {
  auto bytes = ports.files.read(path);
  if (!bytes) return within("reading what was saved", bytes.error());
  if (!*bytes) return std::nullopt;
  auto parsed = parseJson(**bytes);
  if (!parsed || !parsed->is_object()) {
    const Path aside = path.string() + ".unreadable-" + compact(ports.clock.now());
    if (auto moved = ports.files.rename(path, aside); !moved)
      return within("setting aside an unreadable file", moved.error());
    if (auto synced = ports.files.syncDirectory(path.parent_path()); !synced) return std::unexpected(synced.error());
    ports.log.warning("{} cannot be read and was set aside as {}; what it held is found out again", path.string(),
                      aside.filename().string());
    return std::nullopt;
  }
  Json document = *std::move(parsed);
  if (number(document, "schema") > kSchema)
    return fail(ErrorCode::Storage, fmt::format("{} was written by a newer version of Sidecert", path.string()),
                "use that version, or another folder for SIDECERT_DATA");
  return document;
}

Result<> writeDocument(FileSystem& files, const Path& path, Json document) {
  document["schema"] = kSchema;
  if (auto made = files.makeDirectories(path.parent_path(), kPrivateDirectory); !made) return made;
  return replaceFile(files, path, toText(document) + "\n", kPrivateFile);
}

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
