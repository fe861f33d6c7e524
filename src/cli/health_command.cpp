// `sidecert health`: healthy or not, and one line why. What HEALTHCHECK calls; asks nobody and changes nothing.
#include "app/report/health.h"

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/runtime.h"

namespace sidecert::cli {

int health(const Invocation& invocation) {
  auto runtime = Runtime::make(invocation, config::Purpose::Look, false);
  if (runtime == nullptr) return kFailed;
  const config::Validated validated = readSettings(invocation, config::Purpose::Run);
  const app::Health judged = app::healthOf(app::standing(runtime->ports(), runtime->settings().data, validated));
  printOut("{}: {}\n", judged.healthy ? "healthy" : "unhealthy", judged.line);
  return judged.healthy ? kDone : kFailed;
}

}  // namespace sidecert::cli
