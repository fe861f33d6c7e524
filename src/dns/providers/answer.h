// What a server said: the tree of its body, the conditions a definition puts on it, the values taken from it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/http.h"
#include "dns/providers/definition.h"
#include "dns/providers/template.h"

namespace sidecert::dns::providers {

struct Answer {
  HttpResponse response;
  Json tree;             // null when the body is not of the expected format
  bool readable = true;  // false: it is not
};

/// @param format  json, xml, xmlrpc, html or text (whose tree is the body as one text). An empty body is a readable null.
[[nodiscard]] Answer readAnswer(HttpResponse, std::string_view format);

/// Whether the condition holds; one that was not declared never does. @param scope  for names in it.
[[nodiscard]] bool holds(const Condition&, const Answer&, const Scope& scope);

/// Whether it holds for one item of a list.
[[nodiscard]] bool holdsFor(const Condition&, const Json& item, const Scope& scope);

/// "/pointer|transform" in a tree; null when nothing is there.
[[nodiscard]] Json valueAt(const Json& tree, std::string_view pointer);

/// A captured value; null when it is not there. @param item  where pointers start: an item of the answer, or its tree.
[[nodiscard]] Json captured(const Source&, const Answer&, const Json& item, const Scope&);

/// The list the step reads, page by page.
[[nodiscard]] std::vector<Json> itemsOf(const Step&, const Answer&);

}  // namespace sidecert::dns::providers
