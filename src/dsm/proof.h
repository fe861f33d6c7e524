// What does DSM really show? A TLS handshake, and the leaf's fingerprint compared.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ports.h"
#include "crypto/x509.h"
#include "dsm/certificates.h"
#include "dsm/deployment.h"

namespace sidecert::dsm {

/// How long one look at what is served goes on where nothing was just restarted.
inline constexpr Duration kGlance{6'000};

/// The leaf shown there. @returns nothing when nobody answers with TLS.
[[nodiscard]] std::optional<crypto::Certificate> servedLeaf(const Endpoint&, const Ports&);

struct Sight {
  Proof proof = Proof::NotReachable;
  std::string detail;
  std::optional<crypto::Certificate> seen;
};

/// Looks until the leaf is shown or `patience` is over; the web server restarts after an import.
[[nodiscard]] Sight lookFor(const crypto::Certificate& leaf, const Endpoint&, Duration patience, const Ports&);

/// Host names of reverse-proxy rules that use this entry and that the certificate covers.
[[nodiscard]] std::vector<std::string> proxiedHosts(const Entry&, const crypto::Certificate& leaf);

/// A reverse-proxy host on port 443 of `address`.
[[nodiscard]] Endpoint proxyEndpoint(const std::string& host, const std::string& address);

/// Looks at each of these hosts on port 443 of `address`. A host where nobody answers is left out.
[[nodiscard]] std::vector<HostProof> lookForHosts(const crypto::Certificate& leaf, const std::vector<std::string>& hosts,
                                                  const std::string& address, Duration patience, const Ports&);

}  // namespace sidecert::dsm
