#include "app/dns_look.h"

namespace sidecert::app {

void lookAtDns(CertificateCase& about, Challenges& challenges) {
  Attempts& looks = about.record.dns;
  if (about.settings.providers.empty()) {
    if (!looks.last_error) return;
    looks = {};  // a standing record took the provider's place
    return about.save();
  }
  const Plan plan = about.plan();
  if (!plan.look_at_dns) {
    // Where an order is due, that says what is wrong.
    if (!looks.last_error || !looks.next || !plan.order_reason.empty()) return;
    about.failed = true;
    return about.ports.log.warning("a renewal would still fail at the DNS provider, the next look is at {}: {}",
                                   toWords(*looks.next), describe(*looks.last_error));
  }
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
