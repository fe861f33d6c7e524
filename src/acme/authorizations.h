// The authorizations of one order: reading them, what is not to be believed in them, and what the CA says when it refuses.
// Source: RFC 8555 sections 7.1.4, 7.5 and 7.5.2.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "acme/client.h"
#include "acme/issuance_steps.h"
#include "acme/problem.h"
#include "acme/resources.h"

namespace sidecert::acme {

[[nodiscard]] AcmeResult<Authorization> readAuthorization(Client&, const std::string& url);
[[nodiscard]] AcmeResult<std::vector<Authorization>> readAuthorizations(Client&, const std::vector<std::string>& urls);

/// @returns Refused, and the end of the order, when the CA wants more authorizations than the names explain.
[[nodiscard]] AcmeResult<> checkCount(const Issuance&, const Order&);
/// A record is written for none but the names that were ordered. @returns as `checkCount`
[[nodiscard]] AcmeResult<> checkNames(const Issuance&, const std::vector<Authorization>&);

[[nodiscard]] bool isDead(const Authorization&);

/// Open authorizations would be handed out again with the next order for the same names. Best effort: they expire anyway.
void deactivateOpen(Client&, const std::vector<Authorization>&);

/// One story out of what the CA says of each name.
[[nodiscard]] Failure explain(const std::vector<Authorization>&, const std::optional<Problem>& of_order);

}  // namespace sidecert::acme
