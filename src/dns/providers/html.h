// A page of HTML as a tree, for providers that have a panel and no API. A page is written for eyes: elements are left open,
// attributes stand in any order. So it is read as browsers do, forgivingly; what is
// refused is only a page that exceeds the limits.
//
// An element is an object as in xml.h: its attributes under "@name", its own text under "#text", its children under their
// names; and because a row more or less must not change the shape, children are always lists: "/td/2/#text". Names are in
// lower case. Comments, scripts and styles are left out, but for scripts whose type is some JSON: their
// text is kept as it stands. The tree itself is the page: {"html": [...]}.
#pragma once

#include <string_view>

#include "dns/providers/limits.h"
#include "dns/providers/value.h"

namespace sidecert::dns::providers {

/// Elements more than limits.depth levels inside each other become neighbours, as in browsers.
/// @returns an empty object when there is no element in it; which one when it exceeds another limit.
[[nodiscard]] std::expected<Value, Unreadable> parseHtml(std::string_view, const Limits& = {});

}  // namespace sidecert::dns::providers
