// What a server said: the tree of its body, and the values taken from it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/http/http.h"
#include "dns/providers/definition.h"
#include "dns/providers/scope.h"
#include "dns/providers/value.h"

namespace sidecert::dns::providers {

struct Answer {
  HttpResponse response;
  Value tree;             // null when the body is not of the expected format
  std::string problem;    // why it is not: "not XML", "the answer has more than 64 levels inside each other"
  bool too_much = false;  // it exceeds a limit: to ask again would not help
  [[nodiscard]] bool readable() const { return problem.empty(); }
};

/// An empty body is a readable null. A page of HTML is readable when it was transferred whole: half a list of records looks
/// like a shorter list. @param page_end  what a whole page holds; empty: anything is whole.
[[nodiscard]] Answer readAnswer(HttpResponse, Format, std::string_view page_end = "</html>");

/// A captured value; null when it is not there. @param item  where pointers start: an item of the answer, or its tree.
[[nodiscard]] Value captured(const Source&, const Answer&, const Value& item, const Scope&);

/// The list the step reads, page by page. Nothing where the list should be is no empty list, unless the step's `empty`
/// holds.
/// @returns BadAnswer naming the pointer.
[[nodiscard]] Result<ValueList> itemsOf(const Step&, const Answer&, Format, const Scope&);

/// The records of a set, `item`, in the same way.
[[nodiscard]] Result<ValueList> recordsOf(const Step&, const Value& item, const Answer&, Format, const Scope&);

/// Whether an answer that says "there is none" shows some all the same.
[[nodiscard]] bool stillThere(const Step&, const Answer&, const Scope&);
inline constexpr std::string_view kBothWays = "the answer fits \"missing\", and what should be missing is in it";

/// We look for TXT and for nothing else. @returns BadAnswer when a test of `where` does not hold for an item that has TXT
/// there.
[[nodiscard]] Result<> checkDropped(const Step&, const Value& item, const Scope&);

/// What no answer of this API lacks as soon as there is something in it: members that the step compares items by, or takes
/// names and values from. @param came  all items; @param counted  those that `where` lets through.
/// @returns BadAnswer when some came and none has the member.
[[nodiscard]] Result<> checkMembers(const Step&, const ValueList& came, const ValueList& counted);

}  // namespace sidecert::dns::providers
