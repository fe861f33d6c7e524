#include "app/pass/pass.h"

#include "app/memory/views.h"
#include "app/report/announce.h"
#include "app/report/fact_lines.h"
#include "state/persistence.h"
#include "state/volume.h"

namespace sidecert::app {
namespace {

constexpr Duration kUnusableFolderPause = std::chrono::minutes(10);

// Without a memory every start would be a first start and burn the CA's limits.
Outcome orderNothing(const config::Settings& settings, const World& world, const Error& why) {
  const TimePoint now = world.ports.clock.now();
  Outcome none{.failed = true, .wake = now + kUnusableFolderPause, .wake_reason = "to try the data folder again"};
  none.facts = judge(&settings, {}, {.unusable = why}, now);
  for (Fact& fact : none.facts) fact.next_try = none.wake;
  sayInLog(world.ports.log, none.facts, {});
  return none;
}

void add(Outcome& all, const Outcome& one) {
  all.failed = all.failed || one.failed;
  if (one.wake >= all.wake) return;
  all.wake = one.wake;
  all.wake_reason = one.wake_reason;
  all.wake_to_order = one.wake_to_order;
}

}  // namespace

Outcome pass(const config::Settings& settings, const World& world, Force force) {
  const auto lost = state::whyNotKept(state::persistenceOf(settings.data, world.ports.files), settings.data);
  if (lost && !settings.ephemeral) return orderNothing(settings, world, *lost);
  auto volume = state::Volume::open(settings.data, world.ports);
  if (!volume) return orderNothing(settings, world, volume.error());
  LedgerFile ledger(volume->path(), world.ports);
  if (auto loaded = ledger.load(); !loaded) return orderNothing(settings, world, loaded.error());
  Outcome all{.failed = false, .wake = TimePoint::max(), .wake_reason = {}};
  for (const config::CertificateSettings& certificate : settings.certificates) {
    add(all, passCertificate(certificate, volume->path(), world, ledger, force));
    if (world.ports.stop.stop_requested()) break;
  }
  all.facts = judge(&settings, {}, recall(world.ports, settings.data, &settings), world.ports.clock.now());
  if (const auto again = announce(settings, all.facts, world.sender, world.ports))
    add(all, {.wake = *again, .wake_reason = "to send what could not be sent"});
  return all;
}

}  // namespace sidecert::app
