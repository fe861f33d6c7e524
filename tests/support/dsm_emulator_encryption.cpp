#include "support/dsm_emulator_encryption.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <stdexcept>
#include <string>

#include "base/encoding.h"

namespace sidecert::testing::emulator {
namespace {

constexpr std::string_view kCipherToken = "__cIpHeRtOkEn";
constexpr std::string_view kSaltMagic = "Salted__";
constexpr std::size_t kSaltSize = 8;
constexpr std::chrono::seconds kGoodFor{360};  // CIPHERTOKEN_VALID_DURATION in the headers of DSM's own sources
constexpr unsigned kKeyBits = 4096;            // clients send a passphrase of 501 octets, which needs that much

using Number = std::unique_ptr<BIGNUM, decltype([](BIGNUM* number) { BN_free(number); })>;
using SealKey = std::unique_ptr<EVP_PKEY, decltype([](EVP_PKEY* key) { EVP_PKEY_free(key); })>;
using KeyUse = std::unique_ptr<EVP_PKEY_CTX, decltype([](EVP_PKEY_CTX* use) { EVP_PKEY_CTX_free(use); })>;
using CipherUse = std::unique_ptr<EVP_CIPHER_CTX, decltype([](EVP_CIPHER_CTX* use) { EVP_CIPHER_CTX_free(use); })>;

// Made when it is first asked for, and once in a process: it takes longer than most tests.
EVP_PKEY* theSealKey() {
  static const SealKey key(EVP_RSA_gen(kKeyBits));
  if (!key) throw std::runtime_error("OpenSSL made no RSA key");
  return key.get();
}

std::string modulusOf(EVP_PKEY* key) {
  BIGNUM* raw = nullptr;
  EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &raw);
  const Number modulus(raw);
  std::string octets(static_cast<std::size_t>(BN_num_bytes(raw)), '\0');
  BN_bn2bin(raw, reinterpret_cast<unsigned char*>(octets.data()));
  return hex(octets);
}

std::string derOf(EVP_PKEY* key) {
  unsigned char* raw = nullptr;
  const int size = i2d_PUBKEY(key, &raw);
  const std::string octets(reinterpret_cast<char*>(raw), static_cast<std::size_t>(std::max(size, 0)));
  OPENSSL_free(raw);
  return octets;
}

std::optional<std::string> passphraseOf(std::string_view encrypted) {
  const KeyUse context(EVP_PKEY_CTX_new(theSealKey(), nullptr));
  std::string octets(kKeyBits / 8, '\0');
  std::size_t size = octets.size();
  const bool done = EVP_PKEY_decrypt_init(context.get()) == 1 &&
                    EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) == 1 &&
                    EVP_PKEY_decrypt(context.get(), reinterpret_cast<unsigned char*>(octets.data()), &size,
                                     reinterpret_cast<const unsigned char*>(encrypted.data()), encrypted.size()) == 1;
  ERR_clear_error();
  octets.resize(done ? size : 0);
  return done ? std::optional(octets) : std::nullopt;
}

std::optional<std::string> decrypt(std::string_view encrypted, std::string_view passphrase) {
  if (!encrypted.starts_with(kSaltMagic) || encrypted.size() < kSaltMagic.size() + kSaltSize) return std::nullopt;
  const auto* salt = reinterpret_cast<const unsigned char*>(encrypted.data()) + kSaltMagic.size();
  std::array<unsigned char, EVP_MAX_KEY_LENGTH> key{};
  std::array<unsigned char, EVP_MAX_IV_LENGTH> vector{};
  EVP_BytesToKey(EVP_aes_256_cbc(), EVP_md5(), salt, reinterpret_cast<const unsigned char*>(passphrase.data()),
                 static_cast<int>(passphrase.size()), 1, key.data(), vector.data());
  encrypted.remove_prefix(kSaltMagic.size() + kSaltSize);
  const CipherUse context(EVP_CIPHER_CTX_new());
  std::string plain(encrypted.size() + EVP_MAX_BLOCK_LENGTH, '\0');
  auto* out = reinterpret_cast<unsigned char*>(plain.data());
  int size = 0;
  int rest = 0;
  const bool done = EVP_DecryptInit_ex(context.get(), EVP_aes_256_cbc(), nullptr, key.data(), vector.data()) == 1 &&
                    EVP_DecryptUpdate(context.get(), out, &size, reinterpret_cast<const unsigned char*>(encrypted.data()),
                                      static_cast<int>(encrypted.size())) == 1 &&
                    EVP_DecryptFinal_ex(context.get(), out + size, &rest) == 1;
  ERR_clear_error();
  plain.resize(done ? static_cast<std::size_t>(size + rest) : 0);
  return done ? std::optional(plain) : std::nullopt;
}

std::optional<std::string> member(const nlohmann::json& from, const char* name) {
  const auto found = from.find(name);
  return found != from.end() && found->is_string() ? fromBase64(found->get<std::string>()) : std::nullopt;
}

}  // namespace

nlohmann::json encryptionInfo(bool as_module, std::chrono::sys_seconds now) {
  return {{"cipherkey", kCipherKey},
          {"ciphertoken", kCipherToken},
          {"public_key", as_module ? modulusOf(theSealKey()) : base64(derOf(theSealKey()))},
          {"server_time", now.time_since_epoch().count()}};
}

std::optional<Parameters> openSealed(std::string_view sealed, std::chrono::sys_seconds now) {
  const auto bundle = nlohmann::json::parse(sealed, nullptr, false);
  if (!bundle.is_object()) return std::nullopt;
  const auto rsa = member(bundle, "rsa");
  const auto aes = member(bundle, "aes");
  const auto passphrase = rsa ? passphraseOf(*rsa) : std::nullopt;
  const auto form = aes && passphrase ? decrypt(*aes, *passphrase) : std::nullopt;
  if (!form) return std::nullopt;
  Parameters fields = readForm(*form);
  const std::string moment = valueOf(fields, kCipherToken);
  long long seconds = 0;
  std::from_chars(moment.data(), moment.data() + moment.size(), seconds);
  const auto age = now - std::chrono::sys_seconds(std::chrono::seconds(seconds));
  return std::chrono::abs(age) <= kGoodFor ? std::optional(std::move(fields)) : std::nullopt;
}

}  // namespace sidecert::testing::emulator
