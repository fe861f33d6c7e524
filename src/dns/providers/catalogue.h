// The DNS providers this binary knows, by acme.sh's ids; lego's names are accepted as aliases.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/ports.h"
#include "base/result.h"
#include "config/settings.h"
#include "dns/provider.h"
#include "dns/resolver.h"

namespace sidecert::dns::providers {

struct Variable {
  std::string name;
  std::string meaning;
  std::string fallback;
  bool secret = false;
  bool path = false;                   // of a file whose content is used
  std::vector<std::string> also = {};  // other programs' names for it
};

struct Description {
  std::string id;     // dns_nsupdate
  std::string title;  // RFC 2136 update
  std::vector<std::string> aliases = {};
  std::vector<Variable> variables = {};
  std::vector<std::vector<std::string>> credential_sets = {};  // variables that suffice together, in words, best first
  std::string rights = {};                                     // the least privilege that suffices
  std::string keys_at = {};                                    // where the owner gets the credentials
  std::string docs = {};                                       // the vendor's page
  std::string verified = {};                                   // against what it was checked
  std::string note = {};
  std::string unusable = {};  // why nobody can use it from here; empty for nearly all
  std::string instead = {};   // what to use then
};

/// What is known of a provider without reading its definition.
struct Entry {
  std::string id;
  std::string title;
  std::vector<std::string> aliases;
  std::vector<std::string> variables;                                 // names
  std::map<std::string, std::vector<std::string>, std::less<>> also;  // other programs' names of some of them
  std::string file;     // where an owner's definition came from; empty for what ships
  std::string mistake;  // why that definition cannot be used: its file and first mistake; else empty
};

/// All of them, sorted by id. Parses nothing.
[[nodiscard]] const std::vector<Entry>& catalogue();

/// By id, else by alias, else by id without "dns_"; case ignored. Null when unknown, and where the owner's definition has
/// mistakes.
[[nodiscard]] const Description* find(std::string_view id);

/// @returns Settings naming every missing or wrong variable.
[[nodiscard]] Result<std::unique_ptr<Provider>> make(const Description&, const config::ProviderVariables&, Resolver&, Ports);

struct Mounted {
  std::size_t loaded = 0;
  std::vector<std::string> mistakes;  // file, JSON pointer, what was expected; such a file is passed over
  std::vector<std::string> news;      // what was added, and what of ours it replaces
};

/// Definitions an owner mounted: every *.json in the folder joins the catalogue; one with a shipped id takes its place.
/// A folder that is not there holds nothing. A file with mistakes stops nobody but its own provider, whose entry names the
/// first of them: it takes the place of a shipped one too, which the owner does not want. What an earlier call loaded is
/// forgotten. Call it before anything else here and before other threads start.
/// @param data  the data folder: no file below it, nor below /proc and /sys, is read for a variable of a definition
[[nodiscard]] Mounted loadMounted(FileSystem&, const Path& folder, const Path& data);

}  // namespace sidecert::dns::providers
