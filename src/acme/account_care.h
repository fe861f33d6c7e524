// What an owner may want done to an account, beside using it.
// Source: RFC 8555 sections 7.3.5 (key change) and 7.3.6 (deactivation).
#pragma once

#include <string>

#include "acme/issuance.h"
#include "base/ports.h"
#include "base/result.h"

namespace sidecert::acme {

/// Gives the account at this directory a new key. The new key is on disk before the CA hears of it; a run that is cut
/// finds out by itself which of the two the CA knows. With dns-persist-01 draft -02 every record has to be written anew.
/// @returns Settings when there is no account yet or the CA offers no key change (ZeroSSL, SSL.com).
[[nodiscard]] Result<> changeAccountKey(const std::string& directory, AccountStore&, const Ports&);

/// Final: the key can never be used at this CA again. The stored account is left for the caller to remove.
[[nodiscard]] Result<> deactivateAccount(const std::string& directory, AccountStore&, const Ports&);

}  // namespace sidecert::acme
