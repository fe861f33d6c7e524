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
  std::vector<std::string> impossible;  // asked for by name, but DSM lets nobody move them, or they are not there
  std::vector<std::string> unknown;     // of these, the words that name no service of this DSM
};

/// @param wishes  keep (nothing), inherit (what `inherit_from` has), default (DSM's own pages), covered (reverse-proxy hosts
///                the certificate covers), all, or names; see `isNamed`.
/// @param inherit_from  id of the entry whose services are taken over; empty: none
/// A service already on the target is never moved (DSM 6 would drop its assignment); neither is QuickConnect (DSM ignores
/// it) nor one marked as not settable; `all` leaves out reverse-proxy hosts the certificate does not cover.
[[nodiscard]] MovePlan planMoves(const std::vector<std::string>& wishes, const std::string& inherit_from,
                                 const std::vector<Entry>&, const std::string& target_id, const crypto::Certificate& leaf);

/// In any case of letters: DSM's own key ("smbftpd/ftpd", or "ftpd" alone), the name DSM shows, which depends on its
/// language, the key of that name's translation, or the English name.
[[nodiscard]] bool isNamed(std::string_view wish, const ListedService&);

/// What an owner calls a service: its display name, or "subscriber/service" when it has none.
[[nodiscard]] std::string title(const ListedService&);

/// Every service of this DSM with its key, for a message: "FTPS (smbftpd/ftpd), DSM-Desktop (system/default)".
[[nodiscard]] std::string listServices(const std::vector<Entry>&);

/// The entry that service is assigned to now; null when DSM lists it nowhere.
[[nodiscard]] const Entry* holderOf(const ListedService&, const std::vector<Entry>&);

}  // namespace sidecert::dsm
