// A recursive name server (BIND), as the CA and the machine's own resolver are: it follows CNAMEs from zone to zone.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "support/dns_server.h"
#include "support/port_relay.h"

namespace sidecert::testing {

class RecursiveServer final : public DnsServer {
 public:
  using Delegations = std::map<std::string, std::vector<std::string>>;  // zone → addresses of its name servers, port 53

  /// Knows the zones named here and nothing else. Keeps no "no such name" in mind, so a test need not wait for it.
  /// @throws std::runtime_error with its log when it does not start.
  explicit RecursiveServer(const Delegations&);

 private:
  std::unique_ptr<PortRelay> relay_;
};

}  // namespace sidecert::testing
