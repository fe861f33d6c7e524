#include "dns/providers/catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <map>

#include "base/text.h"
#include "dns/providers/definition.h"
#include "dns/providers/embedded.h"
#include "dns/providers/engine.h"
#include "dns/providers/json.h"
#include "dns/providers/mounted_check.h"
#include "dns/providers/native.h"

namespace sidecert::dns::providers {
namespace {

struct OwnersDefinition {
  std::string file;
  std::string text;
  Description description;
};

struct Known {
  Path data;
  std::map<std::string, OwnersDefinition> mounted;  // by id
  std::map<std::string, Entry> broken;              // by id: the owner's definitions with mistakes
  std::vector<Entry> entries;                       // of everything; made when first asked for
  std::map<std::string, Description, std::less<>> read;
};

Known& known() {
  static Known instance;
  return instance;
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
                  .verified = definition.verified,
                  .note = definition.note};
  for (const DefinedVariable& variable : definition.variables) {
    out.variables.push_back(
        {variable.name, variable.meaning, variable.fallback, variable.secret, variable.file, variable.also});
  }
  for (const Credentials& set : definition.credentials) out.credential_sets.push_back(set.inWords());
  return out;
}

std::string_view textOf(std::string_view id) {
  if (const auto found = known().mounted.find(std::string(id)); found != known().mounted.end()) return found->second.text;
  for (const EmbeddedDefinition& one : embeddedDefinitions()) {
    if (one.id == id) return one.text;
  }
  return {};
}

// Descriptions are read once each and stay where they are.
const Description* descriptionOf(const std::string& id) {
  if (known().broken.contains(id)) return nullptr;
  if (const Description* native = nativeDescription(id)) return native;
  if (const auto found = known().mounted.find(id); found != known().mounted.end()) return &found->second.description;
  if (const auto found = known().read.find(id); found != known().read.end()) return &found->second;
  const auto definition = loadDefinition(textOf(id), id);
  if (!definition) return nullptr;
  return &known().read.emplace(id, describeDefinition(*definition)).first->second;
}

Entry entryOf(const Description& description, std::string file) {
  Entry out{.id = description.id,
            .title = description.title,
            .aliases = description.aliases,
            .variables = {},
            .also = {},
            .file = std::move(file),
            .mistake = {}};
  for (const Variable& variable : description.variables) {
    out.variables.push_back(variable.name);
    if (!variable.also.empty()) out.also.emplace(variable.name, variable.also);
  }
  return out;
}

Entry entryOf(const EmbeddedDefinition& embedded) {
  Entry out{.id = std::string(embedded.id),
            .title = std::string(embedded.title),
            .aliases = splitList(embedded.aliases, " "),
            .variables = {},
            .also = {},
            .file = {},
            .mistake = {}};
  for (const std::string& names : splitList(embedded.variables, " ")) {
    auto spellings = splitList(names, "=");
    out.variables.push_back(spellings.front());
    spellings.erase(spellings.begin());
    if (!spellings.empty()) out.also.emplace(out.variables.back(), std::move(spellings));
  }
  return out;
}

// A definition that cannot be used: for which provider it was meant, as far as that can be seen.
void noteBroken(const std::string& path, std::string_view text, const std::string& mistake) {
  const auto tree = parseJson(text);
  const Value* id = tree ? tree->find("id") : nullptr;
  const Value* name = tree ? tree->find("name") : nullptr;
  const std::string meant = id && id->isText() ? id->text() : Path(path).stem().string();
  if (nativeDescription(meant) || known().mounted.contains(meant)) return;
  known().broken.insert_or_assign(meant, Entry{.id = meant,
                                               .title = name && name->isText() ? name->text() : meant,
                                               .aliases = {},
                                               .variables = {},
                                               .also = {},
                                               .file = path,
                                               .mistake = mistake});
}

std::vector<Entry> makeEntries() {
  std::vector<Entry> out;
  for (const auto& [id, own] : known().mounted) out.push_back(entryOf(own.description, own.file));
  for (const auto& [id, entry] : known().broken) out.push_back(entry);
  for (const EmbeddedDefinition& one : embeddedDefinitions()) {
    if (known().mounted.contains(std::string(one.id)) || known().broken.contains(std::string(one.id))) continue;
    out.push_back(entryOf(one));
  }
  for (const Description& native : nativeDescriptions()) out.push_back(entryOf(native, {}));
  std::ranges::sort(out, {}, &Entry::id);
  return out;
}

bool isShipped(std::string_view id) {
  return std::ranges::contains(embeddedDefinitions(), id, &EmbeddedDefinition::id);
}

/// What ships, as names that a mounted definition may not take.
Taken takenByOthers() {
  Taken taken;
  for (const EmbeddedDefinition& one : embeddedDefinitions()) {
    for (const std::string& name : splitList(one.variables, " =")) taken.variables.emplace(lower(name), one.id);
    for (const std::string& alias : splitList(one.aliases, " ")) taken.words.emplace(alias, one.id);
    taken.words.emplace(one.id, one.id);
  }
  for (const Description& native : nativeDescriptions()) {
    for (const Variable& variable : native.variables) taken.variables.emplace(lower(variable.name), native.id);
    for (const std::string& alias : native.aliases) taken.words.emplace(alias, native.id);
  }
  return taken;
}

}  // namespace

const std::vector<Entry>& catalogue() {
  if (known().entries.empty()) known().entries = makeEntries();
  return known().entries;
}

const Description* find(std::string_view id) {
  const std::string wanted = lower(id);
  // "linode" is lego's name of dns_linode_v4, and no longer short for dns_linode.
  for (const std::function<bool(const Entry&)>& fits : std::initializer_list<std::function<bool(const Entry&)>>{
           [&](const Entry& entry) { return lower(entry.id) == wanted; },
           [&](const Entry& entry) { return std::ranges::contains(entry.aliases, wanted); },
           [&](const Entry& entry) { return lower(entry.id) == "dns_" + wanted; }}) {
    const auto found = std::ranges::find_if(catalogue(), fits);
    if (found != catalogue().end()) return descriptionOf(found->id);
  }
  return nullptr;
}

Result<std::unique_ptr<Provider>> make(const Description& description, const config::ProviderVariables& variables,
                                       Resolver& resolver, Ports ports) {
  if (const Description* native = nativeDescription(description.id))
    return makeNative(*native, variables, resolver, std::move(ports));
  auto definition = loadDefinition(textOf(description.id), description.id);
  if (!definition) return std::unexpected(definition.error());
  if (auto allowed = checkFiles(*definition, variables, known().data); !allowed) return std::unexpected(allowed.error());
  return makeDefined(std::move(*definition), variables, std::move(ports), [](const std::string& id) {
    if (textOf(id).empty())
      return Result<Definition>(fail(ErrorCode::Settings, fmt::format("there is no definition {} to use", id)));
    return loadDefinition(textOf(id), id);
  });
}

Mounted loadMounted(FileSystem& files, const Path& folder, const Path& data) {
  known() = {};
  known().data = data;
  const Taken taken = takenByOthers();
  Mounted out;
  const auto names = files.list(folder);
  if (!names) {
    out.mistakes.push_back(describe(names.error()));
    return out;
  }
  std::vector<std::pair<std::string, std::string>> used;  // where, and the id
  for (const std::string& name : *names) {
    if (!name.ends_with(".json") || name.starts_with('.')) continue;  // "._x.json" is what a Mac leaves beside x.json
    const std::string path = (folder / name).string();
    auto text = files.read(path);
    if (!text || !*text) {
      out.mistakes.push_back(fmt::format("{}: {}", path, text ? "it cannot be read" : describe(text.error())));
      continue;
    }
    const auto definition = loadDefinition(**text, path);
    if (!definition) {
      const auto mistakes = splitList(definition.error().what, "\n");
      noteBroken(path, **text, mistakes.front());
      out.mistakes.insert(out.mistakes.end(), mistakes.begin(), mistakes.end());
      continue;
    }
    if (nativeDescription(definition->id)) {
      out.mistakes.push_back(
          fmt::format("{}: /id: {} is no definition and cannot be replaced by one", path, definition->id));
      continue;
    }
    if (const auto reached = reachesFor(*definition, taken); !reached.empty()) {
      noteBroken(path, **text, fmt::format("{}: {}", path, reached.front()));
      for (const std::string& mistake : reached) out.mistakes.push_back(fmt::format("{}: {}", path, mistake));
      continue;
    }
    for (std::size_t i = 0; i < definition->credentials.size(); ++i)
      used.emplace_back(fmt::format("{}: /credentials/{}/use", path, i), definition->credentials[i].use);
    known().broken.erase(definition->id);
    const auto [place, is_new] =
        known().mounted.try_emplace(definition->id, path, std::move(**text), describeDefinition(*definition));
    if (is_new) {
      ++out.loaded;
      out.news.push_back(isShipped(definition->id)
                             ? fmt::format("{} replaces the definition of {} that ships", path, definition->id)
                             : fmt::format("{} adds {} ({})", path, definition->id, excerpt(definition->name, 60)));
    } else {
      out.mistakes.push_back(fmt::format("{}: /id: {} is defined by {} already", path, definition->id, place->second.file));
    }
  }
  for (const auto& [where, id] : used) {
    if (!id.empty() && textOf(id).empty()) out.mistakes.push_back(fmt::format("{}: there is no definition {}", where, id));
  }
  return out;
}

}  // namespace sidecert::dns::providers
