#include "crypto/digest.h"

#include <fmt/core.h>
#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <cmath>

#include "crypto/openssl.h"

namespace sidecert::crypto {
const EVP_MD* algorithmOf(Hash hash) {
  switch (hash) {
    case Hash::Md5: return EVP_md5();
    case Hash::Sha1: return EVP_sha1();
    case Hash::Sha256: return EVP_sha256();
    case Hash::Sha384: return EVP_sha384();
    case Hash::Sha512: return EVP_sha512();
  }
  throw CryptoError("unknown hash");
}

std::string digest(Hash hash, std::string_view octets) {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned length = 0;
  require(EVP_Digest(octets.data(), octets.size(), octetsOf(out), &length, algorithmOf(hash), nullptr), "EVP_Digest");
  out.resize(length);
  return out;
}

std::string hmac(Hash hash, std::string_view key, std::string_view octets) {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned length = 0;
  // A null key means "the key of last time" to OpenSSL, which an empty string_view may be.
  const char* key_data = key.empty() ? "" : key.data();
  if (HMAC(algorithmOf(hash), key_data, static_cast<int>(key.size()), octetsOf(octets), octets.size(), octetsOf(out),
           &length) == nullptr) {
    throwOpenSslError("HMAC");
  }
  out.resize(length);
  return out;
}

std::string randomOctets(std::size_t count) {
  std::string out(count, '\0');
  require(RAND_bytes(octetsOf(out), static_cast<int>(count)), "RAND_bytes");
  return out;
}

double randomFraction() {
  constexpr int bits_of_a_double = 53;
  std::uint64_t number = 0;
  for (const char octet : randomOctets(sizeof number)) number = (number << 8U) | static_cast<unsigned char>(octet);
  return std::ldexp(static_cast<double>(number >> (64U - bits_of_a_double)), -bits_of_a_double);
}

std::string totp(std::string_view secret, std::int64_t unix_seconds) {
  constexpr std::int64_t step_seconds = 30;
  constexpr std::uint32_t modulus = 1'000'000;
  const auto counter = static_cast<std::uint64_t>(unix_seconds / step_seconds);
  std::string message;
  for (unsigned shift = 64; shift > 0; shift -= 8) message += static_cast<char>((counter >> (shift - 8)) & 0xFFU);

  // RFC 4226 section 5.3, dynamic truncation.
  const std::string mac = hmac(Hash::Sha1, secret, message);
  const auto octet = [&](std::size_t i) -> std::uint32_t { return static_cast<unsigned char>(mac[i]); };
  const std::size_t offset = octet(mac.size() - 1) & 0xFU;
  const std::uint32_t code =
      ((octet(offset) & 0x7FU) << 24U) | (octet(offset + 1) << 16U) | (octet(offset + 2) << 8U) | octet(offset + 3);
  return fmt::format("{:06}", code % modulus);
}

bool equalInConstantTime(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace sidecert::crypto
