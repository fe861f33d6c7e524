// BIND as an authoritative server that takes RFC 2136 updates.
#pragma once

#include "support/dns_server.h"
#include "support/port_relay.h"

namespace sidecert::testing {

class BindServer final : public DnsServer {
 public:
  /// @throws std::runtime_error with its log when it does not start.
  explicit BindServer(DnsServerOptions options);

 private:
  std::unique_ptr<PortRelay> relay_;
};

}  // namespace sidecert::testing
