// Taking a certificate back.
// Source: RFC 8555 section 7.6; the reasons are those of RFC 5280 section 5.3.1 that public CAs take.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "acme/issuance.h"
#include "base/ports.h"
#include "base/result.h"
#include "crypto/x509.h"

namespace sidecert::acme {

enum class RevocationReason {
  Unspecified = 0,
  KeyCompromise = 1,  // CAs want this one signed by the certificate's own key: whoever has it may say so
  AffiliationChanged = 3,
  Superseded = 4,
  CessationOfOperation = 5,
};

/// By the names of RFC 5280 (any case) or by number. @returns nothing for any other.
[[nodiscard]] std::optional<RevocationReason> revocationReason(std::string_view name_or_number);
/// "unspecified, keyCompromise, …", for usage texts.
[[nodiscard]] std::string revocationReasons();

enum class Revoked { Now, Before };

/// Signed by the account at this directory, which must hold authorizations for every name or have ordered it.
/// @returns Settings when there is no account, or what the CA says.
[[nodiscard]] Result<Revoked> revokeByAccount(const std::string& directory, const crypto::Certificate&, RevocationReason,
                                              AccountStore&, const Ports&);

/// Signed by the certificate's own key; needs no account.
[[nodiscard]] Result<Revoked> revokeByKey(const std::string& directory, const crypto::Certificate&, RevocationReason,
                                          const crypto::PrivateKey& certificate_key, const Ports&);

}  // namespace sidecert::acme
