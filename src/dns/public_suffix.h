// Zones in which registries sell names: nobody's own zone, so no place for a challenge record.
// Top-level domains need no list. For the layer below (co.uk, com.au) DNS has no mark, so the big registries' own are named
// here; a zone not named here is left to the provider, who does not have it in the account.
#pragma once

#include <string_view>

namespace sidecert::dns {

/// @param zone  as this project keeps names
[[nodiscard]] bool isPublicSuffix(std::string_view zone);

}  // namespace sidecert::dns
