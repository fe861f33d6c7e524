// JSON Web Signatures as ACME wants them: flattened, no unprotected header.
// Source: RFC 8555 section 6.2, RFC 7515 section 7.2.2.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "crypto/key.h"

namespace sidecert::acme {

/// @param kid    account URL byte for byte; empty: the public key itself is sent (`jwk`)
/// @param nonce  empty: no nonce member (the inner JWS of a key change)
/// @param payload  empty for POST-as-GET
[[nodiscard]] std::string signJws(const crypto::PrivateKey& key, std::string_view kid, std::string_view nonce,
                                  std::string_view url, std::string_view payload);

enum class MacAlgorithm { Hs256, Hs384, Hs512 };

/// The externalAccountBinding object (RFC 8555 section 7.3.4): the account's public key under the CA's MAC key.
/// @param mac_key  raw octets
[[nodiscard]] std::string bindExternalAccount(const crypto::PrivateKey& account_key, std::string_view kid,
                                              std::string_view mac_key, MacAlgorithm, std::string_view new_account_url);

/// The MAC key as people paste it: either base64 alphabet, padding, blanks and line ends.
/// @returns its octets, or Settings naming ACME_EAB_HMAC_KEY; the text never shows the key.
[[nodiscard]] Result<Secret> decodeMacKey(const Secret& pasted);

}  // namespace sidecert::acme
