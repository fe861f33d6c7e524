// `sidecert variables [--markdown|--env]`: the reference of all variables but the DNS providers' own.
#include <fmt/format.h>

#include <cstdio>

#include "cli/command.h"
#include "cli/output.h"
#include "config/reference.h"

namespace sidecert::cli {

int variables(const Invocation& invocation) {
  const std::vector<std::string>& words = invocation.arguments;
  if (words.empty()) {
    printOut("{}", config::variablesForPeople());
  } else if (words == std::vector<std::string>{"--markdown"}) {
    printOut("{}", config::environmentPage());
  } else if (words == std::vector<std::string>{"--env"}) {
    printOut("{}", config::exampleEnvironment());
  } else {
    std::fputs("usage: sidecert variables [--markdown|--env]\n", stderr);
    return kWrongSettings;
  }
  return kDone;
}

}  // namespace sidecert::cli
