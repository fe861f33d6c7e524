// Digests, message authentication and chance.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace sidecert::crypto {

enum class Hash { Md5, Sha1, Sha256, Sha384, Sha512 };

[[nodiscard]] std::string digest(Hash, std::string_view);                      // raw octets
[[nodiscard]] std::string hmac(Hash, std::string_view key, std::string_view);  // raw octets
[[nodiscard]] inline std::string sha256(std::string_view octets) {
  return digest(Hash::Sha256, octets);
}
[[nodiscard]] std::string randomOctets(std::size_t count);
/// Even in [0, 1).
[[nodiscard]] double randomFraction();
/// RFC 6238 with SHA-1, 30 s steps, 6 digits. @param secret raw octets. @param unix_seconds  the moment asked for
[[nodiscard]] std::string totp(std::string_view secret, std::int64_t unix_seconds);
[[nodiscard]] bool equalInConstantTime(std::string_view, std::string_view);

}  // namespace sidecert::crypto
