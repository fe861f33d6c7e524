#include "app/pass/deploying.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <vector>

#include "app/memory/nas_memory.h"
#include "base/lanes.h"

namespace sidecert::app {
namespace {

// Does DSM still list and serve it? The login also proves the credentials, and keeps a device token alive, weeks before a
// renewal needs them.
constexpr Duration kLookAgain = std::chrono::days(1);

void report(const Ports& ports, const dsm::Deployment& deployed) {
  const std::string_view what = deployed.created ? "created" : deployed.imported ? "replaced" : "already there";
  ports.log.info("certificate '{}' is {}{}", deployed.description, what,
                 deployed.proof_detail.empty() ? "" : ": " + deployed.proof_detail);
}

void remember(Target& target, const dsm::Deployment& deployed, const std::string& sha256, TimePoint now) {
  target.certificate_id = deployed.certificate_id;
  if (deployed.imported || !target.deployed) target.deployed = now;
  target.sha256 = sha256;
  target.proof = deployed.proof;
  target.proof_detail = deployed.proof_detail;
  if (deployed.proof == dsm::Proof::Served) target.verified = now;
  target.not_moved = deployed.not_moved;
  target.services.clear();
  for (const dsm::Service& service : deployed.services) target.services.push_back(service.display_name);
  target.holders = deployed.holders;
  target.check = now + (deployed.proof == dsm::Proof::NotServedYet ? Duration(dsm::kRepairAfter) : kLookAgain);
  recordSuccess(target.attempts, now);
}

class Visits {
 public:
  explicit Visits(CertificateCase& about) : about_(about) {}

  void make(const std::vector<std::string>& due) {
    std::vector<const config::NasSettings*> targets;
    for (const config::NasSettings& nas : about_.settings.targets) {
      if (std::ranges::contains(due, targetKey(nas))) targets.push_back(&nas);
    }
    const auto visits = runInLanes(targets.size(), about_.world.side_by_side, [&](std::size_t i) -> Result<> {
      visit(*targets[i]);
      return {};
    });
    for (std::size_t i = 0; i < visits.size(); ++i) {
      if (!visits[i]) broke(*targets[i], visits[i].error());
    }
  }

 private:
  [[nodiscard]] Ports portsFor(const config::NasSettings& nas) const {
    return about_.world.ports.about(fmt::format("{}, {}", about_.settings.subject(), nas.title()));
  }

  void visit(const config::NasSettings& nas) {
    const Ports ports = portsFor(nas);
    auto state = loadTargetState(about_.memory, about_.settings.title(), nas);
    if (state && about_.by_hand) dsm::forgetRefusal(*state);
    const state::KeptCertificate& kept = *about_.kept;
    const dsm::Material material{
        .leaf = kept.chain.front(), .leaf_pem = kept.leaf_pem, .chain_pem = kept.chain_pem, .key_pem = kept.key_pem};
    Result<dsm::Deployment> deployed =
        state ? about_.world.outside.deploy(nas, *state, material, ports) : std::unexpected(state.error());
    const Result<> remembered = state ? state->writeDown() : Result<>(std::unexpected(state.error()));

    const std::lock_guard lock(record_);
    Target& target = about_.record.targets[targetKey(nas)];
    target.attempts.settings = targetDigest(nas);
    if (!deployed) return failed(ports, target, deployed.error());
    if (!remembered) return failed(ports, target, remembered.error());
    remember(target, *deployed, about_.current->sha256, about_.now());
    about_.save();
    report(ports, *deployed);
  }

  void broke(const config::NasSettings& nas, Error error) {
    error.hint = "this is a fault of Sidecert: please report it";
    failed(portsFor(nas), about_.record.targets[targetKey(nas)], error);
  }

  void failed(const Ports& ports, Target& target, const Error& error) {
    about_.failed = true;
    if (error.code == ErrorCode::Stopped) return;
    recordVisitFailure(target.attempts, error, about_.now(), about_.current->not_after);
    about_.save();
    ports.log.debug("failure {} in a row: {}", target.attempts.failures, describe(error));
  }

  CertificateCase& about_;
  std::mutex record_;  // several NAS are visited at once
};

}  // namespace

void glance(CertificateCase& about) {
  if (!about.kept) return;
  for (const config::NasSettings& nas : about.settings.targets) {
    const auto known = about.record.targets.find(targetKey(nas));
    if (known == about.record.targets.end() || known->second.sha256 != about.current->sha256) continue;
    Target& target = known->second;
    if (!target.check || *target.check <= about.now()) continue;
    const auto state = loadTargetState(about.memory, about.settings.title(), nas);
    if (!state || about.world.outside.still_served(*state, about.kept->chain.front(), about.ports) != false) continue;
    about.ports.log.warning("{} no longer shows the certificate at {}", nas.title(), state->served_at.words());
    target.check = about.now();
    about.save();
  }
}

void deploy(CertificateCase& about, const std::vector<std::string>& due) {
  if (!about.kept) return;
  if (about.settings.targets.empty()) {
    about.ports.log.info("no SYNO_ variable is set: the files are kept in {}, nothing is deployed", about.currentFolder());
    return;
  }
  Visits(about).make(due);
}

}  // namespace sidecert::app
