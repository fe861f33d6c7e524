// RFC 2136 UPDATE with TSIG, spoken natively: what dns_nsupdate and dns_knot have in common.
// Source: RFC 2136; RFC 8945.
//
// One message per zone and server holds all records. A removal names the exact record (class NONE), never the set.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ports.h"
#include "config/settings.h"
#include "dns/provider.h"
#include "dns/providers/tsig.h"
#include "dns/resolver.h"

namespace sidecert::dns::providers {

struct UpdateOptions {
  /// The variables that the owner set, for what errors advise.
  struct Names {
    std::string server, key, zone;
  };
  Names names;
  std::vector<HostAndPort> servers;
  std::string zone;            // empty: the zone cut
  std::optional<TsigKey> key;  // without it updates go out unsigned
  bool tcp_only = false;
};

/// Trimmed; empty when it is not set.
[[nodiscard]] std::string textOf(const config::ProviderVariables&, const std::string& name);

/// @returns Settings when there is no such file, or no key in it.
[[nodiscard]] Result<TsigKey> readTsigKeyFile(const std::string& path, FileSystem&);

[[nodiscard]] std::unique_ptr<Provider> makeDnsUpdate(UpdateOptions, Resolver&, Ports);

}  // namespace sidecert::dns::providers
