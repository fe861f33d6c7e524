// What a server said: the tree of its body, and the values taken from it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/http.h"
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

/// The list the step reads, page by page.
[[nodiscard]] std::vector<Value> itemsOf(const Step&, const Answer&);

}  // namespace sidecert::dns::providers
