// What the settings mean in the ACME client's words.
#pragma once

#include <optional>

#include "acme/issuance.h"
#include "config/settings.h"

namespace sidecert::app {

[[nodiscard]] acme::ChallengeKind challengeIn(const config::CertificateSettings&);
/// @returns nothing when none is set.
[[nodiscard]] std::optional<acme::ExternalAccount> externalAccountIn(const config::CertificateSettings&);

}  // namespace sidecert::app
