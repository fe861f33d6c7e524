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

}  // namespace

Result<Inspection> inspect(const config::NasSettings& settings, TargetState& state, const Ports& ports) {
  const auto api = chooseWay(settings, state, {}, ports);
  if (auto opened = api->open(kPatience); !opened) return std::unexpected(opened.error());
  const auto entries = api->list();
  if (!entries) return std::unexpected(entries.error());
  Inspection inspection{.certificates = {}, .refuses_ec_keys = api->refusesEcKeys()};
  for (const auto& entry : *entries) inspection.certificates.push_back(listed(entry));
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

}  // namespace sidecert::dsm
