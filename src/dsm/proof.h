// What does DSM really show? A TLS handshake at each place that uses the entry, and the leaf's fingerprint compared.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ports.h"
#include "crypto/x509.h"
#include "dsm/api.h"
#include "dsm/certificates.h"
#include "dsm/deployment.h"

namespace sidecert::dsm {

/// How long one look at what is served goes on where nothing was just restarted.
inline constexpr Duration kGlance{6'000};

/// The leaf shown there. @returns nothing when nobody answers with TLS.
[[nodiscard]] std::optional<crypto::Certificate> servedLeaf(const Endpoint&, const Ports&);

/// A place that shows the certificate of an entry.
struct Place {
  enum class Kind { OwnPages, ProxiedHost, OtherService };
  Kind kind = Kind::OwnPages;
  std::string name;  // "DSM's own pages", "photos.home.example", "WebDAV"
  Endpoint endpoint;
  bool certain = false;  // the port is known to be that of this place; elsewhere another certificate may be a stranger's
};

/// Where the entry can be seen: DSM's own pages, reverse-proxy hosts whose names the certificate covers, and services that
/// speak TLS on a port of their own. An entry that nothing uses may still be seen on DSM's own pages.
[[nodiscard]] std::vector<Place> placesOf(const Entry&, const crypto::Certificate& leaf, const WebServer&);

struct Evidence {
  Proof proof = Proof::NotReachable;  // never NotServed: whether it was repaired before is not known here
  std::string detail;
  Endpoint seen_at;              // where our leaf was seen; no host: nowhere
  std::vector<HostProof> hosts;  // reverse-proxy hosts that answer
};

/// Looks at every place until all whose port is known show the leaf, or `patience` is over: the web server restarts after an
/// import. DSM's own pages decide where they use the entry on a known port; otherwise one place that shows the leaf is
/// proof.
[[nodiscard]] Evidence prove(const Entry&, const crypto::Certificate& leaf, const WebServer&, Duration patience,
                             const Ports&);

}  // namespace sidecert::dsm
