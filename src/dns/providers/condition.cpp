#include "dns/providers/condition.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace sidecert::dns::providers {
namespace {

bool fits(const std::string& text, const Expected& expected, const Scope& scope) {
  using enum Expected::Kind;
  if (expected.kind == Present || expected.kind == Absent) return expected.kind == Present;
  const auto wanted = renderText(expected.text, scope);
  if (!wanted) return false;
  switch (expected.kind) {
    case Contains: return lower(text).contains(lower(*wanted));
    case Starts: return lower(text).starts_with(lower(*wanted));
    default: return text == *wanted;
  }
}

bool fitsOne(const std::string& text, const std::vector<Expected>& any, const Scope& scope) {
  return std::ranges::any_of(any, [&](const Expected& one) { return fits(text, one, scope); });
}

// What a test looks at: an item of a list is part of no answer of its own.
struct Subject {
  const HttpResponse* response;
  const Value& tree;
  const Scope& scope;

  bool operator()(const StatusTest& test) const {
    return response && std::ranges::any_of(
                           test.any, [&](int one) { return one == (one < 10 ? response->status / 100 : response->status); });
  }
  bool operator()(const BodyTest& test) const {
    return response && fitsOne(std::string(trim(response->body)), test.any, scope);
  }
  bool operator()(const HeaderTest& test) const {
    const auto field = response ? response->headers.first(test.name) : std::nullopt;
    if (field) return fitsOne(*field, test.any, scope);
    return response && std::ranges::contains(test.any, Expected::Kind::Absent, &Expected::kind);
  }
  bool operator()(const ValueTest& test) const {
    const auto found = selectAll(tree, test.pointer, &scope);
    const bool present = std::ranges::any_of(found, [](const Value* one) { return !one->isNull(); });
    return std::ranges::any_of(test.any, [&](const Expected& one) {
      if (one.kind == Expected::Kind::Present) return present;
      if (one.kind == Expected::Kind::Absent) return !present;
      return std::ranges::any_of(found, [&](const Value* value) { return fits(toText(*value), one, scope); });
    });
  }
};

bool oneHolds(const Condition& condition, const Subject& subject) {
  return std::ranges::any_of(condition.any, [&](const std::vector<ConditionTest>& all) {
    return std::ranges::all_of(all, [&](const ConditionTest& one) { return std::visit(subject, one.test); });
  });
}

}  // namespace

bool holds(const Condition& condition, const HttpResponse& response, const Value& tree, const Scope& scope) {
  return oneHolds(condition, {&response, tree, scope});
}

bool holdsFor(const Condition& condition, const Value& item, const Scope& scope) {
  return !condition.declared() || oneHolds(condition, {nullptr, item, scope});
}

std::string whatFails(const Condition& condition, const HttpResponse& response, const Value& tree, const Scope& scope) {
  const Subject subject{&response, tree, scope};
  std::vector<std::string> failing;
  for (const std::vector<ConditionTest>& all : condition.any) {
    for (const ConditionTest& one : all) {
      if (!std::visit(subject, one.test) && !std::ranges::contains(failing, one.spelling)) failing.push_back(one.spelling);
    }
  }
  return join(failing, ", ");
}

}  // namespace sidecert::dns::providers
