#include "app/pass.h"

#include "app/announce.h"
#include "state/persistence.h"
#include "state/volume.h"

namespace sidecert::app {
namespace {

constexpr Duration kUnusableFolderPause = std::chrono::minutes(10);

// Without a memory every start would be a first start and burn the CA's limits.
Outcome orderNothing(const World& world, const Error& why) {
  world.ports.log.error("nothing is ordered: {}", describe(why));
  return {
      .failed = true, .wake = world.ports.clock.now() + kUnusableFolderPause, .wake_reason = "to try the data folder again"};
}

}  // namespace

Outcome pass(const config::Settings& settings, const World& world, Force force) {
  const auto lost = state::whyNotKept(state::persistenceOf(settings.data, world.ports.files), settings.data);
  if (lost && !settings.ephemeral) return orderNothing(world, *lost);
  auto volume = state::Volume::open(settings.data, world.ports);
  if (!volume) return orderNothing(world, volume.error());
  LedgerFile ledger(volume->path(), world.ports);
  if (auto loaded = ledger.load(); !loaded) return orderNothing(world, loaded.error());
  Outcome all{.failed = false, .wake = TimePoint::max(), .wake_reason = {}};
  for (const config::CertificateSettings& certificate : settings.certificates) {
    const Outcome one = passCertificate(certificate, volume->path(), world, ledger, force);
    all.failed = all.failed || one.failed;
    if (one.wake < all.wake) {
      all.wake = one.wake;
      all.wake_reason = one.wake_reason;
    }
    if (world.ports.stop.stop_requested()) break;
  }
  if (const auto again = announce(settings, world); again && *again < all.wake) {
    all.wake = *again;
    all.wake_reason = "to send what could not be sent";
  }
  return all;
}

}  // namespace sidecert::app
