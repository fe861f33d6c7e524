// What the starters of real name servers have in common: zones, keys, an address of their own on port 53.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "support/child_process.h"
#include "support/free_address.h"
#include "support/temp_directory.h"

namespace sidecert::testing {

struct DnsKey {
  std::string name;
  std::string algorithm = "hmac-sha256";
  std::string secret = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";  // base64

  /// As tsig-keygen writes it.
  [[nodiscard]] std::string clause() const;
};

struct DnsZone {
  std::string name;
  std::vector<std::string> records;       // zone file lines beside SOA, NS and the addresses of the name servers
  std::vector<std::string> name_servers;  // addresses of ns1, ns2 … of the zone; empty: this server's
  std::vector<std::string> update_keys;   // names of keys that may update it
  std::string primary;                    // address to transfer the zone from; empty: this is the primary
};

struct DnsServerOptions {
  std::string address = freeLoopbackAddress({53});
  std::vector<DnsZone> zones;
  std::vector<DnsKey> keys;
};

/// A server on port 53 of a loopback address of its own. It dies with the object.
class DnsServer {
 public:
  explicit DnsServer(DnsServerOptions options) : options_(std::move(options)) {}
  DnsServer(const DnsServer&) = delete;
  DnsServer& operator=(const DnsServer&) = delete;
  virtual ~DnsServer() = default;

  [[nodiscard]] const std::string& address() const { return options_.address; }
  [[nodiscard]] std::string log() const { return process_ ? process_->output() : std::string(); }

 protected:
  [[nodiscard]] std::string zoneFile(const DnsZone&) const;
  void writeFile(const std::string& name, const std::string& text) const;
  /// @throws std::runtime_error with the server's output when `ready_line` does not appear in it.
  void start(std::vector<std::string> command, const std::string& ready_line);

  DnsServerOptions options_;
  TempDirectory directory_;
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace sidecert::testing
