// Whether an answer, or an item of a list, is of some kind. Read once from the definition.
//
// An object: all its members hold. A list: one of its conditions holds. "status" is a number, a class such as "4xx", or a
// list of them; "text" looks at the whole body; "header:Name" at a header field; a key that starts with "/" (or is "")
// points into the answer, where one of the values found there has to fit.
// Right of it: a scalar to be equal to, a list of alternatives, or {"contains"|"starts": text} or {"present": bool}.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "base/http/http.h"
#include "dns/providers/template.h"

namespace sidecert::dns::providers {

/// What a text is compared with.
struct Expected {
  enum class Kind { Equals, Contains, Starts, Present, Absent } kind = Kind::Equals;
  Template text;  // Contains and Starts: compared without case
};

struct StatusTest {
  std::vector<int> any;  // 404, or 4 for the whole class
};
struct BodyTest {
  std::vector<Expected> any;
};
struct HeaderTest {
  std::string name;
  std::vector<Expected> any;
};
struct ValueTest {
  Pointer pointer;
  std::vector<Expected> any;
};

struct ConditionTest {
  std::string spelling;  // the key, for messages
  std::variant<StatusTest, BodyTest, HeaderTest, ValueTest> test;
};

struct Condition {
  std::vector<std::vector<ConditionTest>> any;  // of which all hold; empty: not declared
  [[nodiscard]] bool declared() const { return !any.empty(); }
};

/// Whether the condition holds for an answer; one that was not declared never does. @param scope  for names in it.
[[nodiscard]] bool holds(const Condition&, const HttpResponse&, const Value& tree, const Scope& scope);

/// Whether it holds for one item of a list; one that was not declared always does.
[[nodiscard]] bool holdsFor(const Condition&, const Value& item, const Scope& scope);

/// What does not hold, in words of the definition: `/status` is not "ok". Shows nothing of the answer but its status.
[[nodiscard]] std::string whatFails(const Condition&, const HttpResponse&, const Value& tree, const Scope& scope);

}  // namespace sidecert::dns::providers
