// The list in an answer, told from an answer that has no such list.
#pragma once

#include <expected>
#include <string>

#include "dns/providers/definition.h"

namespace sidecert::dns::providers {

/// What stands there: the elements of a list, or what a pointer with `*` selects. In JSON it has to be a list, or null as
/// some servers write an empty one. XML and HTML write an empty list by leaving its elements out: in XML the element around
/// it has to be there, without children of another name; in a page at least one element has to be found.
/// @returns what is not there, for a message.
[[nodiscard]] std::expected<ValueList, std::string> listAt(const Value& tree, const ValuePath&, Format);

}  // namespace sidecert::dns::providers
