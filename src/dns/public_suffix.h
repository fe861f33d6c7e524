// Zones in which registries sell names: nobody's own zone, so no place for a challenge record.
// Source: the ICANN part of the Public Suffix List (https://publicsuffix.org), as it is compiled into libpsl. Its private
// part (github.io) is left out: those are somebody's zones.
#pragma once

#include <string>

namespace sidecert::dns {

/// @param zone  as this project keeps names
[[nodiscard]] bool isPublicSuffix(const std::string& zone);

}  // namespace sidecert::dns
