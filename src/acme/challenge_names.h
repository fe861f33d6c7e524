// Names and values of DNS challenge records. Pure.
// Source: RFC 8555 section 8.4 (dns-01); draft-ietf-acme-dns-account-label-02 section 3 (dns-account-01).
#pragma once

#include <string>
#include <string_view>

#include "acme/issuance.h"

namespace sidecert::acme {

/// "dns-01", "dns-account-01", "dns-persist-01"
[[nodiscard]] std::string_view typeOf(ChallengeKind);

/// base64url(SHA-256(token "." thumbprint)): always 43 characters.
[[nodiscard]] std::string challengeValue(std::string_view token, std::string_view thumbprint);

/// "_acme-challenge.home.example"
[[nodiscard]] std::string dns01Name(std::string_view identifier);

/// "_ujmmovf2vn55tgye._acme-challenge.home.example": a label of its own for each account.
[[nodiscard]] std::string dnsAccount01Name(std::string_view identifier, std::string_view account_url);

}  // namespace sidecert::acme
