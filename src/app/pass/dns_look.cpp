#include "app/pass/dns_look.h"

namespace sidecert::app {

void lookAtDns(CertificateCase& about, Challenges& challenges) {
  Attempts& looks = about.record.dns;
  if (about.settings.providers.empty()) {
    if (!looks.last_error) return;
    looks = {};  // a standing record took the provider's place
    return about.save();
  }
  if (!about.plan().look_at_dns) return;
  looks.settings = issuingDigest(about.settings);
  const auto seen = about.world.outside.look_at_dns(challenges, namesToOrder(about.settings));
  if (seen) {
    recordDnsSeen(about.record, about.settings, about.now());
    about.ports.log.info("the DNS provider would take the records of a renewal");
    return about.save();
  }
  if (seen.error().code == ErrorCode::Stopped) return;
  about.failed = true;
  recordVisitFailure(looks, seen.error(), about.now(), about.current->not_after);
  about.save();
}

}  // namespace sidecert::app
