// The DNS providers this binary knows, by acme.sh's ids; lego's names are accepted as aliases.
#pragma once

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
};

struct Description {
  std::string id;     // dns_nsupdate
  std::string title;  // RFC 2136 update
  std::vector<std::string> aliases;
  std::vector<Variable> variables;
  std::vector<std::vector<std::string>> credential_sets;  // variables that suffice together, best first
  std::string rights;                                     // the least privilege that suffices
  std::string keys_at;                                    // where the owner gets the credentials
  std::string docs;                                       // the vendor's page
  std::string note;
};

/// All of them, sorted by id.
[[nodiscard]] const std::vector<Description>& catalogue();

/// By id, alias, or id without "dns_"; case ignored. Null when unknown.
[[nodiscard]] const Description* find(std::string_view id);

/// @returns Settings naming every missing or wrong variable.
[[nodiscard]] Result<std::unique_ptr<Provider>> make(const Description&, const config::ProviderVariables&, Resolver&, Ports);

/// Definitions an owner mounted: every *.json in the folder joins the catalogue; one with a shipped id takes its place.
/// Call it before anything else here and before other threads start.
/// @returns Settings with a line per mistake: file, JSON pointer, what was expected. Good files count all the same.
[[nodiscard]] Result<> loadMounted(FileSystem&, const Path& folder);

}  // namespace sidecert::dns::providers
