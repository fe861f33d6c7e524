// PowerDNS as an authoritative server that is changed by its HTTP API.
#pragma once

#include "support/dns_server.h"

namespace sidecert::testing {

class PowerDnsServer final : public DnsServer {
 public:
  /// Keys and primaries of the options have no meaning here.
  /// @throws std::runtime_error with its log when it does not start.
  explicit PowerDnsServer(DnsServerOptions options);

  [[nodiscard]] std::string apiUrl() const;
  [[nodiscard]] static std::string apiKey() { return "canary-api-key-of-powerdns"; }
};

}  // namespace sidecert::testing
