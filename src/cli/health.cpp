// `sidecert health`: healthy or not, and one line why. What HEALTHCHECK calls; asks nobody and changes nothing.
#include "app/health.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "base/file_error.h"
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
  const Path& data = validated.settings->data;
  std::error_code ignored;
  // Asked without writing: a health check every two minutes must not wake the disks.
  if (std::filesystem::exists(data, ignored) && ::access(data.c_str(), W_OK) != 0) {
    fmt::print("unhealthy: {}\n", describe(storageFailure("write into", data, errno).error()));
    return kFailed;
  }
  auto views = app::viewAll(runtime->ports(), data);
  if (!views) {
    fmt::print("unhealthy: {}\n", describe(views.error()));
    return kFailed;
  }
  const app::Health judged = app::judge(*validated.settings, *views, runtime->ports().clock.now());
  fmt::print("{}: {}\n", judged.healthy ? "healthy" : "unhealthy", judged.line);
  return judged.healthy ? kDone : kFailed;
}

}  // namespace sidecert::cli
