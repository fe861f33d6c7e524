// Pebble, Let's Encrypt's test CA, and pebble-challtestsrv, its mock DNS, on a loopback address of their own.
// Source: the packages under /opt/pebble (docker/pebble.sh): bookworm 2.4, trixie 2.6, sid 2.10.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/http/http.h"
#include "support/child_process.h"
#include "support/temp_directory.h"

namespace sidecert::testing {

struct PebbleOptions {
  std::string suite = "sid";
  /// Beside PEBBLE_VA_NOSLEEP=1, PEBBLE_WFE_NONCEREJECT=0 and PEBBLE_AUTHZREUSE=0; an empty value takes a variable away.
  std::map<std::string, std::string> environment = {};
  int retry_after_authorization = 0;
  int retry_after_order = 0;
  std::map<std::string, std::string> external_accounts = {};     // kid → base64url MAC key; not empty: required
  std::map<std::string, int> profiles = {{"classic", 7776000}};  // name → lifetime in seconds
  std::vector<std::string> blocked_domains = {};
  bool with_dns = true;         // false: `dns_server` is somebody else's
  std::string dns_server = {};  // host:port
};

class PebbleServer {
 public:
  explicit PebbleServer(PebbleOptions = {});
  PebbleServer(const PebbleServer&) = delete;
  PebbleServer& operator=(const PebbleServer&) = delete;

  [[nodiscard]] const std::string& address() const { return address_; }
  [[nodiscard]] std::string directory() const;
  /// The root of its TLS certificate, for the client's trust.
  [[nodiscard]] const std::string& caFile() const { return ca_file_; }
  /// Key and certificate files that are good for its own address and for 127.0.0.1.
  [[nodiscard]] std::string certificateFile() const { return (files_ / "cert.pem").string(); }
  [[nodiscard]] std::string keyFile() const { return (files_ / "key.pem").string(); }
  [[nodiscard]] std::string output() const { return pebble_->output(); }

  /// Requests seen so far, as "POST /order-plz".
  [[nodiscard]] std::vector<std::string> requests() const;
  /// Waits until `count` requests that begin with `line` stand in its log, which comes to us a little later than its
  /// answers.
  /// @throws std::runtime_error when they do not come.
  void awaitRequests(const std::string& line, std::size_t count) const;

  /// A new process without memory: accounts and orders are gone, the address stays.
  void restart();

  /// A transport that trusts it.
  [[nodiscard]] HttpTransport& http() { return *http_; }

  // The mock DNS. Names without the trailing dot.
  void setTxt(const std::string& name, const std::string& value);
  void clearTxt(const std::string& name);
  void breakName(const std::string& name);  // SERVFAIL from now on
  /// How often the name was asked for.
  [[nodiscard]] std::size_t queriesFor(const std::string& name);

  // The management interface.
  [[nodiscard]] std::string issuingRoot(int chain = 0);
  void setRenewalInfo(const std::string& leaf_pem, const std::string& body);
  /// "Valid" or "Revoked".
  [[nodiscard]] std::string statusOf(const std::string& serial_hex);

 private:
  void writeFiles();
  void start();
  std::string manage(const std::string& method, const std::string& url, const std::string& body = {});

  PebbleOptions options_;
  std::string address_;
  TempDirectory files_;
  std::string ca_file_;
  std::unique_ptr<HttpTransport> http_;
  std::unique_ptr<ChildProcess> dns_;
  std::unique_ptr<ChildProcess> pebble_;
};

}  // namespace sidecert::testing
