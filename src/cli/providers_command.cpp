// `sidecert providers [ID]`: the DNS providers, and what one of them needs, where to get it, and the least right to give.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "base/text.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/runtime.h"
#include "dns/providers/catalogue.h"
#include "dns/providers/provider_page.h"

namespace sidecert::cli {
namespace {

using dns::providers::Description;
using dns::providers::Entry;

void printList() {
  for (const Entry& entry : dns::providers::catalogue())
    printOut("{:<22}{}{}{}\n", entry.id, entry.title, entry.file.empty() ? "" : " (" + entry.file + ")",
             entry.mistake.empty() ? "" : ", cannot be used");
}

}  // namespace

int providers(const Invocation& invocation) {
  PosixFileSystem files;
  config::Environment environment(invocation.environment, files);
  loadDefinitions(environment, files);
  for (const auto* said : {&environment.notes(), &environment.faults()}) {
    for (const std::string& one : *said) printError("{}\n", one);
  }
  const bool mistaken = std::ranges::any_of(dns::providers::catalogue(), [](const Entry& e) { return !e.mistake.empty(); });
  const int code = environment.faults().empty() && !mistaken ? kDone : kWrongSettings;
  if (invocation.arguments.empty()) {
    printList();
    return code;
  }
  const std::string& id = invocation.arguments.front();
  const Description* provider = dns::providers::find(id);
  if (provider == nullptr) {
    printError("there is no DNS provider '{}'; `sidecert providers` lists all\n", excerpt(id, 60));
    return kWrongSettings;
  }
  printOut("{}", dns::providers::providerPage(*provider));
  return code;
}

}  // namespace sidecert::cli
