#include "app/pass/certificate_case.h"

#include <algorithm>

#include "app/memory/record_file.h"
#include "app/memory/views.h"
#include "state/volume.h"

namespace sidecert::app {

CertificateCase::CertificateCase(const config::CertificateSettings& wanted, const Path& data_folder, const World& outer,
                                 LedgerFile& ledger_file)
    : settings(wanted),
      data(data_folder),
      world(outer),
      ledger(ledger_file),
      ports(outer.ports.about(wanted.subject())),
      folder(state::certificatePath(data_folder, wanted.title())),
      draw_(outer.draw()) {}

Result<> CertificateCase::load() {
  auto names = ports.files.list(folder);
  if (!names) return std::unexpected(names.error());
  fresh = std::ranges::none_of(
      *names, [](const std::string& name) { return name == "record.json" || name == "order.json" || name == "versions"; });
  auto loaded = loadRecord(ports, folder);
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
  if (auto saved = saveRecord(ports.files, folder, record); !saved) {
    failed = true;
    ports.log.error("what happened could not be saved: {}", describe(saved.error()));
  }
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
