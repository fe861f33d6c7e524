// `sidecert run`: one pass, then the wait for the next. Every start is a recovery; whatever the restart policy does, what
// was saved decides whether the CA may be asked.
#include <unistd.h>

#include <algorithm>

#include "app/life/waiting.h"
#include "app/pass/pass.h"
#include "app/report/announce.h"
#include "app/report/health.h"
#include "app/report/heartbeat.h"
#include "cli/command.h"
#include "cli/runtime.h"
#include "cli/status_page.h"

namespace sidecert::cli {
namespace {

// Docker's restart delay grows with every run shorter than ten seconds (measured, engine 20.10).
constexpr Duration kShortestLife = std::chrono::seconds(11);
constexpr Duration kHoldOnWrongSettings = std::chrono::hours(1);

std::vector<std::string> textsOf(const std::vector<Path>& paths) {
  std::vector<std::string> texts;
  for (const Path& path : paths) texts.push_back(path.string());
  return texts;
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
      "when a file named by a variable changes",
      toWords(until));
  const config::Validated validated = readSettings(invocation, config::Purpose::Run);
  std::map<std::string, std::string> quiet = invocation.environment;
  quiet["LOG_LEVEL"] = "error";  // what is wrong was said already
  auto runtime = Runtime::make({.arguments = {}, .environment = quiet}, config::Purpose::Look, true);
  std::unique_ptr<web::Server> page;
  if (runtime != nullptr) {
    runtime->confineItself();
    app::announceSettings(runtime->settings(), app::memoryIn(runtime->settings().data, runtime->ports()),
                          app::judge(nullptr, validated.faults, {}, clock.now()), &runtime->sender(), runtime->ports());
    app::beat(runtime->settings().heartbeat_url, false, runtime->ports());
    const Ports quieter = runtime->ports();
    page = serveStatus(runtime->settings(), validated, {quieter.clock, quieter.http, quieter.files, log, quieter.stop});
  }
  return waitFor({.until = until,
                  .exit_code = kWrongSettings,
                  .run_again = true,
                  .since = started,
                  .watch = textsOf(validated.watched)},
                 page.get());
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
  const app::PassResult outcome = app::pass(runtime->settings(), runtime->world(), app::Force::No);
  // Between here and the waiting process a signal must not get lost.
  if (!runtime->leaveSignalsPending()) {
    log.info("stopped");
    return kDone;
  }
  const TimePoint until = std::max(outcome.wake, started + kShortestLife);
  const int code = app::exitCodeOf(outcome.facts);
  app::beat(runtime->settings().heartbeat_url, code == kDone, runtime->ports());
  log.info("{}; the next pass is at {} {}", code == kDone ? "all is done" : "not everything is done", toWords(until),
           outcome.wake_reason);
  // Container Manager mails every end the owner did not order, so the restart policy is for renewals alone.
  const bool resident = runtime->settings().driver == config::RenewalDriver::Resident;
  return waitFor({.until = until,
                  .exit_code = code,
                  .run_again = resident || !outcome.wake_to_order,
                  .since = started,
                  .watch = textsOf(runtime->watched())},
                 page.get());
}

}  // namespace sidecert::cli
