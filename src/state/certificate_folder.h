// The PEM files of one certificate, for Sidecert and for others:
//   <folder>/versions/<time>-<start of the leaf's SHA-256>/{cert,chain,fullchain,key}.pem
//   <folder>/current -> versions/…
// A version is written whole and synced before `current` moves, so no reader sees half of a pair.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ports.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/x509.h"

namespace sidecert::state {

struct KeptCertificate {
  std::vector<crypto::Certificate> chain;  // leaf first
  std::string leaf_pem;
  std::string chain_pem;  // without the leaf
  Secret key_pem;
};

class CertificateFolder {
 public:
  CertificateFolder(Path folder, Ports ports) : folder_(std::move(folder)), ports_(std::move(ports)) {}

  /// @returns nothing when there is none yet, or when what is there does not hold together (noted in the log).
  [[nodiscard]] Result<std::optional<KeptCertificate>> current();

  /// Adds a version and lets `current` point at it. The last few versions are kept.
  [[nodiscard]] Result<> add(const std::vector<crypto::Certificate>& chain, const Secret& key_pem);

  [[nodiscard]] const Path& path() const { return folder_; }

 private:
  Path folder_;
  Ports ports_;
};

}  // namespace sidecert::state
