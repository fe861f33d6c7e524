// The steps of a deployment after DSM has been reached, over whichever way to DSM there is.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ports.h"
#include "config/settings.h"
#include "dsm/api.h"
#include "dsm/deployment.h"
#include "dsm/proof.h"
#include "dsm/services.h"
#include "dsm/target.h"

namespace sidecert::dsm {

/// Reads, checks and writes anew what is to be sent. @returns Refused or BadAnswer saying what does not hold.
[[nodiscard]] Result<ImportFiles> prepare(const Material&, const Ports&);

class Deployer {
 public:
  Deployer(const config::NasSettings&, TargetState&, const crypto::Certificate& leaf, CertificateApi&, const Ports&);

  /// List, choose, import unless it is there already, assign services, look. Needs an open session.
  [[nodiscard]] Result<Deployment> run(const ImportFiles&);

 private:
  [[nodiscard]] bool alreadyThere(const Entry&);
  [[nodiscard]] Result<> import(const Target&, const Entry* old, const ImportFiles&);
  [[nodiscard]] const Entry* ours(const std::vector<Entry>&, const Target&) const;
  void remember(const Entry&);
  [[nodiscard]] Result<Target> choose() const;
  [[nodiscard]] Result<> awaitBegunImport(const std::string& id);
  [[nodiscard]] std::string heirloom() const;
  [[nodiscard]] std::string wishes() const;
  [[nodiscard]] Result<> arrange();
  [[nodiscard]] Result<bool> moveServices(const MovePlan&);
  [[nodiscard]] Result<bool> makeDefault();
  void look();
  void describeEntry(const Entry&);
  [[nodiscard]] Proof afterRepair(Proof) const;
  [[nodiscard]] const Entry* current() const;

  const config::NasSettings& settings_;
  TargetState& state_;
  const crypto::Certificate& leaf_;
  CertificateApi& api_;
  Ports ports_;
  std::vector<Entry> entries_;
  std::string answered_id_;
  std::optional<Evidence> evidence_;  // of this visit, while nothing was changed since
  Deployment result_;
};

}  // namespace sidecert::dsm
