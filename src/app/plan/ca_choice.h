// Which of the CAs in ACME_SERVER is asked: a list is a fall-back order. Pure.
#pragma once

#include <string>
#include <vector>

#include "app/plan/ledger.h"

namespace sidecert::app {

/// The first CA of the list that has not failed three times in a row by a fault of its own (it is down, it limits us, it
/// answers nonsense) within the last week; the one whose failures are oldest when all have. Never leaves a CA for a failure
/// in DNS or for a refusal, and stays where an order of this certificate is open; one that was taken up in vain counts as a
/// failure.
/// @param certificate  its title, as in the ledger
[[nodiscard]] std::string chooseServer(const std::vector<std::string>& servers, const Ledger&,
                                       const std::string& certificate, TimePoint now);

}  // namespace sidecert::app
