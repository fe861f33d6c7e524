// dns_nsupdate: RFC 2136 UPDATE with TSIG, spoken natively, by acme.sh's variables. Written by hand because it is no HTTP.
// Source: RFC 2136; RFC 8945; acme.sh's dns_nsupdate for the variables.
//
// One message per zone and server holds all records. A removal names the exact record (class NONE), never the set.
#pragma once

#include <memory>

#include "base/ports.h"
#include "base/result.h"
#include "config/settings.h"
#include "dns/provider.h"
#include "dns/providers/catalogue.h"
#include "dns/resolver.h"

namespace sidecert::dns::providers {

[[nodiscard]] const Description& nsupdateDescription();

/// NSUPDATE_KEY is the path of a key file, or the key clause itself. Without it updates go out unsigned.
/// @returns Settings with all faults, each with its variable.
[[nodiscard]] Result<std::unique_ptr<Provider>> makeNsupdate(const config::ProviderVariables&, Resolver&, Ports);

}  // namespace sidecert::dns::providers
