// A provider made of a definition and what the owner set.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/ports.h"
#include "config/settings.h"
#include "dns/provider.h"
#include "dns/providers/definition.h"

namespace sidecert::dns::providers {

using DefinitionById = std::function<Result<Definition>(const std::string& id)>;

/// @param other  where a definition that a credential set hands over to is found; it hands over no further
/// @returns Settings naming every missing or wrong variable; Storage when a file that a variable names cannot be read.
[[nodiscard]] Result<std::unique_ptr<Provider>> makeDefined(Definition, const config::ProviderVariables&, Ports,
                                                            const DefinitionById& other = nullptr);

}  // namespace sidecert::dns::providers
