#include "app/dns_look.h"

namespace sidecert::app {

void lookAtDns(CertificateCase& about, Challenges& challenges) {
  Attempts& looks = about.record.dns;
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
  about.ports.log.error("the regular look at the DNS provider failed, and so would a renewal: {} (next look at {})",
                        describe(seen.error()), toWords(*looks.next));
}

}  // namespace sidecert::app
