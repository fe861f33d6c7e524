#include "app/pass/taking_files.h"

#include "app/pass/deploy_from.h"
#include "base/text.h"

namespace sidecert::app {

void takeFiles(CertificateCase& about) {
  const Path& from = about.settings.deploy_from;
  auto found = readDeployFrom(about.ports.files, from, about.settings.names, about.now());
  if (!found) return about.issuingFailed(found.error());
  for (const std::string& file : found->passed_over) about.ports.log.warning("{}; it is passed over", file);
  if (about.current && found->chain.front().sha256() == about.current->sha256) {
    if (!about.record.issuing.last_error) return;
    recordSuccess(about.record.issuing, about.now());
    return about.save();
  }
  state::CertificateFolder folder(about.folder, about.ports);
  if (auto stored = folder.add(found->chain, found->key_pem); !stored) return about.issuingFailed(stored.error());
  if (auto loaded = about.loadCertificate(); !loaded) return about.issuingFailed(loaded.error());
  about.record.issued = about.now();
  recordSuccess(about.record.issuing, about.now());
  about.save();
  about.ports.log.info("taken from {}: a certificate for {}, valid until {}", from.string(),
                       join(about.current->names, ", "), toWords(about.current->not_after));
}

}  // namespace sidecert::app
