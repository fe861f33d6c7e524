#include "cli/command.h"
#include "cli/output.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "base/text.h"

namespace sidecert::cli {
namespace {

struct Command {
  std::string_view name;
  std::string_view arguments;
  std::string_view meaning;
  int (*run)(const Invocation&);
};

constexpr std::array<Command, 12> kCommands{{
    {"run", "", "one pass, then wait for the next (what the container does)", run},
    {"check", "[--json] [--notify]", "would each step work? Orders nothing", check},
    {"renew", "[--force]", "one pass without waiting", renew},
    {"deploy", "--cert F --key F --chain F", "import files made elsewhere into DSM", deploy},
    {"status", "[--json]", "what was done and what is next", status},
    {"health", "", "healthy or not, and why", health},
    {"txt", "add|remove NAME VALUE", "one TXT record by the DNS provider, to try it out", txt},
    {"providers", "[ID]", "the DNS providers, or what one of them needs", providers},
    {"import", "DIR [--secrets DIR]", "take over from an acme.sh home", importHome},
    {"variables", "[--markdown|--env]", "the environment variables", variables},
    {"account", "[new-key|deactivate CA]", "the accounts at CAs", account},
    {"revoke", "NAME [--reason R] [--by-key]", "take a certificate back at its CA", revoke},
}};

void printUsage(std::FILE* to) {
  fmt::print(to, "sidecert {}: keeps a Synology NAS's certificate right\n\n", SIDECERT_VERSION);
  for (const Command& command : kCommands)
    fmt::print(to, "  sidecert {:<10}{:<28}{}\n", command.name, command.arguments, command.meaning);
}

}  // namespace

int main(std::vector<std::string> arguments, std::map<std::string, std::string> environment) {
  const std::string name = arguments.empty() ? "run" : arguments.front();
  if (!arguments.empty()) arguments.erase(arguments.begin());
  if (name == "help" || name == "--help" || name == "-h") {
    printUsage(stdout);
    return kDone;
  }
  if (name == "version" || name == "--version") {
    printOut("sidecert {}\n", SIDECERT_VERSION);
    return kDone;
  }
  for (const Command& command : kCommands) {
    if (name == command.name) return command.run({.arguments = std::move(arguments), .environment = std::move(environment)});
  }
  printError("there is no command '{}'\n\n", excerpt(name, 40));
  printUsage(stderr);
  return kWrongSettings;
}

}  // namespace sidecert::cli
