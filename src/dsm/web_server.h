// Where DSM answers https, from what the owner set, what the connection shows and what DSM says of itself. Pure.
// Source: SYNO.Core.Web.DSM get and SYNO.Core.AppPortal.ReverseProxy list, as public clients of DSM 7 read them. Version 1
// of the former, because version 2 leaves enable_https out.
#pragma once

#include <cstdint>
#include <optional>

#include "config/settings.h"
#include "dsm/api.h"
#include "dsm/envelope.h"

namespace sidecert::dsm {

/// @param pages  "data" of SYNO.Core.Web.DSM get; null when DSM did not answer
/// @param rules  "data" of SYNO.Core.AppPortal.ReverseProxy list; null when DSM did not answer
/// @param connected  the port on which DSM itself answers https to us; nothing when it is reached by http or not at all
[[nodiscard]] WebServer readWebServer(const config::NasSettings&, const Json& pages, const Json& rules,
                                      std::optional<std::uint16_t> connected);

}  // namespace sidecert::dsm
