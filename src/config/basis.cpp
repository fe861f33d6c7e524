#include "config/basis.h"

#include <fmt/format.h>

#include "base/text.h"

namespace sidecert::config {
namespace {

void append(std::string& all, std::string_view name, std::string_view value) {
  all += fmt::format("{}={}:{}\n", name, value.size(), value);
}

void appendFile(Environment& environment, std::string& all, const Path& path) {
  if (const auto content = environment.contentOf(path)) append(all, path.string(), *content);
}

}  // namespace

Secret basisOf(Environment& environment, const std::vector<std::string>& prefixes, Effect effect,
               const ProviderVariables& of_provider) {
  std::string all;
  for (const Variable* variable : registry()) {
    if (variable->effect != effect && variable->effect != Effect::Both) continue;
    const auto value = environment.get(*variable, prefixes);
    if (!value) continue;
    append(all, variable->name, value->reveal());
    if (!variable->names_files) continue;
    for (const std::string& path : splitList(value->reveal(), ", ;\n\t")) appendFile(environment, all, path);
  }
  for (const auto& [name, value] : of_provider) {
    append(all, name, value.reveal());
    if (value.reveal().starts_with('/')) appendFile(environment, all, Path(std::string(trim(value.reveal()))));
  }
  return Secret(std::move(all));
}

}  // namespace sidecert::config
