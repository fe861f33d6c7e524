#include "app/pass/first_look.h"

#include <fmt/format.h>

#include <algorithm>

#include "acme/renewal_info.h"
#include "app/memory/nas_memory.h"

namespace sidecert::app {
namespace {

constexpr Duration kUsualLife = std::chrono::days(90);

void hold(CertificateCase& about, const config::NasSettings& nas, const StandingCertificate& standing) {
  Attempts& issuing = about.record.issuing;
  issuing.settings = issuingDigest(about.settings);
  issuing.failures = 1;
  issuing.last_failure = about.now();
  issuing.next = standing.due;
  issuing.last_error = Error{
      .code = ErrorCode::Settings,
      .what = fmt::format("{} knows nothing of this certificate, but {} lists one for the same names ('{}', valid until "
                          "{}): nothing is ordered before {}",
                          about.memory.data.string(), nas.title(), standing.description, toWords(standing.valid_till),
                          toWords(standing.due)),
      .hint = fmt::format("mount the folder that held {} before, or run `sidecert renew --force` once in this container "
                          "to order now",
                          about.memory.data.string())};
  about.save();
}

}  // namespace

std::optional<StandingCertificate> findStanding(const std::vector<dsm::ListedCertificate>& listed,
                                                std::vector<std::string> names, TimePoint now) {
  std::ranges::sort(names);
  std::optional<StandingCertificate> best;
  for (const dsm::ListedCertificate& entry : listed) {
    if (entry.built_in || entry.is_broken || entry.renewed_by_dsm || !entry.valid_till) continue;
    std::vector<std::string> theirs = entry.names;
    std::ranges::sort(theirs);
    if (theirs != names) continue;
    const TimePoint due =
        acme::localRenewalTime(entry.valid_from.value_or(*entry.valid_till - kUsualLife), *entry.valid_till);
    if (due <= now || (best && best->due >= due)) continue;
    best = StandingCertificate{.description = entry.description.empty() ? entry.id : entry.description,
                               .valid_till = *entry.valid_till,
                               .due = due};
  }
  return best;
}

void lookBeforeFirstOrder(CertificateCase& about) {
  for (const config::NasSettings& nas : about.settings.targets) {
    Ports ports = about.world.ports.about(fmt::format("{}, {}", about.settings.subject(), nas.title()));
    ports.log.info("looking whether DSM has a certificate for these names already");
    ports.log = ports.log.asDetail();  // the deployment says it all again
    auto state = loadTargetState(about.memory, about.settings.title(), nas);
    if (!state) continue;
    auto seen = about.world.outside.inspect(nas, *state, ports);
    if (auto kept = state->writeDown(); !kept)
      ports.log.warning("what was learnt of this NAS could not be saved: {}", describe(kept.error()));
    if (!seen) {
      ports.log.info("that could not be asked: {}", describe(seen.error()));
      continue;
    }
    if (seen->refuses_ec_keys && config::isEc(about.settings.key_length))
      about.ports.log.warning("{} is a DSM 6, which refuses certificates with EC keys: set ACME_KEYLENGTH=2048",
                              nas.title());
    if (const auto standing = findStanding(seen->certificates, namesToOrder(about.settings), about.now()))
      return hold(about, nas, *standing);
  }
}

}  // namespace sidecert::app
