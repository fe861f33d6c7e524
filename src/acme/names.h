// The names of one order.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace sidecert::acme {

/// Lower case, without duplicates and without names that a wildcard of the same list covers already: Boulder refuses an
/// order that has both. @returns Settings naming ACME_DOMAINS for a name that is no A-label domain name.
[[nodiscard]] Result<std::vector<std::string>> namesToOrder(const std::vector<std::string>& names);

/// The same set, whatever the order.
[[nodiscard]] bool sameNames(std::vector<std::string> one, std::vector<std::string> other);

/// "home.example, *.home.example and 98 more"
[[nodiscard]] std::string listNames(const std::vector<std::string>& names);

}  // namespace sidecert::acme
