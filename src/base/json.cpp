#include "base/json.h"

#include <fmt/format.h>

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sidecert {
namespace {

/// Builds the tree out of the parser's events and refuses the first one that exceeds a limit.
template <class Json>
class BoundedTree {
 public:
  explicit BoundedTree(const JsonLimits& limits) : limits_(limits) {}

  bool null() { return add(nullptr); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(typename Json::number_integer_t value) { return add(value); }
  bool number_unsigned(typename Json::number_unsigned_t value) { return add(value); }
  bool number_float(typename Json::number_float_t value, const std::string&) { return add(value); }
  bool string(std::string& value) { return add(std::move(value)); }
  bool binary(typename Json::binary_t&) { return refuse("binary values are no JSON"); }

  bool start_object(std::size_t) { return open(Json::object()); }
  bool end_object() { return close(); }
  bool start_array(std::size_t) { return open(Json::array()); }
  bool end_array() { return close(); }

  bool key(std::string& name) {
    Level& level = levels_.back();
    level.value = memberFor(level, level.container->template get_ref<typename Json::object_t&>(), name);
    return level.value != nullptr || refuse(fmt::format("an object has more than {} members", limits_.members));
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) {
    return refuse(fmt::format("it is no JSON (octet {})", position));
  }

  Result<Json> take() {
    if (!refusal_.empty()) return fail(ErrorCode::BadAnswer, std::move(refusal_));
    return std::move(root_);
  }

 private:
  struct Level {
    Json* container;
    Json* value = nullptr;  // of the member whose name came last
    std::unordered_map<std::string, std::size_t> positions = {};
  };

  Json* memberFor(Level&, nlohmann::json::object_t& members, const std::string& name) const {
    if (members.size() == limits_.members && !members.contains(name)) return nullptr;
    return &members[name];
  }

  // An ordered object is a list: to search it for every member would take quadratic time, so the positions are kept.
  Json* memberFor(Level& level, nlohmann::ordered_json::object_t& members, const std::string& name) const {
    auto& list = static_cast<nlohmann::ordered_json::object_t::Container&>(members);
    const auto [known, is_new] = level.positions.try_emplace(name, list.size());
    if (!is_new) return &list.at(known->second).second;
    if (list.size() == limits_.members) return nullptr;
    return &list.emplace_back(name, nullptr).second;
  }

  bool refuse(std::string reason) {
    refusal_ = std::move(reason);
    return false;
  }

  template <class Value>
  bool add(Value&& value) {
    return place(Json(std::forward<Value>(value))) != nullptr;
  }

  Json* place(Json value) {
    if (++nodes_ > limits_.nodes) {
      refuse(fmt::format("it holds more than {} values", limits_.nodes));
      return nullptr;
    }
    if (levels_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    Level& level = levels_.back();
    if (level.container->is_object()) {
      *level.value = std::move(value);
      return level.value;
    }
    auto& items = level.container->template get_ref<typename Json::array_t&>();
    return &items.emplace_back(std::move(value));
  }

  bool open(Json container) {
    if (levels_.size() == limits_.depth) return refuse(fmt::format("it is nested deeper than {} levels", limits_.depth));
    Json* placed = place(std::move(container));
    if (placed == nullptr) return false;
    levels_.push_back({.container = placed});
    return true;
  }

  bool close() {
    levels_.pop_back();
    return true;
  }

  const JsonLimits& limits_;
  Json root_;
  std::vector<Level> levels_;
  std::size_t nodes_ = 0;
  std::string refusal_;
};

}  // namespace

template <class Json>
Result<Json> parseJson(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.octets)
    return fail(ErrorCode::BadAnswer, fmt::format("it is longer than {} octets", limits.octets));
  BoundedTree<Json> tree(limits);
  (void)Json::sax_parse(text, &tree);
  return tree.take();
}

template Result<nlohmann::json> parseJson<nlohmann::json>(std::string_view, const JsonLimits&);
template Result<nlohmann::ordered_json> parseJson<nlohmann::ordered_json>(std::string_view, const JsonLimits&);

}  // namespace sidecert
