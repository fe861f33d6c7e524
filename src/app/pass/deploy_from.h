// A certificate made elsewhere, in a folder of PEM files (DEPLOY_FROM). The files are known by what is in them, not by their
// names: certbot, lego, acme.sh and Kubernetes all name them differently.
#pragma once

#include <string>
#include <vector>

#include "base/file_system.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/x509.h"

namespace sidecert::app {

struct FoundCertificate {
  std::vector<crypto::Certificate> chain;  // leaf first, each signed by the next
  Secret key_pem;
  std::vector<std::string> passed_over;  // what is wrong with a file that could not be read
};

/// The leaf that came last among those whose key is there too and that are for `names`, with its chain. A pair that is just
/// being replaced (a new certificate beside the old key) is no pair: the older one counts until the rest is there.
/// @param names  empty: whatever is there, which then has to be for the same names
/// @returns Settings or Refused saying what is missing, what does not hold, or between what there is to choose.
[[nodiscard]] Result<FoundCertificate> readDeployFrom(FileSystem&, const Path& folder, const std::vector<std::string>& names,
                                                      TimePoint now);

}  // namespace sidecert::app
