#include "app/pass.h"

#include "app/announce.h"
#include "state/volume.h"

namespace sidecert::app {
namespace {

constexpr Duration kUnusableFolderPause = std::chrono::minutes(10);

}  // namespace

Outcome pass(const config::Settings& settings, const World& world, Force force) {
  auto volume = state::Volume::open(settings.data, world.ports);
  if (!volume) {
    // Without a memory every start would be a first start and burn the CA's limits.
    world.ports.log.error("nothing is ordered: {}", describe(volume.error()));
    return {.failed = true,
            .wake = world.ports.clock.now() + kUnusableFolderPause,
            .wake_reason = "to try the data folder again"};
  }
  Outcome all{.failed = false, .wake = TimePoint::max(), .wake_reason = {}};
  for (const config::CertificateSettings& certificate : settings.certificates) {
    const Outcome one = passCertificate(certificate, volume->path(), world, force);
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
