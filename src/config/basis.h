// What the outcome of an order or of a visit depends on, so that a hold after a failure ends when the owner has changed any
// of it. From the registry, so that no variable can be forgotten.
#pragma once

#include <string>
#include <vector>

#include "base/secret.h"
#include "config/environment.h"
#include "config/settings.h"

namespace sidecert::config {

/// Name and value of each variable of this effect, and the content of files it names. A provider's value counts as a path
/// when there is a file of that name. Every such file is watched from now on (Environment::watched).
[[nodiscard]] Secret basisOf(Environment&, const std::vector<std::string>& prefixes, Effect,
                             const ProviderVariables& of_provider = {});

}  // namespace sidecert::config
