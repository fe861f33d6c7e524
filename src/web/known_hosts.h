// Which names a browser may use for the page. A page on a stranger's site can let its own name point at this machine (DNS
// rebinding) and then read what is here as if it were its own; its name in the Host field is what gives it away.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sidecert::web {

class KnownHosts {
 public:
  /// @param names  what the owner calls the page, beside what is always known; lower case
  explicit KnownHosts(std::vector<std::string> names = {}) : names_(std::move(names)) {}

  /// Always known is what nobody can point elsewhere in the public DNS: addresses, names of one label (a NAS, a container),
  /// and those below localhost (RFC 6761), local (RFC 6762), home.arpa (RFC 8375) and internal.
  /// @param host  a Host field: "nas:8090", "[::1]:8090"
  [[nodiscard]] bool contains(std::string_view host) const;

 private:
  std::vector<std::string> names_;
};

}  // namespace sidecert::web
