// What a definition has to keep beyond its shape: templates that can be read, names that exist, one method per step.
#pragma once

#include <string>
#include <vector>

#include "dns/providers/definition.h"

namespace sidecert::dns::providers {

/// @param tree  the same definition as it was read.
/// @returns one line per mistake, "pointer: what was expected"; empty when there is none.
[[nodiscard]] std::vector<std::string> checkDefinition(const Definition&, const Json& tree);

}  // namespace sidecert::dns::providers
