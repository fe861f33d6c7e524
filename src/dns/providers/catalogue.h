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
};

/// All of them, sorted by id.
[[nodiscard]] const std::vector<Description>& catalogue();

/// By id, alias, or id without "dns_"; case ignored. Null when unknown.
[[nodiscard]] const Description* find(std::string_view id);

/// @returns Settings naming every missing or wrong variable.
[[nodiscard]] Result<std::unique_ptr<Provider>> make(const Description&, const config::ProviderVariables&, Resolver&, Ports);

}  // namespace sidecert::dns::providers
