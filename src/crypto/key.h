// Private keys: making, reading, writing, signing.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "crypto/digest.h"

namespace sidecert::crypto {

enum class KeyType { EcP256, EcP384, Rsa2048, Rsa3072, Rsa4096 };

class PrivateKey {
 public:
  [[nodiscard]] static PrivateKey generate(KeyType);
  /// PKCS#8, PKCS#1 or SEC1, unencrypted. @returns BadAnswer saying what was found instead; the text never shows the key.
  [[nodiscard]] static Result<PrivateKey> fromPem(std::string_view pem);

  PrivateKey(PrivateKey&&) noexcept;
  PrivateKey& operator=(PrivateKey&&) noexcept;
  PrivateKey(const PrivateKey&);
  PrivateKey& operator=(const PrivateKey&);
  ~PrivateKey();

  [[nodiscard]] Secret toPem() const;           // PKCS#8
  [[nodiscard]] std::string algorithm() const;  // RFC 7518: ES256, ES384 or RS256
  [[nodiscard]] std::string typeText() const;   // "EC P-256", "RSA 2048"
  [[nodiscard]] bool isEc() const;
  /// The public half as a JWK with only the required members, in lexicographic order, without spaces (RFC 7638).
  [[nodiscard]] std::string publicJwk() const;
  [[nodiscard]] std::string thumbprint() const;  // base64url(SHA-256(publicJwk()))
  /// As JWS wants it: r||s padded for EC (RFC 7518 section 3.4), PKCS#1 v1.5 for RSA.
  [[nodiscard]] std::string sign(std::string_view octets) const;
  /// RSASSA-PKCS1-v1_5 with this hash (RFC 8017 section 8.2), where an API asks for another than RS256.
  /// @returns Settings when it is no RSA key.
  [[nodiscard]] Result<std::string> signPkcs1(Hash, std::string_view octets) const;
  /// RSASSA-PSS with this hash, MGF1 with the same, and a salt as long as it (RFC 7518 section 3.5).
  /// @returns Settings when it is no RSA key.
  [[nodiscard]] Result<std::string> signPss(Hash, std::string_view octets) const;
  [[nodiscard]] std::string publicDer() const;  // SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7)
  /// Certification request for these names (subjectAltName only, empty subject), DER. Names are A-labels.
  [[nodiscard]] std::string certificationRequest(const std::vector<std::string>& names) const;

  struct Impl;
  [[nodiscard]] const Impl& impl() const { return *impl_; }

 private:
  explicit PrivateKey(std::unique_ptr<Impl>);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sidecert::crypto
