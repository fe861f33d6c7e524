// `sidecert run`: one pass, then the wait for the next. Every start is a recovery; whatever the restart policy does, what
// was saved decides whether the CA may be asked.
#include <unistd.h>

#include <algorithm>

#include "app/announce.h"
#include "app/pass.h"
#include "app/waiting.h"
#include "cli/command.h"
#include "cli/runtime.h"

namespace sidecert::cli {
namespace {

// Docker's restart delay grows with every run shorter than ten seconds (measured, engine 20.10).
constexpr Duration kShortestLife = std::chrono::seconds(11);
constexpr Duration kHoldOnWrongSettings = std::chrono::hours(1);

/// The settings have faults; addresses and data folder may be good all the same.
void tellOwner(const Invocation& invocation) {
  PosixFileSystem files;
  config::Environment environment(invocation.environment, files);
  const config::Validated validated = config::validate(environment, vocabulary());
  std::map<std::string, std::string> quiet = invocation.environment;
  quiet["LOG_LEVEL"] = "error";  // what is wrong was said already
  auto runtime = Runtime::make({.arguments = {}, .environment = quiet}, config::Purpose::Look, true);
  if (runtime != nullptr) app::announceSettings(runtime->settings(), runtime->world(), validated.faults);
}

std::vector<std::string> watchedFolders(const config::Settings& settings) {
  std::vector<std::string> folders;
  for (const config::CertificateSettings& certificate : settings.certificates) {
    if (!certificate.deploy_from.empty()) folders.push_back(certificate.deploy_from.string());
  }
  return folders;
}

int waitFor(const app::WaitOrder& order) {
  app::becomeWaiting(order);
  return app::wait(order, environ);
}

}  // namespace

int run(const Invocation& invocation) {
  Runtime::holdSignals();
  const SystemClock clock;
  const TimePoint started = clock.now();
  auto runtime = Runtime::make(invocation, config::Purpose::Run, true);
  if (runtime == nullptr) {
    tellOwner(invocation);
    StreamLogSink sink(clock, 1, LogLevel::Info, LogFormat::Text);
    Log(sink).error(
        "nothing is done until the settings above are right; they are read again at {}, when the container is restarted, or "
        "when a file named by a variable ..._FILE changes",
        toWords(started + kHoldOnWrongSettings));
    return waitFor({.until = started + kHoldOnWrongSettings, .exit_code = kWrongSettings, .since = started});
  }
  runtime->stopOnSignals();
  const Log log = runtime->ports().log;
  log.info("sidecert {} starts", SIDECERT_VERSION);
  const app::Outcome outcome = app::pass(runtime->settings(), runtime->world(), app::Force::No);
  // Between here and the waiting process a signal must not get lost.
  if (!runtime->leaveSignalsPending()) {
    log.info("stopped");
    return kDone;
  }
  const TimePoint until = std::max(outcome.wake, started + kShortestLife);
  log.info("{}; the next pass is at {} {}", outcome.failed ? "not everything is done" : "all is done", toWords(until),
           outcome.wake_reason);
  return waitFor({.until = until,
                  .exit_code = outcome.failed ? kFailed : kDone,
                  .run_again = runtime->settings().driver == config::RenewalDriver::Resident,
                  .since = started,
                  .watch = watchedFolders(runtime->settings())});
}

}  // namespace sidecert::cli
