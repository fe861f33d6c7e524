#include "app/certificate_pass.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <thread>

#include "acme/issuance.h"
#include "acme/renewal_info.h"
#include "app/acme_words.h"
#include "app/challenges.h"
#include "app/deploy_from.h"
#include "app/stores.h"
#include "app/target_memory.h"
#include "base/text.h"
#include "dsm/inspection.h"
#include "state/certificate_folder.h"
#include "state/volume.h"

namespace sidecert::app {
namespace {

// Does DSM still list and serve it? The login also proves the credentials, and keeps a device token alive, weeks before a
// renewal needs them.
constexpr Duration kLookAgain = std::chrono::days(1);
constexpr Duration kAskAgainWithoutAdvice = std::chrono::days(1);

crypto::KeyType keyType(config::KeyLength length) {
  switch (length) {
    case config::KeyLength::Ec256: return crypto::KeyType::EcP256;
    case config::KeyLength::Ec384: return crypto::KeyType::EcP384;
    case config::KeyLength::Rsa2048: return crypto::KeyType::Rsa2048;
    case config::KeyLength::Rsa3072: return crypto::KeyType::Rsa3072;
    case config::KeyLength::Rsa4096: return crypto::KeyType::Rsa4096;
  }
  return crypto::KeyType::EcP256;
}

Current describeCurrent(const state::KeptCertificate& kept) {
  const crypto::Certificate& leaf = kept.chain.front();
  const auto key = crypto::PrivateKey::fromPem(kept.key_pem.reveal());
  return {.names = leaf.dnsNames(),
          .not_before = leaf.notBefore(),
          .not_after = leaf.notAfter(),
          .sha256 = leaf.sha256(),
          .key_type = key ? key->typeText() : ""};
}

class Worker {
 public:
  Worker(const config::CertificateSettings& settings, const Path& data, const World& world)
      : settings_(settings),
        data_(data),
        world_(world),
        ports_(world.ports.about(settings.subject())),
        folder_path_(state::certificatePath(data, settings.title())),
        folder_(folder_path_, ports_),
        challenges_(settings, folder_path_, world.resolver, ports_) {}

  Outcome work(Force force) {
    if (auto loaded = load(); !loaded) return giveUp(loaded.error());
    challenges_.withdrawLeftovers();
    if (!settings_.deploy_from.empty()) takeFiles();
    if (force == Force::Deploy) return deployByHand();
    glance();
    Plan due = plan(settings_, current_, record_, now());
    if (force == Force::Order && !due.order) {
      due.order = true;
      due.order_reason = "it was asked for";
    }
    if (due.order) {
      order(due.order_reason);
    } else if (!due.order_reason.empty() && record_.issuing.last_error) {
      failed_ = true;
      ports_.log.warning("a certificate is due ({}), but the last try failed; the next is at {}: {}", due.order_reason,
                         toWords(due.wake), describe(*record_.issuing.last_error));
    } else if (due.ask_advice) {
      askAdvice();
    }
    deploy(plan(settings_, current_, record_, now()).deploy);
    return outcome();
  }

 private:
  Outcome outcome() const {
    const Plan next = plan(settings_, current_, record_, now());
    return {.failed = failed_, .wake = next.wake, .wake_reason = next.wake_reason};
  }

  Outcome deployByHand() {
    if (!kept_) {
      failed_ = true;
      ports_.log.error("there is no certificate to deploy yet: `sidecert renew` obtains one");
    }
    by_hand_ = true;
    std::vector<std::string> all;
    for (const config::NasSettings& nas : settings_.targets) all.push_back(targetKey(nas));
    deploy(all);
    return outcome();
  }

  [[nodiscard]] TimePoint now() const { return ports_.clock.now(); }

  Result<> load() {
    auto record = loadRecord(ports_, folder_path_);
    if (!record) return std::unexpected(record.error());
    record_ = std::move(*record);
    return loadCurrent();
  }

  Result<> loadCurrent() {
    auto kept = folder_.current();
    if (!kept) return std::unexpected(kept.error());
    kept_ = std::move(*kept);
    current_ = kept_ ? std::optional(describeCurrent(*kept_)) : std::nullopt;
    return {};
  }

  void save() {
    if (auto saved = saveRecord(ports_.files, folder_path_, record_); !saved) {
      failed_ = true;
      ports_.log.error("what happened could not be saved: {}", describe(saved.error()));
    }
  }

  Outcome giveUp(const Error& error) {
    ports_.log.error("{}", describe(error));
    return {.failed = true, .wake = now() + std::chrono::minutes(10), .wake_reason = "to try again"};
  }

  acme::CertificateRequest request() const {
    acme::CertificateRequest wanted{.directory = settings_.servers.front(),
                                    .names = settings_.names,
                                    .key_type = keyType(settings_.key_length),
                                    .reuse_key_pem = std::nullopt,
                                    .contacts = {},
                                    .external_account = externalAccountIn(settings_),
                                    .profiles = settings_.profiles,
                                    .preferred_chain = settings_.preferred_chain,
                                    .replaces = std::nullopt};
    if (settings_.reuse_key && kept_) wanted.reuse_key_pem = kept_->key_pem;
    if (!settings_.email.empty()) wanted.contacts.push_back("mailto:" + settings_.email);
    wanted.challenge = challengeIn(settings_);
    wanted.dns01_possible = !settings_.providers.empty();
    if (kept_ && record_.directory == wanted.directory) wanted.replaces = kept_->chain.front();
    return wanted;
  }

  void order(const std::string& reason) {
    ports_.log.info("ordering a certificate for {}: {}", join(settings_.names, ", "), reason);
    AccountFiles accounts(data_, ports_);
    OrderFile orders(folder_path_, ports_);
    record_.issuing.settings = issuingDigest(settings_);
    auto issued = acme::obtain(request(), accounts, orders, challenges_, ports_);
    if (!issued) return orderFailed(issued.error());
    if (auto stored = folder_.add(issued->chain, issued->key_pem); !stored) return orderFailed(stored.error());
    if (auto cleared = orders.clear(); !cleared) return orderFailed(cleared.error());
    if (auto loaded = loadCurrent(); !loaded) return orderFailed(loaded.error());
    if (!current_)
      return orderFailed({.code = ErrorCode::Storage, .what = "the stored certificate cannot be read back", .hint = {}});
    record_.directory = settings_.servers.front();
    record_.account = issued->account;
    record_.profile = issued->profile;
    record_.issued = now();
    record_.leaf = current_->sha256;
    record_.names = settings_.names;
    record_.renewal = {
        .window = std::nullopt, .at = localRenewal(settings_, *current_, world_.draw()), .ask_again = std::nullopt};
    recordSuccess(record_.issuing, now());
    save();
    ports_.log.info("certificate and key stored in {}", (folder_path_ / "current").string());
    askAdvice();
  }

  void orderFailed(const Error& error) {
    failed_ = true;
    if (error.code == ErrorCode::Stopped) {
      ports_.log.info("stopped: {}; the next start goes on from here", error.what);
      return;
    }
    recordFailure(record_.issuing, error, now(), current_ ? std::optional(current_->not_after) : std::nullopt);
    save();
    ports_.log.error("no certificate: {}", describe(error));
    ports_.log.info("next try at {} (failure {} in a row)", toWords(*record_.issuing.next), record_.issuing.failures);
  }

  void askAdvice() {
    auto advice = acme::fetchRenewalAdvice(record_.directory, kept_->chain.front(), ports_);
    if (record_.leaf != current_->sha256) {
      record_.leaf = current_->sha256;
      record_.names.clear();
      record_.renewal = {};
    }
    Renewal& renewal = record_.renewal;
    if (!advice) {
      renewal.ask_again = now() + Duration(advice.error().retry_after.value_or(std::chrono::hours(6)));
      ports_.log.debug("the CA's renewal advice could not be had: {}", describe(advice.error()));
    } else if (!*advice) {
      renewal.ask_again = now() + kAskAgainWithoutAdvice;
    } else {
      renewal.ask_again = now() + Duration((*advice)->ask_again);
      if (renewal.window != (*advice)->window) {
        const bool explained = !(*advice)->window.explanation_url.empty() &&
                               (!renewal.window || renewal.window->explanation_url != (*advice)->window.explanation_url);
        renewal.window = (*advice)->window;
        renewal.at = acme::chooseRenewalTime((*advice)->window, now(), world_.draw());
        if (explained) ports_.log.warning("the CA explains its advice at {}", (*advice)->window.explanation_url);
        ports_.log.info("the CA advises to renew between {} and {}; it will be at {}", toWords((*advice)->window.start),
                        toWords((*advice)->window.end), toWords(*renewal.at));
      }
    }
    if (!renewal.at) renewal.at = localRenewal(settings_, *current_, world_.draw());
    save();
  }

  /// Files made elsewhere become the current certificate when they are new and good.
  void takeFiles() {
    auto found = readDeployFrom(ports_.files, settings_.deploy_from, now());
    if (found && current_ && found->chain.front().sha256() == current_->sha256) {
      if (!record_.issuing.last_error) return;
      recordSuccess(record_.issuing, now());
      return save();
    }
    if (found) {
      if (auto stored = folder_.add(found->chain, found->key_pem); !stored) return orderFailed(stored.error());
      if (auto loaded = loadCurrent(); !loaded) return orderFailed(loaded.error());
      record_.issued = now();
      recordSuccess(record_.issuing, now());
      save();
      ports_.log.info("taken from {}: a certificate for {}, valid until {}", settings_.deploy_from.string(),
                      join(current_->names, ", "), toWords(current_->not_after));
      return;
    }
    orderFailed(found.error());
  }

  /// Cheap and without a login: a NAS that shows another certificate where ours was seen gets a visit now, not tomorrow.
  void glance() {
    if (!kept_) return;
    for (const config::NasSettings& nas : settings_.targets) {
      const auto known = record_.targets.find(targetKey(nas));
      if (known == record_.targets.end() || known->second.sha256 != current_->sha256) continue;
      Target& target = known->second;
      if (!target.check || *target.check <= now()) continue;
      const auto state = loadTargetState(ports_, data_, folder_path_, nas);
      if (!state || dsm::stillServed(*state, kept_->chain.front(), ports_) != false) continue;
      ports_.log.warning("{} no longer shows the certificate at {}", nas.title(), state->served_at.words());
      target.check = now();
      save();
    }
  }

  void deploy(const std::vector<std::string>& due) {
    if (!kept_) return;
    if (settings_.targets.empty()) {
      ports_.log.info("no SYNO_ variable is set: the files are kept in {}, nothing is deployed",
                      (folder_path_ / "current").string());
      return;
    }
    {
      // Each NAS at its own pace: one that is down or slow does not hold up the others.
      std::vector<std::jthread> visits;
      for (const config::NasSettings& nas : settings_.targets) {
        if (std::ranges::contains(due, targetKey(nas))) visits.emplace_back([this, &nas] { visit(nas); });
      }
    }
    for (const config::NasSettings& nas : settings_.targets) {
      const auto found = record_.targets.find(targetKey(nas));
      if (found == record_.targets.end()) continue;
      const Attempts& attempts = found->second.attempts;
      if (attempts.failures > 0 && !std::ranges::contains(due, targetKey(nas))) {
        failed_ = true;
        ports_.log.warning("{}: still not done, the next try is at {}: {}", nas.title(),
                           toWords(attempts.next.value_or(now())),
                           attempts.last_error ? describe(*attempts.last_error) : "");
      }
    }
  }

  /// The top of a thread: what breaks there must not end the process and the other visits.
  void visit(const config::NasSettings& nas) {
    const Ports ports = ports_.about(fmt::format("{}, {}", settings_.subject(), nas.title()));
    try {
      deployTo(nas, ports);
    } catch (const std::exception& broken) {
      const std::lock_guard lock(record_mutex_);
      targetFailed(
          ports, record_.targets[targetKey(nas)],
          {.code = ErrorCode::Internal, .what = broken.what(), .hint = "this is a fault of Sidecert: please report it"});
    }
  }

  void deployTo(const config::NasSettings& nas, const Ports& ports) {
    auto state = loadTargetState(ports, data_, folder_path_, nas);
    if (state && by_hand_) dsm::forgetRefusal(*state);
    const dsm::Material material{
        .leaf = kept_->chain.front(), .leaf_pem = kept_->leaf_pem, .chain_pem = kept_->chain_pem, .key_pem = kept_->key_pem};
    Result<dsm::Deployment> deployed = state ? dsm::deploy(nas, *state, material, ports) : std::unexpected(state.error());
    const Result<> remembered =
        state ? saveTargetState(ports.files, data_, folder_path_, nas, *state) : Result<>(std::unexpected(state.error()));

    const std::lock_guard lock(record_mutex_);
    Target& target = record_.targets[targetKey(nas)];
    target.attempts.settings = targetDigest(nas);
    if (!deployed) return targetFailed(ports, target, deployed.error());
    if (!remembered) return targetFailed(ports, target, remembered.error());
    target.certificate_id = deployed->certificate_id;
    if (deployed->imported || !target.deployed) target.deployed = now();
    target.sha256 = current_->sha256;
    target.proof = deployed->proof;
    target.proof_detail = deployed->proof_detail;
    if (deployed->proof == dsm::Proof::Served) target.verified = now();
    target.services.clear();
    for (const dsm::Service& service : deployed->services) target.services.push_back(service.display_name);
    target.holders = deployed->holders;
    target.check = now() + kLookAgain;
    recordSuccess(target.attempts, now());
    save();
    report(ports, *deployed);
  }

  static void report(const Ports& ports, const dsm::Deployment& deployed) {
    const std::string_view what = deployed.created ? "created" : deployed.imported ? "replaced" : "already there";
    if (deployed.proof == dsm::Proof::Served) {
      ports.log.info("done: certificate '{}' is {}, and DSM serves it{}", deployed.description, what,
                     deployed.proof_detail.empty() ? "" : ": " + deployed.proof_detail);
    } else {
      ports.log.warning("certificate '{}' is {}, but it was not seen served: {}", deployed.description, what,
                        deployed.proof_detail);
    }
  }

  void targetFailed(const Ports& ports, Target& target, const Error& error) {
    failed_ = true;
    if (error.code == ErrorCode::Stopped) return;
    recordTargetFailure(target.attempts, error, now(), current_->not_after);
    save();
    if (target.sha256 == current_->sha256) {
      ports.log.error("the certificate is there, but the regular look at DSM failed, and so would the next renewal: {}",
                      describe(error));
    } else {
      ports.log.error("not deployed: {}", describe(error));
    }
    ports.log.info("next try at {}; the certificate itself is safe in {}", toWords(*target.attempts.next),
                   (folder_path_ / "current").string());
  }

  const config::CertificateSettings& settings_;
  const Path& data_;
  const World& world_;
  Ports ports_;
  Path folder_path_;
  state::CertificateFolder folder_;
  Challenges challenges_;
  Record record_;
  std::mutex record_mutex_;  // while several NAS are visited at once
  std::optional<state::KeptCertificate> kept_;
  std::optional<Current> current_;
  bool failed_ = false;
  bool by_hand_ = false;
};

}  // namespace

Outcome passCertificate(const config::CertificateSettings& settings, const Path& data, const World& world, Force force) {
  return Worker(settings, data, world).work(force);
}

}  // namespace sidecert::app
