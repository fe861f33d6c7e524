// X.509 certificates as read from a CA, from a file or from a TLS handshake.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "crypto/key.h"

namespace sidecert::crypto {

class Certificate {
 public:
  [[nodiscard]] static Result<Certificate> fromDer(std::string_view der);

  [[nodiscard]] std::string toPem() const;  // LF, one newline at the end
  [[nodiscard]] std::string toDer() const;
  [[nodiscard]] std::vector<std::string> dnsNames() const;  // subjectAltName, lower case, in order
  [[nodiscard]] std::string subjectCommonName() const;      // may be empty
  [[nodiscard]] std::string issuerCommonName() const;
  [[nodiscard]] std::string issuerOrganization() const;
  [[nodiscard]] TimePoint notBefore() const;
  [[nodiscard]] TimePoint notAfter() const;
  [[nodiscard]] std::string sha256() const;  // of the DER, lower-case hex
  [[nodiscard]] std::string serial() const;  // content octets of the DER INTEGER, leading 00 kept (RFC 9773 section 4.1)
  [[nodiscard]] std::string authorityKeyId() const;  // keyIdentifier octets; empty when there is none
  [[nodiscard]] bool isFor(const PrivateKey&) const;
  [[nodiscard]] bool isSignedBy(const Certificate& issuer) const;
  [[nodiscard]] bool covers(std::string_view name) const;  // exact or by one wildcard label; "*.a" needs "*.a" itself

  struct Impl;

 private:
  explicit Certificate(std::shared_ptr<const Impl>);
  std::shared_ptr<const Impl> impl_;
};

/// Every certificate in a PEM text: CR/LF, text before, between and after blocks tolerated.
/// @returns BadAnswer when there is none, more than a hundred, or a block is broken.
[[nodiscard]] Result<std::vector<Certificate>> parseChain(std::string_view pem);

struct BuiltChain {
  std::vector<Certificate> chain;     // the leaf, its issuer, the issuer's, as far as they came
  std::vector<std::string> left_out;  // name and reason, for each certificate that is not part of the chain
};

/// The chain above the certificate of this key, built out of what a CA sent in whatever order: what is doubled, unrelated,
/// expired or not valid yet is left out. The leaf's own dates are not looked at.
/// @returns Refused when no certificate belongs to the key.
[[nodiscard]] Result<BuiltChain> buildChain(const std::vector<Certificate>& came, const PrivateKey& key, TimePoint now);

/// What must hold before a chain is stored or deployed: at least one intermediate when `want_intermediate`, leaf fits the
/// key, every name covered, notBefore <= now + skew, now < notAfter, each signed by the next.
/// @returns Refused saying what does not hold.
[[nodiscard]] Result<> checkChain(const std::vector<Certificate>& chain, const PrivateKey& key,
                                  const std::vector<std::string>& names, TimePoint now, bool want_intermediate);

}  // namespace sidecert::crypto
