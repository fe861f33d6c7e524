// Knot DNS as an authoritative server: RFC 2136 updates, and secondaries that lag as long as a test wants.
#pragma once

#include "support/dns_server.h"

namespace sidecert::testing {

class KnotServer final : public DnsServer {
 public:
  /// Starts it and waits until it serves. A secondary has fetched its zones by then, and fetches them again only on demand.
  /// @throws std::runtime_error with its log when it does not start.
  explicit KnotServer(DnsServerOptions options);

  /// Lets a secondary fetch its zones from their primary now.
  void refresh() const;

 private:
  void control(std::vector<std::string> arguments) const;
};

}  // namespace sidecert::testing
