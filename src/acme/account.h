// The account: made once per directory, found again with its key, kept.
// Source: RFC 8555 section 7.3. The key is on disk before the CA hears of it, so that no kill loses an account; a lost
// account URL is harmless, a lost key costs CAA accounturi and dns-persist-01 records.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "acme/client.h"
#include "acme/issuance.h"

namespace sidecert::acme {

struct AccountWish {
  std::vector<std::string> contacts;  // "mailto:…"
  std::optional<ExternalAccount> external_account;
};

/// Lets the client speak for the account of its directory: the stored one, or a new one. Brings changed contacts to the CA
/// and ends a rollover that was cut. One request or none with a warm account.
/// @returns Settings naming ACME_EAB_KID and ACME_EAB_HMAC_KEY when the CA wants an external account and there is none.
[[nodiscard]] AcmeResult<> openAccount(Client&, const AccountWish&, AccountStore&);

/// The same for an account that must be there already; nothing is registered, and its contacts stay as they are.
/// @returns the account as it is stored, or Settings when there is none.
[[nodiscard]] AcmeResult<StoredAccount> openExistingAccount(Client&, AccountStore&);

/// After accountDoesNotExist: finds the account with its key again or registers the same key again, and warns about what
/// that changes. Once per run.
[[nodiscard]] AcmeResult<> recoverAccount(Client&, const AccountWish&, AccountStore&);

}  // namespace sidecert::acme
