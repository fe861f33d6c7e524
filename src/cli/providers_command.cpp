// `sidecert providers [ID]`: the DNS providers, and what one of them needs, where to get it, and the least right to give.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "base/text.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/runtime.h"
#include "dns/providers/catalogue.h"

namespace sidecert::cli {
namespace {

using dns::providers::Description;
using dns::providers::Entry;
using dns::providers::Variable;

void printList() {
  for (const Entry& entry : dns::providers::catalogue())
    printOut("{:<22}{}{}{}\n", entry.id, entry.title, entry.file.empty() ? "" : " (" + entry.file + ")",
             entry.mistake.empty() ? "" : ", cannot be used");
}

void printWhatToSet(const Description& provider) {
  std::vector<std::string> ways;
  ways.reserve(provider.credential_sets.size());
  for (const std::vector<std::string>& set : provider.credential_sets)
    ways.push_back(set.empty() ? "nothing more" : join(set, " and "));
  printOut("Set ACME_DNS={} and\n  {}\n", provider.id, join(ways, ", or\n  "));
  std::size_t width = 0;
  for (const Variable& variable : provider.variables) width = std::max(width, variable.name.size());
  printOut("\n");
  for (const Variable& variable : provider.variables) {
    printOut("  {:<{}}  {}{}{}\n", variable.name, width, variable.meaning,
             variable.fallback.empty() ? "" : fmt::format(" [{}]", variable.fallback),
             variable.secret ? fmt::format(" (secret; {}_FILE reads it from a file)", variable.name) : "");
  }
}

void printAbout(const Description& provider) {
  const auto line = [](std::string_view title, const std::string& text) {
    if (!text.empty()) printOut("{:<20}{}\n", title, text);
  };
  printOut("\n");
  line("Where to get it:", provider.keys_at);
  line("Least right needed:", provider.rights);
  line("Note:", provider.note);
  line("Its API:", provider.docs);
  line("Also called:", join(provider.aliases, ", "));
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
  printOut("{}: {}\n\n", provider->id, provider->title);
  if (!provider->unusable.empty()) {
    printOut("It cannot be used: {}.\nInstead: {}.\n", provider->unusable, provider->instead);
    return code;
  }
  printWhatToSet(*provider);
  printAbout(*provider);
  return code;
}

}  // namespace sidecert::cli
