#include "dns/providers/catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>

#include "base/text.h"
#include "dns/providers/definition.h"
#include "dns/providers/embedded.h"
#include "dns/providers/engine.h"
#include "dns/providers/nsupdate.h"

namespace sidecert::dns::providers {
namespace {

std::map<std::string, std::string>& mounted() {
  static std::map<std::string, std::string> texts;  // by id
  return texts;
}

Description describeDefinition(const Definition& definition) {
  Description out{.id = definition.id,
                  .title = definition.name,
                  .aliases = definition.aliases,
                  .variables = {},
                  .credential_sets = {},
                  .rights = definition.rights,
                  .keys_at = definition.keys_at,
                  .docs = definition.docs,
                  .note = definition.note};
  for (const DefinedVariable& variable : definition.variables) {
    out.variables.push_back({variable.name, variable.meaning, variable.fallback, variable.secret});
  }
  for (const Credentials& set : definition.credentials) out.credential_sets.push_back(set.needs);
  return out;
}

std::string_view textOf(std::string_view id) {
  if (const auto found = mounted().find(std::string(id)); found != mounted().end()) return found->second;
  for (const EmbeddedDefinition& one : embeddedDefinitions()) {
    if (one.id == id) return one.text;
  }
  return {};
}

// Descriptions are read once each and stay where they are.
const Description* descriptionOf(std::string_view id) {
  if (id == nsupdateDescription().id) return &nsupdateDescription();
  static std::map<std::string, Description, std::less<>> read;
  if (const auto found = read.find(id); found != read.end()) return &found->second;
  const auto definition = loadDefinition(textOf(id), id);
  if (!definition) return nullptr;
  return &read.emplace(std::string(id), describeDefinition(*definition)).first->second;
}

std::vector<std::string> ids() {
  std::vector<std::string> out;
  for (const EmbeddedDefinition& one : embeddedDefinitions()) out.emplace_back(one.id);
  for (const auto& [id, text] : mounted()) {
    if (!std::ranges::contains(out, id)) out.push_back(id);
  }
  out.push_back(nsupdateDescription().id);
  std::ranges::sort(out);
  return out;
}

}  // namespace

const std::vector<Description>& catalogue() {
  static const std::vector<Description> all = [] {
    std::vector<Description> out;
    for (const std::string& id : ids()) {
      if (const Description* one = descriptionOf(id)) out.push_back(*one);
    }
    return out;
  }();
  return all;
}

const Description* find(std::string_view id) {
  const std::string wanted = lower(id);
  for (const std::string& known : ids()) {
    if (known == wanted || known == "dns_" + wanted) return descriptionOf(known);
  }
  if (std::ranges::contains(nsupdateDescription().aliases, wanted)) return &nsupdateDescription();
  for (const EmbeddedDefinition& one : embeddedDefinitions()) {
    if (std::ranges::contains(splitList(one.aliases, " "), wanted)) return descriptionOf(one.id);
  }
  return nullptr;
}

Result<std::unique_ptr<Provider>> make(const Description& description, const config::ProviderVariables& variables,
                                       Resolver& resolver, Ports ports) {
  if (description.id == nsupdateDescription().id) return makeNsupdate(variables, resolver, std::move(ports));
  auto definition = loadDefinition(textOf(description.id), description.id);
  if (!definition) return std::unexpected(definition.error());
  return makeDefined(std::move(*definition), variables, std::move(ports));
}

Result<> loadMounted(FileSystem& files, const Path& folder) {
  const auto names = files.list(folder);
  if (!names) return std::unexpected(names.error());
  std::string problems;
  for (const std::string& name : *names) {
    if (!name.ends_with(".json")) continue;
    const Path path = folder / name;
    const auto text = files.read(path);
    if (!text) return within("reading " + path.string(), text.error());
    if (!*text) continue;
    const auto definition = loadDefinition(**text, path.string());
    if (definition) {
      mounted()[definition->id] = **text;
    } else {
      problems += (problems.empty() ? "" : "\n") + definition.error().what;
    }
  }
  if (!problems.empty()) return fail(ErrorCode::Settings, problems, "docs/provider-definitions.md describes the format");
  return {};
}

}  // namespace sidecert::dns::providers
