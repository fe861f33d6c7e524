// `sidecert run`: one pass, then the wait for the next. Every start is a recovery; whatever the restart policy does, what
// was saved decides whether the CA may be asked.
#include <unistd.h>

#include <algorithm>

#include "app/announce.h"
#include "app/pass.h"
#include "app/waiting.h"
#include "cli/command.h"
#include "cli/runtime.h"
#include "cli/status_page.h"

namespace sidecert::cli {
namespace {

// Docker's restart delay grows with every run shorter than ten seconds (measured, engine 20.10).
constexpr Duration kShortestLife = std::chrono::seconds(11);
constexpr Duration kHoldOnWrongSettings = std::chrono::hours(1);

std::vector<std::string> watchedFolders(const config::Settings& settings) {
  std::vector<std::string> folders;
  for (const config::CertificateSettings& certificate : settings.certificates) {
    if (!certificate.deploy_from.empty()) folders.push_back(certificate.deploy_from.string());
  }
  return folders;
}

/// @param page  null when there is none
int waitFor(const app::WaitOrder& order, const web::Server* page) {
  if (page == nullptr) app::becomeWaiting(order);
  return app::wait(order, environ);
}

/// The settings have faults; data folder, addresses for messages and the status page may be good all the same.
int hold(const Invocation& invocation, TimePoint started) {
  const TimePoint until = started + kHoldOnWrongSettings;
  const SystemClock clock;
  StreamLogSink sink(clock, STDOUT_FILENO, LogLevel::Info, LogFormat::Text);
  const Log log(sink);
  log.error(
      "nothing is done until the settings above are right; they are read again at {}, when the container is restarted, or "
      "when a file named by a variable ..._FILE changes",
      toWords(until));
  const config::Validated validated = readSettings(invocation, config::Purpose::Run);
  std::map<std::string, std::string> quiet = invocation.environment;
  quiet["LOG_LEVEL"] = "error";  // what is wrong was said already
  auto runtime = Runtime::make({.arguments = {}, .environment = quiet}, config::Purpose::Look, true);
  std::unique_ptr<web::Server> page;
  if (runtime != nullptr) {
    app::announceSettings(runtime->settings(), runtime->world(), validated.faults);
    const Ports quieter = runtime->ports();
    page = serveStatus(runtime->settings(), validated, {quieter.clock, quieter.http, quieter.files, log, quieter.stop});
  }
  return waitFor({.until = until, .exit_code = kWrongSettings, .since = started}, page.get());
}

}  // namespace

int run(const Invocation& invocation) {
  Runtime::holdSignals();
  const TimePoint started = SystemClock().now();
  auto runtime = Runtime::make(invocation, config::Purpose::Run, true);
  if (runtime == nullptr) return hold(invocation, started);
  runtime->stopOnSignals();
  const Log log = runtime->ports().log;
  log.info("sidecert {} starts", SIDECERT_VERSION);
  const auto page = serveStatus(runtime->settings(), {.settings = runtime->settings()}, runtime->ports());
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
                  .watch = watchedFolders(runtime->settings())},
                 page.get());
}

}  // namespace sidecert::cli
