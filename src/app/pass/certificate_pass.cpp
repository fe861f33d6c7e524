#include "app/pass/certificate_pass.h"

#include <string>
#include <vector>

#include "app/pass/certificate_case.h"
#include "app/pass/challenges.h"
#include "app/pass/deploying.h"
#include "app/pass/dns_look.h"
#include "app/pass/first_look.h"
#include "app/pass/issuing.h"
#include "app/pass/taking_files.h"

namespace sidecert::app {
namespace {

constexpr Duration kUnreadablePause = std::chrono::minutes(10);

/// The CA may be looking at the records of a run that was cut just now; taking them away would fail its validation. The
/// order that is taken up again withdraws them when it has come to an end.
bool stillNeedsItsRecords(CertificateCase& about) {
  const auto order = orderFile(about).load();
  return order && *order && (*order)->stage == acme::OrderStage::Answering && about.plan().order;
}

void issue(CertificateCase& about, Challenges& challenges, Force force) {
  Plan due = about.plan();
  if (due.order && force == Force::No && about.fresh) {
    lookBeforeFirstOrder(about);
    due = about.plan();
  }
  if (force == Force::Order && !due.order) {
    due.order = true;
    due.order_reason = "it was asked for";
  }
  if (due.order) {
    order(about, challenges, due.order_reason);
  } else if (!due.held_reason.empty()) {
    about.failed = true;
  }
  if (about.plan().ask_advice) askAdvice(about);
  lookAtDns(about, challenges);
}

void obtain(CertificateCase& about, Force force) {
  Challenges challenges(about.settings, about.memory, about.world.resolver, about.ports);
  const bool needed = stillNeedsItsRecords(about);
  if (!needed) challenges.withdrawLeftovers();
  finishStored(about);
  if (force != Force::Deploy) issue(about, challenges, force);
  if (needed) challenges.withdrawLeftovers();
}

std::vector<std::string> allTargets(const config::CertificateSettings& settings) {
  std::vector<std::string> all;
  for (const config::NasSettings& nas : settings.targets) all.push_back(targetKey(nas));
  return all;
}

void deployByHand(CertificateCase& about) {
  about.by_hand = true;
  if (!about.kept) {
    about.failed = true;
    about.ports.log.error("there is no certificate to deploy yet: `sidecert renew` obtains one");
  }
  deploy(about, allTargets(about.settings));
}

}  // namespace

PassResult passCertificate(const config::CertificateSettings& settings, const Memory& memory, const World& world,
                           LedgerMemory& ledger, Force force) {
  CertificateCase about(settings, memory, world, ledger);
  if (auto loaded = about.load(); !loaded) {
    return {.failed = true, .wake = about.now() + kUnreadablePause, .wake_reason = "to try to read what is remembered"};
  }
  // From now on it is known by its label, whatever becomes of its names.
  if (!about.fresh && about.record.label != settings.label) about.save();
  if (settings.deploy_from.empty()) {
    obtain(about, force);
  } else {
    takeFiles(about);
  }
  if (force == Force::Deploy) {
    deployByHand(about);
  } else {
    glance(about);
    deploy(about, about.plan().deploy);
  }
  const Plan next = about.plan();
  return {.failed = about.failed, .wake = next.wake, .wake_reason = next.wake_reason, .wake_to_order = next.wake_to_order};
}

}  // namespace sidecert::app
