#include "dsm/inspection.h"

#include <fmt/core.h>

#include <algorithm>

#include "dsm/proof.h"
#include "dsm/way.h"

namespace sidecert::dsm {

namespace {

constexpr Duration kPatience{60'000};
constexpr std::chrono::days kTokenAtRisk{21};

ListedCertificate listed(const Entry& entry) {
  ListedCertificate certificate{.id = entry.id,
                                .description = entry.description,
                                .common_name = entry.common_name,
                                .names = entry.names.value_or(std::vector<std::string>{}),
                                .valid_from = entry.valid_from,
                                .valid_till = entry.valid_till,
                                .is_default = entry.is_default,
                                .is_broken = entry.is_broken,
                                .built_in = entry.built_in,
                                .renewed_by_dsm = entry.renewable,
                                .services = {}};
  for (const auto& service : entry.services) {
    certificate.services.push_back(
        {.display_name = service.display_name, .subscriber = service.subscriber, .service = service.service});
  }
  return certificate;
}

void compare(Inspection& inspection, const std::vector<Entry>& entries, const std::string& our_id,
             const crypto::Certificate& leaf, const Endpoint& endpoint, const Ports& ports) {
  const auto ours = std::ranges::find(entries, our_id, &Entry::id);
  const auto sight = lookFor(leaf, endpoint, kGlance, ports);
  inspection.proof = sight.proof;
  if (sight.seen) inspection.served_sha256 = sight.seen->sha256();
  if (ours == entries.end()) {
    inspection.drift = "DSM no longer lists our certificate";
  } else if (!shows(*ours, leaf)) {
    inspection.drift = "DSM lists another certificate in our entry: " + describe(*ours);
  } else {
    inspection.lists_ours = true;
    if (servesDsm(*ours) && sight.proof == Proof::NotServedYet) inspection.drift = sight.detail;
  }
}

}  // namespace

Result<Inspection> inspect(const config::NasSettings& settings, TargetState& state, const crypto::Certificate* leaf,
                           const Ports& ports) {
  const Way way = chooseWay(settings, state, leaf ? leaf->sha256() : std::string(), ports);
  if (auto opened = way.api->open(kPatience); !opened) return std::unexpected(opened.error());
  const auto entries = way.api->list();
  if (!entries) return std::unexpected(entries.error());
  Inspection inspection;
  for (const auto& entry : *entries) inspection.certificates.push_back(listed(entry));
  if (leaf) {
    compare(inspection, *entries, state.certificate_id, *leaf, way.served(), ports);
  } else if (const auto seen = servedLeaf(way.served(), ports)) {
    inspection.served_sha256 = seen->sha256();
  }
  return inspection;
}

std::optional<bool> stillServed(const TargetState& state, const crypto::Certificate& leaf, const Ports& ports) {
  if (state.served_at.host.empty()) return std::nullopt;
  const auto seen = servedLeaf(state.served_at, ports);
  return seen ? std::optional(seen->sha256() == leaf.sha256()) : std::nullopt;
}

std::string tokenRisk(const config::NasSettings& settings, const TargetState& state,
                      const std::optional<TimePoint>& proved_before, TimePoint now) {
  const bool by_token = settings.totp_secret.empty() && !state.device_token.empty();
  if (!by_token || !proved_before || now - *proved_before <= kTokenAtRisk) return {};
  return fmt::format(
      "the device token was last used {} ago and may die when unused for a month: let Sidecert run all the time, or set "
      "SYNO_TOTP_SECRET",
      toWords(now - *proved_before));
}

Result<Inspection> keepAlive(const config::NasSettings& settings, TargetState& state, const crypto::Certificate* leaf,
                             const Ports& ports) {
  const auto proved_before = state.token_proved;
  auto inspection = inspect(settings, state, leaf, ports);
  if (!inspection) return within("the regular check of DSM, well before the next renewal", inspection.error());
  if (auto risk = tokenRisk(settings, state, proved_before, ports.clock.now()); !risk.empty())
    inspection->warnings.push_back(std::move(risk));
  for (const auto& warning : inspection->warnings) ports.log.warning("{}", warning);
  return inspection;
}

}  // namespace sidecert::dsm
