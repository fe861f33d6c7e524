// `sidecert health`: healthy or not, and one line why. What HEALTHCHECK calls; asks nobody and changes nothing.
#include "app/health.h"

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/runtime.h"

namespace sidecert::cli {

int health(const Invocation& invocation) {
  const config::Validated validated = readSettings(invocation, config::Purpose::Run);
  if (!validated.settings) {
    fmt::print("unhealthy: {}\n", validated.faults.front());
    return kFailed;
  }
  auto runtime = Runtime::make(invocation, config::Purpose::Look, false);
  if (runtime == nullptr) return kFailed;
  const app::Health judged = app::standing(runtime->ports(), validated.settings->data, validated).health;
  fmt::print("{}: {}\n", judged.healthy ? "healthy" : "unhealthy", judged.line);
  return judged.healthy ? kDone : kFailed;
}

}  // namespace sidecert::cli
