// `sidecert renew [--force]`: one pass without waiting afterwards.
#include <fmt/format.h>

#include <cstdio>

#include "app/pass/pass.h"
#include "app/report/health.h"
#include "cli/command.h"
#include "cli/runtime.h"

namespace sidecert::cli {

int renew(const Invocation& invocation) {
  app::Force force = app::Force::No;
  for (const std::string& argument : invocation.arguments) {
    if (argument == "--force") {
      force = app::Force::Order;
    } else {
      std::fputs("usage: sidecert renew [--force]\n", stderr);
      return kWrongSettings;
    }
  }
  auto runtime = Runtime::make(invocation, config::Purpose::Run, true);
  if (runtime == nullptr) return kWrongSettings;
  runtime->stopOnSignals();
  const app::PassResult outcome = app::pass(runtime->settings(), runtime->world(), force);
  const bool stopped = runtime->ports().stop.stop_requested();
  // Whoever forces an order wants to know what became of it.
  const bool failed = app::exitCodeOf(outcome.facts) != kDone || (force == app::Force::Order && outcome.failed);
  if (!failed && !stopped) runtime->ports().log.info("all is done");
  return failed || stopped ? kFailed : kDone;
}

}  // namespace sidecert::cli
