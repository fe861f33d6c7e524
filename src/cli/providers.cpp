// `sidecert providers [ID]`: the DNS providers, and what one of them needs.
#include <fmt/format.h>

#include <cstdio>

#include "base/text.h"
#include "cli/command.h"
#include "dns/providers/catalogue.h"

namespace sidecert::cli {

int providers(const Invocation& invocation) {
  if (invocation.arguments.empty()) {
    for (const dns::providers::Description& provider : dns::providers::catalogue())
      fmt::print("{:<22}{}\n", provider.id, provider.title);
    return kDone;
  }
  const std::string& id = invocation.arguments.front();
  const dns::providers::Description* provider = dns::providers::find(id);
  if (provider == nullptr) {
    fmt::print(stderr, "there is no DNS provider '{}'; `sidecert providers` lists all\n", excerpt(id, 60));
    return kWrongSettings;
  }
  fmt::print("{}: {}\n\nACME_DNS={}\n", provider->id, provider->title, provider->id);
  for (const dns::providers::Variable& variable : provider->variables) {
    fmt::print("{}{}\n    {}{}\n", variable.name,
               variable.secret ? " (secret; or the file that holds it as " + variable.name + "_FILE)" : "", variable.meaning,
               variable.fallback.empty() ? "" : fmt::format(" Without it: {}.", variable.fallback));
  }
  return kDone;
}

}  // namespace sidecert::cli
