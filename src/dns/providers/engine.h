// A provider made of a definition and what the owner set.
#pragma once

#include <memory>

#include "base/ports.h"
#include "config/settings.h"
#include "dns/provider.h"
#include "dns/providers/definition.h"

namespace sidecert::dns::providers {

/// @returns Settings naming every missing or wrong variable; Storage when a file that a variable names cannot be read.
[[nodiscard]] Result<std::unique_ptr<Provider>> makeDefined(Definition, const config::ProviderVariables&, Ports);

}  // namespace sidecert::dns::providers
