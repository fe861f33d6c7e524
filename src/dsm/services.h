// Which of DSM's services should use our certificate (SYNO_SERVICES), and which of them have to move. Pure.
#pragma once

#include <string>
#include <vector>

#include "crypto/x509.h"
#include "dsm/api.h"
#include "dsm/certificates.h"

namespace sidecert::dsm {

struct MovePlan {
  std::vector<Move> moves;
  std::vector<std::string> impossible;  // asked for, but DSM lets nobody move them, or they are not there
};

/// @param wishes  keep (nothing), default (DSM's own pages), covered (reverse-proxy hosts the certificate covers), all, or
///                names: the display name, "subscriber/service" or the service alone, in any case.
/// A service already on the target is never moved (DSM 6 would drop its assignment); neither is QuickConnect (DSM ignores
/// it) nor one marked as not settable; `all` leaves out reverse-proxy hosts the certificate does not cover.
[[nodiscard]] MovePlan planMoves(const std::vector<std::string>& wishes, const std::vector<Entry>&,
                                 const std::string& target_id, const crypto::Certificate& leaf);

/// What an owner calls a service: its display name, or "subscriber/service" when it has none.
[[nodiscard]] std::string title(const ListedService&);

/// The entry that service is assigned to now; null when DSM lists it nowhere.
[[nodiscard]] const Entry* holderOf(const ListedService&, const std::vector<Entry>&);

}  // namespace sidecert::dsm
