// INI files, as the programs of cloud vendors keep credentials in.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "dns/providers/value.h"

namespace sidecert::dns::providers {

/// One section as an object: `[section]`, `key = value` or `key: value`, comments after # or ; at the beginning of a line.
/// Keys come in lower case; what stands in [DEFAULT] holds for every section.
/// @returns what is wrong, without a value of the file: no such section, or the number of a line that cannot be read.
[[nodiscard]] std::expected<Object, std::string> readIni(std::string_view text, std::string_view section);

}  // namespace sidecert::dns::providers
