// The ids of acme.sh that nobody can use from a container without a shell: services that ended, and programs that have to
// run on the name server itself. An owner who comes with such an id is told what to use instead.
#pragma once

#include <vector>

#include "dns/providers/catalogue.h"

namespace sidecert::dns::providers {

/// Each has `unusable` and `instead`.
[[nodiscard]] std::vector<Description> unusableDescriptions();

}  // namespace sidecert::dns::providers
