// The order of a run that was cut between newOrder and its answer, found again in the account's list of orders.
// Source: RFC 8555 section 7.1.2.1. Let's Encrypt keeps no such list, but hands a pending order for the same names out
// again when it is asked for a new one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "acme/client.h"
#include "acme/resources.h"

namespace sidecert::acme {

struct ListedOrder {
  std::string url;
  Order order;
};

/// An order for exactly these names that nobody has finalized yet.
/// @returns nothing when there is none or the CA keeps no list.
[[nodiscard]] AcmeResult<std::optional<ListedOrder>> findOpenOrder(Client&, const std::vector<std::string>& names);

}  // namespace sidecert::acme
