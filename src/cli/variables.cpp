// `sidecert variables`: the reference of all variables but the DNS providers' own.
#include "config/variables.h"

#include <fmt/format.h>

#include "cli/command.h"

namespace sidecert::cli {

int variables(const Invocation&) {
  std::string_view group;
  for (const config::Variable* variable : config::registry()) {
    if (variable->group != group) {
      fmt::print("{}{}\n", group.empty() ? "" : "\n", variable->group);
      group = variable->group;
    }
    fmt::print("  {:<22}{}{}\n", variable->name, variable->meaning,
               variable->fallback.empty() ? "" : fmt::format(" [{}]", variable->fallback));
  }
  fmt::print(
      "\nNAME_FILE reads NAME from a file. CERT_<LABEL>_NAME and NAS_<LABEL>_NAME are for several certificates and NAS.\n");
  return kDone;
}

}  // namespace sidecert::cli
