// SYNO.API.Encryption behind the DSM emulator: over plain http a client hides what it logs in with. One field named
// __cIpHeRtExT then holds {"rsa": R, "aes": A} in base64. R is a passphrase under DSM's RSA key (PKCS #1 v1.5), A is what
// `openssl enc -aes-256-cbc -md md5 -salt` makes of a form under that passphrase, and the form has DSM's clock as a field.
// Source: N4S4/synology-api auth.py, ychiu1211/dsmctl encryption.go, pmilano1/synology-dsm-api (seen on DSM 7.4).
// May be called from any thread.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "support/dsm_emulator_form.h"

namespace sidecert::testing::emulator {

inline constexpr std::string_view kCipherKey = "__cIpHeRtExT";

/// The data of `getinfo`.
/// @param as_module  the key as its modulus in hex, as browsers ask for it; else base64 of its DER form
[[nodiscard]] nlohmann::json encryptionInfo(bool as_module, std::chrono::sys_seconds now);

/// @param sealed  the value of the field kCipherKey
/// @returns the fields inside; nothing when it cannot be read or was sealed too long ago.
[[nodiscard]] std::optional<Parameters> openSealed(std::string_view sealed, std::chrono::sys_seconds now);

}  // namespace sidecert::testing::emulator
