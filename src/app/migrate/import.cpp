#include "app/migrate/import.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "acme/known_cas.h"
#include "base/text.h"
#include "config/settings.h"
#include "config/variables.h"
#include "dns/name.h"
#include "dns/providers/catalogue.h"

namespace sidecert::app {
namespace {

using acme_sh::Certificate;
using acme_sh::directoryOf;
using acme_sh::Home;
using acme_sh::savedIn;

struct Value {
  Secret value;
  bool secret = false;
};
/// Of one certificate: variable → value, in the order they should be printed.
using Values = std::vector<std::pair<std::string, Value>>;

constexpr std::array<std::string_view, 4> kHooks{"Le_PreHook", "Le_PostHook", "Le_RenewHook", "Le_ReloadCmd"};

std::string serverName(const std::string& directory) {
  const acme::KnownCa* known = acme::findKnownCa(directory);
  return known != nullptr ? std::string(known->short_name) : directory;
}

class Translation {
 public:
  Translation(const Home& home, const Certificate& certificate, std::vector<std::string>& notes)
      : home_(home), certificate_(certificate), notes_(notes) {}

  Values run() {
    put("ACME_DOMAINS", join(certificate_.names(), ","));
    keyLength();
    account();
    put("ACME_PREFERRED_CHAIN", certificate_.text("Le_Preferred_Chain"));
    provider();
    aliases();
    put("ACME_DNSSLEEP", certificate_.text("Le_DNSSleep"));
    dsm();
    remarks();
    return std::move(values_);
  }

 private:
  void put(std::string name, std::string value, bool secret = false) {
    // A line break would end the line and begin another variable, which the owner would paste unseen.
    if (printable(value) != value)
      return note(fmt::format("the value of {} holds control characters and is left out", name));
    if (!value.empty()) values_.emplace_back(std::move(name), Value{.value = Secret(std::move(value)), .secret = secret});
  }
  void note(std::string text) { notes_.push_back(certificate_.domain + ": " + std::move(text)); }

  void keyLength() {
    std::string length = certificate_.text("Le_Keylength");
    if (length.empty()) length = "2048";
    static constexpr std::array<std::string_view, 5> kKnown{"ec-256", "ec-384", "2048", "3072", "4096"};
    if (std::ranges::contains(kKnown, length)) return put("ACME_KEYLENGTH", length);
    note(fmt::format("a key of kind {} is not offered; ACME_KEYLENGTH is left at its default", excerpt(length, 20)));
  }

  void account() {
    const std::string directory = directoryOf(home_, certificate_);
    if (!directory.empty()) put("ACME_SERVER", serverName(directory));
    std::string email;
    if (const auto saved = savedIn(home_.configuration, "ACCOUNT_EMAIL")) email = saved->reveal();
    for (const acme_sh::Account& account : home_.accounts) {
      if (!directory.contains("//" + account.host + "/")) continue;
      if (const auto own = account.configuration.find("CA_EMAIL"); own != account.configuration.end())
        email = own->second.reveal();
      if (const auto kid = savedIn(account.configuration, "CA_EAB_KEY_ID")) put("ACME_EAB_KID", kid->reveal());
      if (const auto mac = savedIn(account.configuration, "CA_EAB_HMAC_KEY")) put("ACME_EAB_HMAC_KEY", mac->reveal(), true);
    }
    put("ACME_EMAIL", email);
  }

  void provider() {
    const std::vector<std::string> methods = splitList(certificate_.text("Le_Webroot"));
    const std::vector<std::string> names = certificate_.names();
    std::vector<std::string> providers, pairs;
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::string method = methods.empty() ? "" : methods[std::min(i, methods.size() - 1)];
      if (!method.starts_with("dns_")) {
        note(fmt::format("{} was validated by {}; Sidecert uses DNS only: set ACME_DNS to your DNS provider", names[i],
                         method.empty()            ? "other means"
                         : method.starts_with("/") ? "a web server's folder"
                                                   : method));
        continue;
      }
      const std::string base = names[i].starts_with("*.") ? names[i].substr(2) : names[i];
      if (!std::ranges::contains(providers, method)) providers.push_back(method);
      if (const std::string pair = fmt::format("{}={}", base, method); !std::ranges::contains(pairs, pair))
        pairs.push_back(pair);
    }
    put("ACME_DNS", providers.size() == 1 ? providers.front() : join(pairs, ","));
    for (const std::string& id : providers) providerVariables(id);
  }

  void providerVariables(const std::string& id) {
    const dns::providers::Description* known = dns::providers::find(id);
    if (known == nullptr) return note(fmt::format("there is no DNS provider {} here; `sidecert providers` lists all", id));
    for (const dns::providers::Variable& variable : known->variables) {
      auto value = certificate_.saved(variable.name);
      if (!value) value = savedIn(home_.configuration, variable.name);
      if (!value) continue;
      put(variable.name, value->reveal(), variable.secret);
      if (value->reveal().starts_with('/'))
        note(fmt::format("{} names the file {}; mount it into the container", variable.name, value->reveal()));
    }
  }

  void aliases() {
    std::vector<std::string> challenge, domain;
    for (const std::string& alias : splitList(certificate_.text("Le_ChallengeAlias"))) {
      if (alias == "no") continue;
      std::vector<std::string>& list = alias.starts_with('=') ? domain : challenge;
      const std::string name = alias.starts_with('=') ? alias.substr(1) : alias;
      if (!std::ranges::contains(list, name)) list.push_back(name);
    }
    put("ACME_CHALLENGE_ALIAS", join(challenge, ","));
    put("ACME_DOMAIN_ALIAS", join(domain, ","));
    if (challenge.size() + domain.size() > 1) note("several aliases were in use; check which name needs which");
  }

  void dsm() {
    const bool by_hook = certificate_.text("Le_DeployHook").contains("synology_dsm");
    const bool any = std::ranges::any_of(certificate_.configuration, [](const auto& entry) {
      return upper(entry.first).starts_with("SAVED_SYNO_") || upper(entry.first).starts_with("SYNO_");
    });
    if (!by_hook && !any) {
      if (const std::string hook = certificate_.text("Le_DeployHook"); !hook.empty())
        note(fmt::format("the deploy hook {} has no counterpart here", excerpt(hook, 60)));
      return;
    }
    for (const config::Variable* variable : config::registry()) {
      if (variable->scope != config::Scope::Nas) continue;
      auto value = lookUp(*variable);
      if (value) put(std::string(variable->name), value->reveal(), variable->secret);
    }
    if (const auto temporary = certificate_.saved("SYNO_USE_TEMP_ADMIN"); temporary && temporary->reveal() == "1")
      note("acme.sh made a temporary administrator (SYNO_USE_TEMP_ADMIN); make a lasting one and set SYNO_USERNAME");
  }

  std::optional<Secret> lookUp(const config::Variable& variable) const {
    std::vector<std::string> spellings{std::string(variable.name)};
    for (const std::string& older : splitList(variable.older)) spellings.push_back(older);
    for (const std::string& name : spellings) {
      if (auto value = certificate_.saved(name)) return value;
    }
    for (const std::string& name : spellings) {
      if (auto value = savedIn(home_.configuration, name)) return value;
    }
    return std::nullopt;
  }

  void remarks() {
    for (const std::string_view hook : kHooks) {
      if (!certificate_.text(std::string(hook)).empty())
        note(fmt::format("{} is not carried over: nothing found in the folder is ever run", hook));
    }
    if (certificate_.text("Le_ForceNewDomainKey") == "0")
      note(
          "acme.sh kept the certificate's key at renewal, Sidecert makes a new one; set ACME_REUSE_KEY=1 if something pins "
          "it");
  }

  const Home& home_;
  const Certificate& certificate_;
  std::vector<std::string>& notes_;
  Values values_;
};

/// HOME_EXAMPLE for "*.home.example".
std::string labelOf(std::string_view domain) {
  std::string label;
  for (const char c : upper(domain)) {
    const bool plain = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (plain) {
      label += c;
    } else if (!label.empty() && label.back() != '_') {
      label += '_';
    }
  }
  while (label.ends_with('_')) label.pop_back();
  return label;
}

bool sameEverywhere(const std::vector<Values>& all, const std::string& name, const Secret& value) {
  return std::ranges::all_of(all, [&](const Values& values) {
    return std::ranges::any_of(values,
                               [&](const auto& entry) { return entry.first == name && entry.second.value == value; });
  });
}

}  // namespace

ImportedSettings settingsOf(const Home& home) {
  ImportedSettings result;
  std::vector<Values> all;
  all.reserve(home.certificates.size());
  for (const Certificate& certificate : home.certificates) all.push_back(Translation(home, certificate, result.notes).run());
  std::set<std::string> shared;
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (const auto& [name, value] : all[i]) {
      const bool own = name == "ACME_DOMAINS" && all.size() > 1;
      if (!own && sameEverywhere(all, name, value.value)) {
        if (!shared.insert(name).second) continue;
        result.variables.push_back({.name = name, .value = value.value, .secret = value.secret});
      } else {
        result.variables.push_back({.name = fmt::format("CERT_{}_{}", labelOf(home.certificates[i].domain), name),
                                    .value = value.value,
                                    .secret = value.secret});
      }
    }
  }
  std::ranges::stable_partition(result.variables,
                                [](const ImportedVariable& variable) { return !variable.name.starts_with("CERT_"); });
  return result;
}

std::string environmentLine(const std::string& name, std::string_view value) {
  const bool plain = std::ranges::none_of(value, [](char c) {
    return c == '$' || c == '#' || c == '\'' || c == '"' || c == '\\' || c == ' ' || c == '\t' || c == '`';
  });
  if (plain || value.contains('\'')) return fmt::format("{}={}\n", name, value);
  return fmt::format("{}='{}'\n", name, value);
}

}  // namespace sidecert::app
