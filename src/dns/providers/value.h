// The one tree that everything is kept in: answers in JSON, XML, HTML or text, captured values, rendered bodies.
//
// A Value never changes once it is made, so copying one costs a reference count, whatever is below it. What strangers send
// becomes a Value only within Limits: a tree that is too deep, too large or too wide is refused while it is read.
// Whoever walks a tree may therefore recurse.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sidecert::dns::providers {

class Value;
struct Member;
using ValueList = std::vector<Value>;

/// Compact JSON; octets that are no UTF-8 become U+FFFD.
[[nodiscard]] std::string dump(const Value&);

/// Members in the order they came (signatures and a few servers look at it). A name is found in constant time.
class Object {
 public:
  Object() = default;
  Object(std::initializer_list<Member>);
  /// A name that is there already keeps its place and gets the new value.
  void set(std::string name, Value value);
  [[nodiscard]] const Value* find(std::string_view name) const;
  [[nodiscard]] std::span<const Member> members() const;
  [[nodiscard]] std::size_t size() const;

 private:
  [[nodiscard]] std::size_t positionOf(std::string_view name) const;
  void index();
  std::vector<Member> members_;
  std::vector<std::uint32_t> slots_;  // open addressing, position + 1; empty while there are few members
};

class Value {
 public:
  Value() = default;  // null
  Value(std::nullptr_t) {}
  Value(std::same_as<bool> auto truth) : data_(static_cast<bool>(truth)) {}
  template <std::integral Number>
    requires(!std::same_as<Number, bool> && !std::same_as<Number, char>)
  Value(Number number) {
    if constexpr (std::signed_integral<Number>) {
      data_ = static_cast<std::int64_t>(number);
    } else {
      data_ = static_cast<std::uint64_t>(number);
    }
  }
  Value(double number) : data_(number) {}
  Value(std::string text) : data_(std::move(text)) {}
  Value(std::string_view text) : data_(std::string(text)) {}
  Value(const char* text) : data_(std::string(text)) {}
  Value(ValueList list);
  Value(Object object);

  [[nodiscard]] bool isNull() const { return std::holds_alternative<std::monostate>(data_); }
  [[nodiscard]] bool isBool() const { return std::holds_alternative<bool>(data_); }
  [[nodiscard]] bool isInteger() const;
  [[nodiscard]] bool isNumber() const { return isInteger() || std::holds_alternative<double>(data_); }
  [[nodiscard]] bool isText() const { return std::holds_alternative<std::string>(data_); }
  [[nodiscard]] bool isList() const { return std::holds_alternative<ListPtr>(data_); }
  [[nodiscard]] bool isObject() const { return std::holds_alternative<ObjectPtr>(data_); }
  [[nodiscard]] bool isStructured() const { return isList() || isObject(); }

  [[nodiscard]] bool truth() const;                           // false unless it is true
  [[nodiscard]] std::optional<std::int64_t> integer() const;  // nothing unless it is a whole number that fits
  [[nodiscard]] std::optional<double> number() const;
  [[nodiscard]] const std::string& text() const;          // empty unless it is a text
  [[nodiscard]] std::span<const Value> items() const;     // empty unless it is a list
  [[nodiscard]] std::span<const Member> members() const;  // empty unless it is an object
  /// A member of an object; null when it is none or has no such member.
  [[nodiscard]] const Value* find(std::string_view name) const;
  /// By kind and content, members in their order.
  [[nodiscard]] friend bool operator==(const Value& a, const Value& b) { return dump(a) == dump(b); }

 private:
  using ListPtr = std::shared_ptr<const ValueList>;  // null: an empty list
  using ObjectPtr = std::shared_ptr<const Object>;   // null: an empty object
  std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string, ListPtr, ObjectPtr> data_;
  friend std::string dump(const Value&);
};

struct Member {
  std::string name;
  Value value;
};

/// A scalar as it stands in a URL or a form: strings bare, numbers and booleans in JSON's spelling, null empty; anything
/// else as compact JSON.
[[nodiscard]] std::string toText(const Value&);

/// Members of `over` win; objects that both have are merged.
[[nodiscard]] Value merged(const Value& under, const Value& over);

}  // namespace sidecert::dns::providers
