// `sidecert status [--json]`: what was saved, for people or programs. Asks nobody and changes nothing.
#include "app/status.h"

#include <fmt/format.h>

#include <cstdio>

#include "cli/command.h"
#include "cli/runtime.h"

namespace sidecert::cli {

int status(const Invocation& invocation) {
  const bool json = invocation.arguments == std::vector<std::string>{"--json"};
  if (!json && !invocation.arguments.empty()) {
    std::fputs("usage: sidecert status [--json]\n", stderr);
    return kWrongSettings;
  }
  auto runtime = Runtime::make(invocation, config::Purpose::Look, false);
  if (runtime == nullptr) return kWrongSettings;
  const Ports ports = runtime->ports();
  auto views = app::viewAll(ports, runtime->settings().data);
  if (!views) {
    ports.log.error("{}", describe(views.error()));
    return kFailed;
  }
  // What is wanted says what is next; with faults in the settings there is still what was done.
  PosixFileSystem files;
  config::Environment environment(invocation.environment, files);
  const config::Validated validated = config::validate(environment, vocabulary());
  const config::Settings* settings = validated.settings ? &*validated.settings : nullptr;
  const TimePoint now = ports.clock.now();
  if (json) {
    fmt::print("{}\n",
               app::statusForPrograms(settings, *views, now).dump(2, ' ', false, state::Json::error_handler_t::replace));
  } else {
    for (const std::string& fault : validated.faults) fmt::print("wrong setting: {}\n", fault);
    fmt::print("{}", app::statusForPeople(settings, *views, now));
  }
  return kDone;
}

}  // namespace sidecert::cli
