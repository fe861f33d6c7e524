#include "dns/providers/value.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace sidecert::dns::providers {
namespace {

constexpr std::size_t kFewMembers = 12;  // so many are looked through one by one

const std::string kNoText;

void appendJson(std::string& out, const nlohmann::json& scalar) {
  out += scalar.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

Object::Object(std::initializer_list<Member> members) {
  for (const Member& member : members) set(member.name, member.value);
}

std::span<const Member> Object::members() const {
  return members_;
}

std::size_t Object::size() const {
  return members_.size();
}

std::size_t Object::positionOf(std::string_view name) const {
  if (slots_.empty()) {
    std::size_t at = 0;
    while (at < members_.size() && members_[at].name != name) ++at;
    return at;
  }
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t slot = std::hash<std::string_view>()(name) & mask; slots_[slot] != 0; slot = (slot + 1) & mask) {
    if (const std::size_t at = slots_[slot] - 1; members_[at].name == name) return at;
  }
  return members_.size();
}

// At most half of the slots are taken.
void Object::index() {
  if (members_.size() <= kFewMembers) return;
  const auto enter = [this](std::size_t position) {
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = std::hash<std::string_view>()(members_[position].name) & mask;
    while (slots_[slot] != 0) slot = (slot + 1) & mask;
    slots_[slot] = static_cast<std::uint32_t>(position + 1);
  };
  if (members_.size() * 2 <= slots_.size()) return enter(members_.size() - 1);
  slots_.assign(std::max<std::size_t>(slots_.size() * 2, 64), 0);
  for (std::size_t position = 0; position < members_.size(); ++position) enter(position);
}

void Object::set(std::string name, Value value) {
  const std::size_t at = positionOf(name);
  if (at < members_.size()) {
    members_[at].value = std::move(value);
    return;
  }
  members_.push_back({std::move(name), std::move(value)});
  index();
}

const Value* Object::find(std::string_view name) const {
  const std::size_t at = positionOf(name);
  return at < members_.size() ? &members_[at].value : nullptr;
}

Value::Value(ValueList list) : data_(list.empty() ? ListPtr() : std::make_shared<const ValueList>(std::move(list))) {}

Value::Value(Object object) : data_(object.size() == 0 ? ObjectPtr() : std::make_shared<const Object>(std::move(object))) {}

bool Value::isInteger() const {
  return std::holds_alternative<std::int64_t>(data_) || std::holds_alternative<std::uint64_t>(data_);
}

bool Value::truth() const {
  const bool* truth = std::get_if<bool>(&data_);
  return truth && *truth;
}

std::optional<std::int64_t> Value::integer() const {
  if (const auto* number = std::get_if<std::int64_t>(&data_)) return *number;
  if (const auto* number = std::get_if<std::uint64_t>(&data_); number && std::in_range<std::int64_t>(*number)) {
    return static_cast<std::int64_t>(*number);
  }
  return std::nullopt;
}

std::optional<double> Value::number() const {
  if (const auto* number = std::get_if<std::int64_t>(&data_)) return static_cast<double>(*number);
  if (const auto* number = std::get_if<std::uint64_t>(&data_)) return static_cast<double>(*number);
  if (const auto* number = std::get_if<double>(&data_)) return *number;
  return std::nullopt;
}

const std::string& Value::text() const {
  const auto* text = std::get_if<std::string>(&data_);
  return text ? *text : kNoText;
}

std::span<const Value> Value::items() const {
  const auto* list = std::get_if<ListPtr>(&data_);
  return list && *list ? std::span<const Value>(**list) : std::span<const Value>();
}

std::span<const Member> Value::members() const {
  const auto* object = std::get_if<ObjectPtr>(&data_);
  return object && *object ? (*object)->members() : std::span<const Member>();
}

const Value* Value::find(std::string_view name) const {
  const auto* object = std::get_if<ObjectPtr>(&data_);
  return object && *object ? (*object)->find(name) : nullptr;
}

std::string toText(const Value& value) {
  if (value.isText()) return value.text();
  if (value.isNull()) return {};
  return dump(value);
}

std::string dump(const Value& value) {
  std::string out;
  const auto append = [&out](const auto& self, const Value& one) -> void {
    if (one.isList()) {
      out += '[';
      for (const char* comma = ""; const Value& item : one.items()) {
        out += std::exchange(comma, ",");
        self(self, item);
      }
      out += ']';
    } else if (one.isObject()) {
      out += '{';
      for (const char* comma = ""; const Member& member : one.members()) {
        out += std::exchange(comma, ",");
        appendJson(out, member.name);
        out += ':';
        self(self, member.value);
      }
      out += '}';
    } else if (one.isText()) {
      appendJson(out, one.text());
    } else if (const auto* whole = std::get_if<std::int64_t>(&one.data_)) {
      out += std::to_string(*whole);
    } else if (const auto* large = std::get_if<std::uint64_t>(&one.data_)) {
      out += std::to_string(*large);
    } else if (const auto* real = std::get_if<double>(&one.data_)) {
      appendJson(out, *real);
    } else {
      out += one.isNull() ? "null" : one.truth() ? "true" : "false";
    }
  };
  append(append, value);
  return out;
}

Value merged(const Value& under, const Value& over) {
  if (!under.isObject() || !over.isObject()) return over;
  Object out;
  for (const Member& member : under.members()) out.set(member.name, member.value);
  for (const Member& member : over.members()) {
    const Value* there = under.find(member.name);
    out.set(member.name, there ? merged(*there, member.value) : member.value);
  }
  return out;
}

}  // namespace sidecert::dns::providers
