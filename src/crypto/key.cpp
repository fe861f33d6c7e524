#include "crypto/key.h"

#include <fmt/core.h>
#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <array>
#include <utility>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/key_impl.h"

namespace sidecert::crypto {
namespace {

constexpr int kLeastRsaBits = 2048;
constexpr int kMostRsaBits = 8192;

bool isEcKey(const EVP_PKEY* key) {
  return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC;
}

std::string curveOf(const EVP_PKEY* key) {
  std::array<char, 64> name{};
  std::size_t length = 0;
  if (EVP_PKEY_get_group_name(key, name.data(), name.size(), &length) != 1) return {};
  return {name.data(), length};
}

// Octets of a coordinate or of r and s; 0 for a curve we do not use.
std::size_t fieldSize(const EVP_PKEY* key) {
  const std::string curve = curveOf(key);
  if (curve == "prime256v1" || curve == "P-256") return 32;
  if (curve == "secp384r1" || curve == "P-384") return 48;
  return 0;
}

std::string padded(const BIGNUM* number, std::size_t size) {
  std::string octets(size, '\0');
  if (BN_bn2binpad(number, octetsOf(octets), static_cast<int>(size)) < 0) throwOpenSslError("BN_bn2binpad");
  return octets;
}

BigNumber parameter(const EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  require(EVP_PKEY_get_bn_param(key, name, &number), name);
  return BigNumber(number);
}

std::string base64UrlOf(const BIGNUM* number) {
  return base64Url(padded(number, static_cast<std::size_t>(BN_num_bytes(number))));
}

const EVP_MD* signingHash(const EVP_PKEY* key) {
  return isEcKey(key) && fieldSize(key) == 48 ? EVP_sha384() : EVP_sha256();
}

EvpKey generateRsa(unsigned bits) {
  return own<EvpKey>(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{bits}), "EVP_PKEY_Q_keygen(RSA)");
}

EvpKey generateKey(KeyType type) {
  switch (type) {
    case KeyType::EcP256: return own<EvpKey>(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), "EVP_PKEY_Q_keygen(P-256)");
    case KeyType::EcP384: return own<EvpKey>(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-384"), "EVP_PKEY_Q_keygen(P-384)");
    case KeyType::Rsa2048: return generateRsa(2048);
    case KeyType::Rsa3072: return generateRsa(3072);
    case KeyType::Rsa4096: return generateRsa(4096);
  }
  throw CryptoError("unknown key type");
}

enum class Padding { Usual, Pss };

// In OpenSSL's own form: DER for EC, the octets themselves for RSA.
std::string signatureOf(EVP_PKEY* key, const EVP_MD* hash, std::string_view octets, Padding padding = Padding::Usual) {
  const auto context = own<DigestContext>(EVP_MD_CTX_new(), "EVP_MD_CTX_new");
  EVP_PKEY_CTX* settings = nullptr;  // belongs to the context
  require(EVP_DigestSignInit(context.get(), &settings, hash, nullptr, key), "EVP_DigestSignInit");
  if (padding == Padding::Pss) {
    require(EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING), "EVP_PKEY_CTX_set_rsa_padding");
    require(EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, RSA_PSS_SALTLEN_DIGEST), "EVP_PKEY_CTX_set_rsa_pss_saltlen");
  }
  std::size_t length = 0;
  require(EVP_DigestSign(context.get(), nullptr, &length, octetsOf(octets), octets.size()), "EVP_DigestSign");
  std::string signature(length, '\0');
  require(EVP_DigestSign(context.get(), octetsOf(signature), &length, octetsOf(octets), octets.size()), "EVP_DigestSign");
  signature.resize(length);
  return signature;
}

// Without it OpenSSL asks on the terminal.
int noPassword(char*, int, int, void*) {
  return -1;
}

std::unexpected<Error> unreadableKey(std::string_view pem) {
  constexpr std::string_view hint = "give the private key in PEM, without a password";
  if (pem.contains("ENCRYPTED"))
    return fail(ErrorCode::BadAnswer, "the private key is protected by a password", std::string(hint));
  if (pem.contains("PRIVATE KEY-----")) return fail(ErrorCode::BadAnswer, "the private key is damaged", std::string(hint));
  if (pem.contains("-----BEGIN CERTIFICATE-----")) {
    return fail(ErrorCode::BadAnswer, "this is a certificate, not a private key", std::string(hint));
  }
  return fail(ErrorCode::BadAnswer, fmt::format("no private key in PEM was found in {} octets", pem.size()),
              std::string(hint));
}

Result<> checkUsable(EVP_PKEY* key) {
  const int type = EVP_PKEY_get_base_id(key);
  if (type == EVP_PKEY_EC) {
    if (fieldSize(key) == 0) {
      return fail(ErrorCode::BadAnswer, fmt::format("keys on the curve {} are not supported", curveOf(key)),
                  "use P-256 or P-384");
    }
  } else if (type == EVP_PKEY_RSA) {
    const int bits = EVP_PKEY_get_bits(key);
    if (bits < kLeastRsaBits || bits > kMostRsaBits) {
      return fail(ErrorCode::BadAnswer, fmt::format("an RSA key of {} bits is not supported", bits),
                  "use 2048 to 4096 bits");
    }
  } else {
    const char* name = EVP_PKEY_get0_type_name(key);
    return fail(ErrorCode::BadAnswer, fmt::format("keys of type {} are not supported", name == nullptr ? "unknown" : name),
                "use an EC key (P-256, P-384) or an RSA key");
  }
  const auto context = own<EvpKeyContext>(EVP_PKEY_CTX_new(key, nullptr), "EVP_PKEY_CTX_new");
  if (EVP_PKEY_pairwise_check(context.get()) != 1) {
    return fail(ErrorCode::BadAnswer, "the private key is damaged: its two halves do not fit");
  }
  return {};
}

}  // namespace

PrivateKey::PrivateKey(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;
PrivateKey::~PrivateKey() = default;

PrivateKey::PrivateKey(const PrivateKey& other) {
  require(EVP_PKEY_up_ref(other.impl_->key.get()), "EVP_PKEY_up_ref");
  impl_ = std::make_unique<Impl>(EvpKey(other.impl_->key.get()));
}

PrivateKey& PrivateKey::operator=(const PrivateKey& other) {
  if (this != &other) *this = PrivateKey(other);
  return *this;
}

PrivateKey PrivateKey::generate(KeyType type) {
  return PrivateKey(std::make_unique<Impl>(generateKey(type)));
}

Result<PrivateKey> PrivateKey::fromPem(std::string_view pem) {
  const ErrorQueueGuard guard;
  const auto bio = own<Bio>(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), "BIO_new_mem_buf");
  EvpKey key(PEM_read_bio_PrivateKey(bio.get(), nullptr, noPassword, nullptr));
  if (!key) return unreadableKey(pem);
  if (auto usable = checkUsable(key.get()); !usable) return std::unexpected(usable.error());
  return PrivateKey(std::make_unique<Impl>(std::move(key)));
}

Secret PrivateKey::toPem() const {
  const auto bio = own<Bio>(BIO_new(BIO_s_secmem()), "BIO_new");
  require(PEM_write_bio_PKCS8PrivateKey(bio.get(), impl_->key.get(), nullptr, nullptr, 0, nullptr, nullptr),
          "PEM_write_bio_PKCS8PrivateKey");
  return Secret(contentOf(bio.get()));
}

std::string PrivateKey::algorithm() const {
  if (!isEc()) return "RS256";
  return fieldSize(impl_->key.get()) == 48 ? "ES384" : "ES256";
}

std::string PrivateKey::typeText() const {
  if (!isEc()) return fmt::format("RSA {}", EVP_PKEY_get_bits(impl_->key.get()));
  return fieldSize(impl_->key.get()) == 48 ? "EC P-384" : "EC P-256";
}

bool PrivateKey::isEc() const {
  return isEcKey(impl_->key.get());
}

std::string PrivateKey::publicJwk() const {
  const auto* key = impl_->key.get();
  if (!isEc()) {
    return fmt::format(R"({{"e":"{}","kty":"RSA","n":"{}"}})", base64UrlOf(parameter(key, OSSL_PKEY_PARAM_RSA_E).get()),
                       base64UrlOf(parameter(key, OSSL_PKEY_PARAM_RSA_N).get()));
  }
  const auto size = fieldSize(key);
  return fmt::format(R"({{"crv":"P-{}","kty":"EC","x":"{}","y":"{}"}})", size * 8,
                     base64Url(padded(parameter(key, OSSL_PKEY_PARAM_EC_PUB_X).get(), size)),
                     base64Url(padded(parameter(key, OSSL_PKEY_PARAM_EC_PUB_Y).get(), size)));
}

std::string PrivateKey::thumbprint() const {
  return base64Url(sha256(publicJwk()));
}

std::string PrivateKey::sign(std::string_view octets) const {
  const ErrorQueueGuard guard;
  auto* key = impl_->key.get();
  std::string signature = signatureOf(key, signingHash(key), octets);
  if (!isEc()) return signature;

  const auto* der = octetsOf(std::string_view(signature));
  const auto pair = own<EcSignature>(d2i_ECDSA_SIG(nullptr, &der, static_cast<long>(signature.size())), "d2i_ECDSA_SIG");
  const auto size = fieldSize(key);
  return padded(ECDSA_SIG_get0_r(pair.get()), size) + padded(ECDSA_SIG_get0_s(pair.get()), size);
}

Result<std::string> PrivateKey::signPkcs1(Hash hash, std::string_view octets) const {
  if (isEc()) return fail(ErrorCode::Settings, "an RSA key is needed here, and this is " + typeText());
  const ErrorQueueGuard guard;
  return signatureOf(impl_->key.get(), algorithmOf(hash), octets);
}

Result<std::string> PrivateKey::signPss(Hash hash, std::string_view octets) const {
  if (isEc()) return fail(ErrorCode::Settings, "an RSA key is needed here, and this is " + typeText());
  const ErrorQueueGuard guard;
  return signatureOf(impl_->key.get(), algorithmOf(hash), octets, Padding::Pss);
}

std::string PrivateKey::publicDer() const {
  const ErrorQueueGuard guard;
  const int length = i2d_PUBKEY(impl_->key.get(), nullptr);
  require(length, "i2d_PUBKEY");
  std::string der(static_cast<std::size_t>(length), '\0');
  auto* end = octetsOf(der);
  require(i2d_PUBKEY(impl_->key.get(), &end), "i2d_PUBKEY");
  return der;
}

}  // namespace sidecert::crypto
