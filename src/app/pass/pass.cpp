#include "app/pass/pass.h"

#include <algorithm>

#include "app/memory/older_folders.h"
#include "app/memory/views.h"
#include "app/pass/challenges.h"
#include "app/report/announce.h"
#include "app/report/fact_lines.h"
#include "state/persistence.h"
#include "state/volume.h"

namespace sidecert::app {
namespace {

constexpr Duration kUnusableFolderPause = std::chrono::minutes(10);

// Without a memory every start would be a first start and burn the CA's limits.
PassResult orderNothing(const config::Settings& settings, const World& world, const Error& why) {
  const TimePoint now = world.ports.clock.now();
  PassResult none{.failed = true, .wake = now + kUnusableFolderPause, .wake_reason = "to try the data folder again"};
  if (why.code == ErrorCode::Stopped) return none;  // nothing is wrong with it
  none.facts = judge(&settings, {}, {.unusable = why}, now);
  for (Fact& fact : none.facts) fact.next_try = none.wake;
  sayInLog(world.ports.log, none.facts, {});
  return none;
}

/// Records in DNS of certificates that nobody wants any more; those that are wanted withdraw their own. Whose DNS provider
/// they were at is not known, so each one that is set is asked.
void withdrawLeftoversOf(const std::vector<View>& views, const config::Settings& settings, const Memory& memory,
                         const World& world) {
  for (const View& seen : views) {
    if (std::ranges::contains(settings.certificates, seen.title, &config::CertificateSettings::title)) continue;
    for (const config::CertificateSettings& certificate : settings.certificates) {
      if (certificate.providers.empty()) continue;
      Challenges challenges(certificate, memory, seen.title, world.resolver, world.ports.about(seen.title));
      if (!challenges.anythingLeft()) break;
      challenges.withdrawLeftovers();
    }
  }
}

void add(PassResult& all, const PassResult& one) {
  all.failed = all.failed || one.failed;
  if (one.wake >= all.wake) return;
  all.wake = one.wake;
  all.wake_reason = one.wake_reason;
  all.wake_to_order = one.wake_to_order;
}

}  // namespace

PassResult pass(const config::Settings& typed, const World& world, Force force) {
  const auto lost = state::whyNotKept(state::persistenceOf(typed.data, world.ports.files), typed.data);
  if (lost && !typed.ephemeral) return orderNothing(typed, world, *lost);
  auto volume = state::Volume::open(typed.data, world.ports);
  if (!volume) return orderNothing(typed, world, volume.error());
  const Memory memory = memoryIn(volume->path(), world.ports);
  LedgerMemory ledger(memory, world.ports);
  if (auto loaded = ledger.load(); !loaded) return orderNothing(typed, world, loaded.error());
  if (auto moved = bringUpToDate(memory, typed); !moved)
    world.ports.log.warning("what an older program left is not yet in today's form: {}", describe(moved.error()));
  const auto views = viewAll(memory, world.ports);
  if (!views) return orderNothing(typed, world, views.error());
  const config::Settings settings = inTheirFolders(typed, *views);
  withdrawLeftoversOf(*views, settings, memory, world);
  PassResult all{.failed = false, .wake = TimePoint::max(), .wake_reason = {}};
  for (const config::CertificateSettings& certificate : settings.certificates) {
    add(all, passCertificate(certificate, memory, world, ledger, force));
    if (world.ports.stop.stop_requested()) break;
  }
  all.facts = judge(&settings, {}, recall(memory, world.ports, &settings), world.ports.clock.now());
  if (const auto again = announce(settings, memory, all.facts, world.sender, world.ports))
    add(all, {.wake = *again, .wake_reason = "to send what could not be sent"});
  return all;
}

}  // namespace sidecert::app
