// A page of HTML as a tree, for providers that have a panel and no API. A page is written for eyes: elements are left open,
// attributes stand in any order. So it is read as browsers do, forgivingly, and never refused.
//
// An element is an object as in xml.h: its attributes under "@name", its own text under "#text", its children under their
// names; and because a row more or less must not change the shape, children are always lists: "/td/2/#text". Names are in
// lower case. Comments, scripts and styles are left out. The tree itself is the page: {"html": [...]}.
#pragma once

#include <string_view>

#include "dns/providers/json.h"

namespace sidecert::dns::providers {

/// @returns an empty object when there is no element in it.
[[nodiscard]] Json parseHtml(std::string_view);

/// Whether the page was transferred whole, to </html>. Half a list of records looks like a shorter list.
[[nodiscard]] bool isWholePage(std::string_view);

}  // namespace sidecert::dns::providers
