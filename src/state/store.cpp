#include "state/store.h"

namespace sidecert::state {

Result<std::optional<Json>> read(Store& store, const std::string& key) {
  auto found = store.get(key);
  if (!found) return std::unexpected(found.error());
  if (!*found || (*found)->body.is_null()) return std::nullopt;
  return std::move((*found)->body);
}

Result<> write(Store& store, const std::string& key, Json body) {
  const auto before = store.get(key);
  if (!before) return std::unexpected(before.error());
  const auto written = store.put(key, std::move(body), *before ? (*before)->revision : Revision());
  return written ? Result<>() : std::unexpected(written.error());
}

Result<> update(Store& store, const std::string& key, const std::function<void(Json&)>& change) {
  while (true) {
    const auto before = store.get(key);
    if (!before) return std::unexpected(before.error());
    const bool known = *before && (*before)->body.is_object();
    Json body = known ? (*before)->body : Json::object();
    change(body);
    body["schema"] = kSchema;
    if (known && body == (*before)->body) return {};
    const auto written = store.put(key, std::move(body), *before ? (*before)->revision : Revision());
    if (written) return {};
    if (written.error().code != ErrorCode::Refused) return std::unexpected(written.error());
  }
}

Result<> erase(Store& store, const std::string& key) {
  const auto before = store.get(key);
  if (!before) return std::unexpected(before.error());
  if (!*before) return {};
  const auto erased = store.put(key, std::nullopt, (*before)->revision);
  return erased ? Result<>() : std::unexpected(erased.error());
}

}  // namespace sidecert::state
