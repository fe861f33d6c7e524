// `sidecert status [--json]`: what was saved, for people or programs. Asks nobody and changes nothing.
#include "app/report/status.h"

#include <fmt/format.h>

#include <cstdio>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/runtime.h"
#include "state/document.h"

namespace sidecert::cli {

int status(const Invocation& invocation) {
  const bool json = invocation.arguments == std::vector<std::string>{"--json"};
  if (!json && !invocation.arguments.empty()) {
    std::fputs("usage: sidecert status [--json]\n", stderr);
    return kWrongSettings;
  }
  auto runtime = Runtime::make(invocation, config::Purpose::Look, false);
  if (runtime == nullptr) return kWrongSettings;
  // What is wanted says what is next; with faults in the settings there is still what was done.
  const app::Standing standing =
      app::standing(runtime->ports(), runtime->settings().data, readSettings(invocation, config::Purpose::Run));
  if (json) {
    printOut("{}\n", app::statusForPrograms(standing).dump(2, ' ', true, state::Json::error_handler_t::replace));
  } else {
    printOut("{}", app::statusForPeople(standing));
  }
  return standing.remembered.unusable ? kFailed : kDone;
}

}  // namespace sidecert::cli
