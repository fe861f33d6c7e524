#include "dsm/deployer.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/text.h"
#include "dsm/settle.h"

namespace sidecert::dsm {

namespace {

constexpr Duration kRestartPatience{90'000};
constexpr std::size_t kLeavesRemembered = 3;
constexpr int kMostImports = 2;
constexpr std::chrono::hours kRepairHeld{20};
constexpr Duration kImportTakes{20'000};
constexpr Duration kBegunImportPause{2'000};

CallEnd endOf(const Error& error) {
  return error.code == ErrorCode::Unreachable ? CallEnd::SessionEnded : CallEnd::AnswerLost;
}

}  // namespace

Result<ImportFiles> prepare(const Material& material, const Ports& ports) {
  constexpr std::string_view kDoing = "checking the certificate before it is sent to DSM";
  const auto key = crypto::PrivateKey::fromPem(material.key_pem.reveal());
  if (!key) return within(kDoing, key.error());
  std::vector<crypto::Certificate> chain{material.leaf};
  ImportFiles files{.key = key->toPem(), .certificate = material.leaf.toPem(), .intermediate = {}, .ec_key = key->isEc()};
  if (!trim(material.chain_pem).empty()) {
    auto intermediates = crypto::parseChain(material.chain_pem);
    if (!intermediates) return within(kDoing, intermediates.error());
    for (auto& certificate : *intermediates) {
      if (certificate.sha256() == material.leaf.sha256()) continue;
      files.intermediate += certificate.toPem();
      chain.push_back(std::move(certificate));
    }
  }
  if (auto good = crypto::checkChain(chain, *key, {}, ports.clock.now(), false); !good) return within(kDoing, good.error());
  if (files.intermediate.empty()) {
    ports.log.warning("There is no intermediate certificate: programs that do not know {} will not trust DSM",
                      material.leaf.issuerCommonName());
  }
  return files;
}

Deployer::Deployer(const config::NasSettings& settings, TargetState& state, const crypto::Certificate& leaf,
                   CertificateApi& api, const Ports& ports)
    : settings_(settings), state_(state), leaf_(leaf), api_(api), ports_(ports) {}

const Entry* Deployer::current() const {
  return findById(entries_, result_.certificate_id);
}

/// The entry that shows our certificate: the one asked for, or for a new one whichever has our description and dates.
const Entry* Deployer::ours(const std::vector<Entry>& entries, const Target& target) const {
  for (const auto& id : {target.id, answered_id_}) {
    const Entry* entry = findById(entries, id);
    if (entry && shows(*entry, leaf_)) return entry;
  }
  if (!target.creates()) return nullptr;
  const auto made =
      std::ranges::find_if(entries, [&](const Entry& e) { return e.description == target.description && shows(e, leaf_); });
  return made == entries.end() ? nullptr : &*made;
}

/// Dates and names may coincide for another certificate, so what we imported last and what DSM serves have a say.
bool Deployer::alreadyThere(const Entry& entry) {
  if (!shows(entry, leaf_)) return false;
  // A run that was cut after it sent the import counts: what it was about to do is what DSM shows.
  const bool imported_by_us =
      (!state_.our_leaves.empty() && state_.our_leaves.front() == leaf_.sha256()) || state_.importing == leaf_.sha256();
  if (!state_.our_leaves.empty() && !imported_by_us) return false;
  if (entry.is_broken && !imported_by_us) return false;
  if (entry.services.empty()) return true;
  evidence_ = prove(entry, leaf_, api_.webServer(), kGlance, ports_);
  if (evidence_->proof != Proof::NotServedYet) return true;
  if (!imported_by_us) return false;
  // Importing once more makes DSM reload its web server; when that did not help, doing it daily would not either.
  if (state_.repaired_leaf == leaf_.sha256()) return true;
  ports_.log.info("DSM lists the certificate but {}; importing it once more", evidence_->detail);
  state_.repaired_leaf = leaf_.sha256();
  state_.repaired = ports_.clock.now();
  return false;
}

void Deployer::remember(const Entry& entry) {
  result_.certificate_id = entry.id;
  result_.description = entry.description;
  state_.certificate_id = entry.id;
  state_.certificate_wanted = settings_.certificate;
  std::erase(state_.our_leaves, leaf_.sha256());
  state_.our_leaves.insert(state_.our_leaves.begin(), leaf_.sha256());
  if (state_.our_leaves.size() > kLeavesRemembered) state_.our_leaves.resize(kLeavesRemembered);
  state_.importing.clear();
  state_.importing_since.reset();
}

/// A run that was cut may have sent an import that DSM is still carrying out.
Result<> Deployer::awaitBegunImport(const std::string& id) {
  if (state_.importing != leaf_.sha256() || !state_.importing_since) return {};
  const auto arrived = [&] {
    return std::ranges::any_of(entries_, [&](const Entry& e) { return (id.empty() || e.id == id) && shows(e, leaf_); });
  };
  while (!arrived() && std::chrono::abs(ports_.clock.now() - *state_.importing_since) < kImportTakes) {
    ports_.log.debug("an import was begun by a run that was cut; looking whether DSM comes to its end");
    if (!ports_.clock.sleepFor(kBegunImportPause, ports_.stop))
      return fail(ErrorCode::Stopped, "stopped while looking for an import that was begun");
    auto listed = api_.list();
    if (!listed) return std::unexpected(listed.error());
    entries_ = std::move(*listed);
  }
  return {};
}

Result<Target> Deployer::choose() const {
  const bool same_wish = state_.certificate_wanted == settings_.certificate;
  return chooseTarget({.description = settings_.certificate,
                       .create = settings_.create,
                       .remembered_id = same_wish ? state_.certificate_id : "",
                       .names = leaf_.dnsNames()},
                      entries_);
}

Result<> Deployer::import(const Target& target, const Entry* old, const ImportFiles& files) {
  state_.inherit_from = target.creates() ? heirloom() : std::string();
  const ImportOrder order{
      .id = target.id, .description = target.description, .as_default = (old && old->is_default) || settings_.as_default};
  // A list tells certificates apart by dates and names only. When the old one has the same, what is served has to tell.
  const bool list_tells = !old || !shows(*old, leaf_);
  for (int attempt = 1; attempt <= kMostImports; ++attempt) {
    state_.importing = leaf_.sha256();
    state_.importing_since = ports_.clock.now();
    if (auto noted = state_.writeDown(); !noted) return within("noting the import", noted.error());
    const auto answer = api_.import(order, files);
    const bool open_fate =
        !answer && (answer.error().code == ErrorCode::AnswerLost || answer.error().code == ErrorCode::Unreachable);
    if (!answer && !open_fate) return std::unexpected(answer.error());
    const CallEnd end = answer ? CallEnd::Answered : endOf(answer.error());
    if (answer) answered_id_ = *answer;
    if (end == CallEnd::AnswerLost)
      ports_.log.info("DSM gave no answer to the import ({}); looking what became of it", answer.error().what);
    if (end == CallEnd::SessionEnded) ports_.log.info("{}; logging in again", answer.error().what);
    const auto happened = [&](const std::vector<Entry>& entries) {
      if (ours(entries, target) == nullptr) return false;
      if (answer || list_tells) return true;
      return prove(*ours(entries, target), leaf_, api_.webServer(), Duration(0), ports_).proof == Proof::Served;
    };
    auto settled = settle(api_, happened, end, ports_);
    if (!settled) return within("after the import", settled.error());
    if (settled->fate == Fate::Done) {
      entries_ = std::move(settled->entries);
      remember(*ours(entries_, target));
      return state_.writeDown();
    }
    if (settled->fate == Fate::Unknown) {
      const Error& why = settled->last_error ? *settled->last_error : answer.error();
      return fail(ErrorCode::AnswerLost, "whether DSM took the certificate is not known: " + why.what,
                  "nothing is lost: the next run looks before it imports again");
    }
    if (answer) {
      return fail(ErrorCode::BadAnswer, "DSM reported success but does not list the new certificate",
                  "look into DSM: Control Panel > Security > Certificate, and into its Log Center");
    }
    if (attempt == kMostImports) {
      Error twice = answer.error();
      if (end == CallEnd::SessionEnded) twice.code = ErrorCode::BadAnswer;
      return within("the import did not happen, twice", twice);
    }
    ports_.log.info("The import did not happen; sending it once more");
  }
  return {};
}

/// Importing once more was the repair: where it did not help, it is not tried again.
Proof Deployer::afterRepair(Proof proof) const {
  return proof == Proof::NotServedYet && state_.repaired_leaf == leaf_.sha256() ? Proof::NotServed : proof;
}

void Deployer::describeEntry(const Entry& entry) {
  for (const auto& service : entry.services) {
    result_.services.push_back(
        {.display_name = service.display_name, .subscriber = service.subscriber, .service = service.service});
  }
  if (entry.is_broken) {
    result_.warnings.emplace_back("DSM marks the certificate as broken: it cannot build the chain to a root it knows");
  }
}

void Deployer::look() {
  for (const auto& each : entries_) {
    if (each.services.empty()) continue;
    auto& holder = result_.holders.emplace_back(
        Holder{.certificate = each.description.empty() ? each.common_name : each.description, .services = {}});
    for (const auto& service : each.services) holder.services.push_back(title(service));
  }
  const Entry* entry = current();
  if (!entry) return;
  const bool restarted = result_.imported || !result_.moved.empty();
  if (restarted || !evidence_)
    evidence_ = prove(*entry, leaf_, api_.webServer(), restarted ? kRestartPatience : kGlance, ports_);
  result_.proof = afterRepair(evidence_->proof);
  result_.proof_detail = evidence_->detail;
  result_.hosts = evidence_->hosts;
  for (const auto& host : result_.hosts) {
    if (host.proof == Proof::NotServedYet)
      result_.warnings.push_back(
          fmt::format("the reverse proxy's {} does not show the certificate: {}", host.host, host.detail));
  }
  state_.served_at = evidence_->seen_at;
  // It helped for a day: should DSM lose it again, that is another story and worth another import.
  if (result_.proof == Proof::Served && state_.repaired && ports_.clock.now() - *state_.repaired >= kRepairHeld) {
    state_.repaired_leaf.clear();
    state_.repaired.reset();
  }
  describeEntry(*entry);
}

Result<Deployment> Deployer::run(const ImportFiles& files) {
  auto listed = api_.list();
  if (!listed) return std::unexpected(listed.error());
  entries_ = std::move(*listed);
  auto target = choose();
  if (auto awaited = awaitBegunImport(target ? target->id : std::string()); !awaited)
    return std::unexpected(awaited.error());
  target = choose();
  if (!target) return within("choosing the certificate to replace", target.error());
  const Entry* old = findById(entries_, target->id);
  if (old && alreadyThere(*old)) {
    ports_.log.info("DSM has this certificate already: {}", describe(*old));
    remember(*old);
  } else {
    if (old) {
      ports_.log.info("Replacing {} in DSM", describe(*old));
    } else {
      ports_.log.info("Making a new certificate \"{}\" in DSM", target->description);
    }
    if (auto done = import(*target, old, files); !done) return std::unexpected(done.error());
    result_.imported = true;
    result_.created = target->creates();
    ports_.log.info("DSM lists the new certificate, valid until {}", toWords(leaf_.notAfter()));
  }
  if (auto done = arrange(); !done) return std::unexpected(done.error());
  look();
  if (!result_.moved.empty()) ports_.log.info("Now using the certificate: {}", join(result_.moved, ", "));
  if (!result_.not_moved.empty()) ports_.log.warning("Not moved to the certificate: {}", join(result_.not_moved, ", "));
  for (const auto& warning : result_.warnings) ports_.log.warning("{}", warning);
  return std::move(result_);
}

}  // namespace sidecert::dsm
