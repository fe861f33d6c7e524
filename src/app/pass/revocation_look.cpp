#include "app/pass/revocation_look.h"

namespace sidecert::app {

void lookForRevocation(CertificateCase& about) {
  if (about.record.revoked && about.record.leaf == about.current->sha256) return;
  const auto revoked = about.world.outside.revoked(about.kept->chain, about.ports);
  if (!revoked)
    return about.ports.log.debug("whether the certificate was revoked is not known: {}", describe(revoked.error()));
  if (!*revoked) return;
  about.record.leaf = about.current->sha256;
  about.record.revoked = **revoked;
  about.save();
}

}  // namespace sidecert::app
