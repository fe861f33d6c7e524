#include "app/pass/certificate_case.h"

#include <algorithm>

#include "app/memory/nas_memory.h"
#include "app/memory/record_memory.h"
#include "app/memory/views.h"
#include "state/volume.h"

namespace sidecert::app {

CertificateCase::CertificateCase(const config::CertificateSettings& wanted, const Memory& remembered, const World& outer,
                                 LedgerMemory& ledger_file)
    : settings(wanted),
      memory(remembered),
      world(outer),
      ledger(ledger_file),
      ports(outer.ports.about(wanted.subject())),
      folder(state::certificatePath(remembered.data, wanted.title())),
      draw_(outer.draw()) {}

Result<> CertificateCase::load() {
  auto names = ports.files.list(folder);
  if (!names) return std::unexpected(names.error());
  fresh = std::ranges::none_of(
      *names, [](const std::string& name) { return name == "record.json" || name == "order.json" || name == "versions"; });
  auto loaded = loadRecord(memory, settings.title());
  if (!loaded) return std::unexpected(loaded.error());
  record = std::move(*loaded);
  return loadCertificate();
}

Result<> CertificateCase::loadCertificate() {
  auto found = state::CertificateFolder(folder, ports).current();
  if (!found) return std::unexpected(found.error());
  kept = std::move(*found);
  current = kept ? std::optional(describeCurrent(*kept)) : std::nullopt;
  return {};
}

void CertificateCase::save() {
  record.label = settings.label;
  Result<> saved = saveRecord(memory, settings.title(), record);
  for (const auto& [nas, target] : record.targets) {
    if (saved) saved = saveTarget(memory, settings.title(), nas, target);
  }
  if (saved) return;
  failed = true;
  ports.log.error("what happened could not be saved: {}", describe(saved.error()));
}

void CertificateCase::issuingFailed(const Error& error) {
  failed = true;
  if (error.code == ErrorCode::Stopped) {
    ports.log.info("stopped: {}; the next start goes on from here", error.what);
    return;
  }
  recordFailure(record.issuing, error, now(), current ? std::optional(current->not_after) : std::nullopt);
  save();
  ports.log.debug("failure {} in a row: {}", record.issuing.failures, describe(error));
}

Plan CertificateCase::plan() const {
  return app::plan(settings, known(), now(), draw_);
}

std::optional<Duration> CertificateCase::life() const {
  if (!current) return std::nullopt;
  return current->not_after - current->not_before;
}

}  // namespace sidecert::app
