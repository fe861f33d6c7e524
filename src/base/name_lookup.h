// From a host's name to its addresses, as a port: what this machine knows by itself lives here, DNS behind it (src/dns).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/effort.h"
#include "base/file_system.h"
#include "base/result.h"

namespace sidecert {

/// Implementations are safe to call from several threads.
class NameLookup {
 public:
  NameLookup() = default;
  NameLookup(const NameLookup&) = delete;
  NameLookup& operator=(const NameLookup&) = delete;
  virtual ~NameLookup() = default;

  /// Address literals of a host, in no order; a literal is its own address. A stop and the effort's time end it.
  /// @returns Unreachable saying whether the name does not exist or nobody answered, or Stopped.
  [[nodiscard]] virtual Result<std::vector<std::string>> addressesOf(const std::string& host, const Effort&) = 0;
};

/// What needs no network: literals, the hosts(5) file, then localhost and everything below it (RFC 6761 section 6.3).
class LocalNames final : public NameLookup {
 public:
  explicit LocalNames(Path hosts_file = "/etc/hosts") : hosts_file_(std::move(hosts_file)) {}

  /// Never waits. @returns nothing when somebody else has to be asked.
  [[nodiscard]] std::vector<std::string> known(const std::string& host) const;

  [[nodiscard]] Result<std::vector<std::string>> addressesOf(const std::string& host, const Effort&) override;

 private:
  Path hosts_file_;
};

/// That a name has no address, and what mends it.
[[nodiscard]] Error unknownName(const std::string& host);

}  // namespace sidecert
