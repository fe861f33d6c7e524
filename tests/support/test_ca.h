// Certificates for tests: authorities, chains and leaves with any names, dates and keys.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "crypto/key.h"
#include "crypto/x509.h"

namespace sidecert::testing {

struct LeafOptions {
  std::vector<std::string> names = {"localhost"};      // dNSName entries, also wildcards
  std::vector<std::string> addresses = {};             // iPAddress entries
  std::string common_name = {};                        // subject; empty: no subject
  std::optional<TimePoint> not_before = std::nullopt;  // default: an hour ago
  std::optional<TimePoint> not_after = std::nullopt;   // default: in 90 days
  crypto::KeyType key_type = crypto::KeyType::EcP256;
  std::optional<std::string> key_pem = std::nullopt;  // use this key instead of a fresh one
  std::string serial = {};                            // octets of a positive number; empty: random
  bool authority_key_id = true;
  std::string revocation_list = {};  // URL of the CA's list; empty: none is named
};

struct TestCertificate {
  crypto::Certificate certificate;
  std::string pem;      // the leaf
  std::string chain;    // its issuers up to, without, the root
  std::string key_pem;  // PKCS#8
  [[nodiscard]] std::string fullChain() const { return pem + chain; }
};

class TestCa {
 public:
  /// A root.
  explicit TestCa(const std::string& common_name = "Test Root");
  ~TestCa();
  TestCa(TestCa&&) noexcept;
  TestCa& operator=(TestCa&&) noexcept;

  /// An authority below this one.
  [[nodiscard]] TestCa intermediate(const std::string& common_name = "Test Intermediate") const;
  [[nodiscard]] TestCertificate issue(const LeafOptions& = {}) const;
  /// A list (DER) of what it has taken back.
  [[nodiscard]] std::string revocationList(const std::vector<crypto::Certificate>& revoked, TimePoint when) const;
  [[nodiscard]] std::string pem() const;  // this authority's certificate
  [[nodiscard]] crypto::Certificate certificate() const;

 private:
  struct Impl;
  explicit TestCa(std::unique_ptr<Impl>);
  std::unique_ptr<Impl> impl_;
};

/// A certificate signed by its own key.
[[nodiscard]] TestCertificate selfSigned(const LeafOptions& = {});

}  // namespace sidecert::testing
