// `sidecert import DIR [--secrets DIR] [--dry-run]`: takes over from an acme.sh home. Reads it; never runs anything there.
#include "app/migrate/import.h"

#include <fmt/format.h>

#include <cstdio>

#include "base/text.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/runtime.h"
#include "state/volume.h"

namespace sidecert::cli {
namespace {

constexpr const char* kImportUsage =
    "usage: sidecert import DIR [--secrets DIR] [--dry-run]\n"
    "  DIR            an acme.sh home, the folder that holds account.conf\n"
    "  --secrets DIR  write passwords and tokens into files there and print NAME_FILE=… instead of their values\n"
    "  --dry-run      print the environment, take over nothing\n";

struct Options {
  Path home;
  Path secrets;
  bool dry_run = false;
};

std::optional<Options> readOptions(const std::vector<std::string>& words) {
  Options options;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--dry-run") {
      options.dry_run = true;
    } else if (words[i] == "--secrets" && i + 1 < words.size()) {
      options.secrets = words[++i];
    } else if (!words[i].starts_with("-") && options.home.empty()) {
      options.home = words[i];
    } else {
      return std::nullopt;
    }
  }
  return options.home.empty() ? std::nullopt : std::optional(options);
}

Result<> printEnvironment(const app::ImportedSettings& imported, const Path& secrets, FileSystem& files) {
  for (const app::ImportedVariable& variable : imported.variables) {
    if (!variable.secret || secrets.empty()) {
      printOut("{}", app::environmentLine(variable.name, variable.value.reveal()));
      continue;
    }
    if (auto made = files.makeDirectories(secrets, kPrivateDirectory); !made) return made;
    const Path file = secrets / variable.name;
    if (auto written = replaceFile(files, file, variable.value.reveal() + "\n", kPrivateFile); !written) return written;
    printOut("{}", app::environmentLine(variable.name + "_FILE", file.string()));
  }
  return {};
}

}  // namespace

int importHome(const Invocation& invocation) {
  const auto options = readOptions(invocation.arguments);
  if (!options) {
    std::fputs(kImportUsage, stderr);
    return kWrongSettings;
  }
  auto runtime = Runtime::make(invocation, config::Purpose::Look, false);
  if (runtime == nullptr) return kWrongSettings;
  const Ports ports = runtime->ports();
  const auto fail = [&](const Error& error) {
    ports.log.error("{}", describe(error));
    return error.code == ErrorCode::Settings ? kWrongSettings : kFailed;
  };
  const auto home = app::acme_sh::readHome(ports, options->home);
  if (!home) return fail(home.error());
  if (!options->dry_run) {
    auto volume = state::Volume::open(runtime->settings().data, ports);
    if (!volume) return fail(volume.error());
    const auto lines = app::takeOver(*home, volume->path(), runtime->world().draw(), ports);
    if (!lines) return fail(lines.error());
    for (const std::string& line : *lines) ports.log.info("{}", line);
  }
  const app::ImportedSettings imported = app::settingsOf(*home);
  for (const std::string& note : imported.notes) ports.log.warning("{}", note);
  if (auto printed = printEnvironment(imported, options->secrets, ports.files); !printed) return fail(printed.error());
  if (!options->dry_run)
    ports.log.info("stop acme.sh's own renewal now (its cron job or container), so that only one renews");
  return kDone;
}

}  // namespace sidecert::cli
