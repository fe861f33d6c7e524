// dns_knot: RFC 2136 by the variables that acme.sh hands to knsupdate.
// Source: https://www.knot-dns.cz/docs/latest/html/man_knsupdate.html (the commands server and key).
#pragma once

#include <memory>

#include "base/ports.h"
#include "base/result.h"
#include "config/settings.h"
#include "dns/provider.h"
#include "dns/providers/catalogue.h"
#include "dns/resolver.h"

namespace sidecert::dns::providers {

[[nodiscard]] const Description& knotDescription();

/// KNOT_SERVER is `host [port]`, KNOT_KEY is `[algorithm:]name secret` or the path of a key file.
/// @returns Settings with all faults, each with its variable.
[[nodiscard]] Result<std::unique_ptr<Provider>> makeKnot(const config::ProviderVariables&, Resolver&, Ports);

}  // namespace sidecert::dns::providers
