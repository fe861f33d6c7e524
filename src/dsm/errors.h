// DSM's error numbers in plain words, with the click or the variable that mends them.
// Source: DSM Login Web API Guide (login), DSM's own interface texts (55xx); docs/dsm.md lists them for owners.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"
#include "dsm/envelope.h"

namespace sidecert::dsm {

/// "Unknown error": worth a second try, not a third.
inline constexpr int kUnknownError = 100;

/// The session is gone, or DSM does not know it as ours (106, 107, 119, 150): nothing was done, and logging in again once
/// may help. 105 is not among them: the account lacks the right, whatever session it has.
[[nodiscard]] bool sessionLost(int code);

/// DSM is busy or its network shaky (100, 109, 110, 111, 117, 118): the same call may succeed later.
[[nodiscard]] bool busy(int code);

/// The login itself was refused (SYNO.API.Auth, 400 and up): final, and counted by DSM's auto-block. Any other number at a
/// login is trouble of the moment or of the address.
[[nodiscard]] bool refusesCredentials(int login_code);

/// A refused call after login. `doing` as in "listing the certificates".
/// @param ec_key  an EC key was sent: some refusals, and any number of the certificate's range that is not known, then mean
///                "RSA, please"
[[nodiscard]] Error explainCall(std::string_view doing, const Refusal&, bool ec_key = false);

/// A refused login.
[[nodiscard]] Error explainLogin(std::string_view account, const Refusal&);

/// How long a refused login is not tried again with the same credentials: DSM's auto-block counts tries, over days if the
/// owner wants so.
[[nodiscard]] std::chrono::hours holdAfter(int login_code);

}  // namespace sidecert::dsm
