// `sidecert health`: healthy or not, and one line why. What HEALTHCHECK calls; asks nobody and changes nothing.
#include "app/health.h"

#include <fmt/format.h>

#include <cstdio>

#include "cli/command.h"
#include "cli/runtime.h"

namespace sidecert::cli {

int health(const Invocation& invocation) {
  PosixFileSystem files;
  config::Environment environment(invocation.environment, files);
  const config::Validated validated = config::validate(environment, vocabulary());
  if (!validated.settings) {
    fmt::print("unhealthy: {}\n", validated.faults.front());
    return kFailed;
  }
  auto runtime = Runtime::make(invocation, config::Purpose::Look, false);
  if (runtime == nullptr) return kFailed;
  auto views = app::viewAll(runtime->ports(), validated.settings->data);
  if (!views) {
    fmt::print("unhealthy: {}\n", describe(views.error()));
    return kFailed;
  }
  const app::Health judged = app::judge(*validated.settings, *views, runtime->ports().clock.now());
  fmt::print("{}: {}\n", judged.healthy ? "healthy" : "unhealthy", judged.line);
  return judged.healthy ? kDone : kFailed;
}

}  // namespace sidecert::cli
