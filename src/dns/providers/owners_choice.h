// What the owner set, read as a definition declares it: the values of the templates, and which credential set they make.
#pragma once

#include <string>
#include <vector>

#include "base/ports.h"
#include "config/settings.h"
#include "dns/providers/definition.h"
#include "dns/providers/scope.h"

namespace sidecert::dns::providers {

struct OwnersChoice {
  Scope variables;                   // by name, with `let` and {ttl}
  std::vector<std::string> secrets;  // what is never shown
  std::size_t credentials = 0;       // index of the set that suffices
  double pace = 0;                   // seconds between two requests
};

/// @returns Settings naming every missing or wrong variable; Storage when a file that a variable names cannot be read.
[[nodiscard]] Result<OwnersChoice> readOwnersChoice(const Definition&, const config::ProviderVariables&, Ports);

}  // namespace sidecert::dns::providers
