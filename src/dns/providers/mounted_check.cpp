#include "dns/providers/mounted_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "base/text.h"
#include "config/variables.h"

namespace sidecert::dns::providers {
namespace {

constexpr std::string_view kByFile = "_file";  // NAME_FILE names the file that holds NAME

bool isOwn(std::string_view name) {
  // CERT_HOME_SYNO_PASSWORD is SYNO_PASSWORD of one certificate.
  if (name.starts_with("cert_") || name.starts_with("nas_")) return true;
  return std::ranges::any_of(config::registry(), [&](const config::Variable* variable) {
    return lower(variable->name) == name || std::ranges::contains(splitList(lower(variable->older)), name);
  });
}

/// Whose the name is, when not the definition's. A replacement has the variables of what it replaces.
std::string ownerOf(std::string_view name, const Definition& definition, const Taken& taken) {
  if (isOwn(name)) return "Sidecert";
  const auto [first, last] = taken.variables.equal_range(name);
  if (first == last || std::any_of(first, last, [&](const auto& one) { return one.second == definition.id; })) return {};
  return first->second;
}

bool liesBelow(const Path& path, const Path& folder) {
  const Path below = path.lexically_relative(folder);
  return !below.empty() && *below.begin() != "..";
}

}  // namespace

std::vector<std::string> reachesFor(const Definition& definition, const Taken& taken) {
  std::vector<std::string> mistakes;
  for (std::size_t i = 0; i < definition.variables.size(); ++i) {
    const DefinedVariable& variable = definition.variables[i];
    const std::string name = lower(variable.name);
    std::string owner = ownerOf(name, definition, taken);
    if (owner.empty() && name.ends_with(kByFile))
      owner = ownerOf(std::string_view(name).substr(0, name.size() - kByFile.size()), definition, taken);
    if (!owner.empty())
      mistakes.push_back(fmt::format("/variables/{}/name: {} belongs to {}; choose another name", i, variable.name, owner));
    if (variable.file && !variable.fallback.empty())
      mistakes.push_back(fmt::format("/variables/{}: a file has no default; its owner names it", i));
    if (variable.ini && !variable.ini->files.empty())
      mistakes.push_back(
          fmt::format("/variables/{}/ini/files: only our own definitions read the files an INI file names", i));
  }
  for (std::size_t i = 0; i < definition.aliases.size(); ++i) {
    const auto [first, last] = taken.words.equal_range(definition.aliases[i]);
    if (first != last && std::none_of(first, last, [&](const auto& one) { return one.second == definition.id; }))
      mistakes.push_back(fmt::format("/aliases/{}: {} means {}", i, definition.aliases[i], first->second));
  }
  return mistakes;
}

Result<> checkFiles(const Definition& definition, const config::ProviderVariables& given, const Path& data) {
  for (const DefinedVariable& variable : definition.variables) {
    const auto typed = given.find(variable.name);
    if (!variable.file || typed == given.end() || typed->second.empty()) continue;
    std::error_code error;
    const Path path = std::filesystem::weakly_canonical(typed->second.reveal(), error);
    for (const Path& forbidden :
         {data.empty() ? Path() : std::filesystem::weakly_canonical(data, error), Path("/proc"), Path("/sys")}) {
      if (error || (!forbidden.empty() && liesBelow(path, forbidden)))
        return fail(
            ErrorCode::Settings,
            fmt::format("{}: {} is no file for a DNS provider to read", variable.name, excerpt(typed->second.reveal())),
            "mount the file outside of the data folder, for example at /run/secrets");
    }
  }
  return {};
}

}  // namespace sidecert::dns::providers
