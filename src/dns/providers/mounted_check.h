// What a mounted definition must not reach for: secrets that were given to somebody else, and files of this program. It is
// trusted with what it declares, as code would be; the name of a variable is all that keeps it from the rest.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "base/result.h"
#include "config/settings.h"
#include "dns/providers/definition.h"

namespace sidecert::dns::providers {

/// Names in use by what ships, and whose they are. A variable may be several definitions'.
struct Taken {
  std::multimap<std::string, std::string, std::less<>> variables;  // lower case → id
  std::multimap<std::string, std::string, std::less<>> words;      // ids and aliases → id
};

/// Variables of Sidecert itself and of other definitions, aliases of other providers, a default for a file.
/// @returns one line per mistake: "/variables/0/name: SYNO_PASSWORD is Sidecert's own"
[[nodiscard]] std::vector<std::string> reachesFor(const Definition&, const Taken&);

/// @returns Settings when a variable of the definition names a file below `data`, /proc or /sys, directly or by links.
[[nodiscard]] Result<> checkFiles(const Definition&, const config::ProviderVariables& given, const Path& data);

}  // namespace sidecert::dns::providers
