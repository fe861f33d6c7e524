#include "config/read_providers.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace sidecert::config {
namespace {

/// As dns::providers::find: by id, else by alias, else by id without "dns_".
const KnownProvider* findProvider(const Vocabulary& vocabulary, std::string_view word) {
  const auto first = [&](const auto& fits) -> const KnownProvider* {
    const auto found = std::ranges::find_if(vocabulary.providers, fits);
    return found == vocabulary.providers.end() ? nullptr : &*found;
  };
  if (const auto* found = first([&](const KnownProvider& one) { return equalsIgnoringCase(one.id, word); })) return found;
  const auto is_called = [&](const std::string& alias) { return equalsIgnoringCase(alias, word); };
  if (const auto* found = first([&](const KnownProvider& one) { return std::ranges::any_of(one.aliases, is_called); }))
    return found;
  return first([&](const KnownProvider& one) { return equalsIgnoringCase(one.id, "dns_" + std::string(word)); });
}

std::string suggestProvider(const Vocabulary& vocabulary, std::string_view word) {
  const KnownProvider* best = nullptr;
  std::size_t least = 4;
  for (const KnownProvider& provider : vocabulary.providers) {
    const std::size_t d = std::min(editDistance(provider.id, lower(word)), editDistance(provider.id, "dns_" + lower(word)));
    if (d < least) {
      least = d;
      best = &provider;
    }
  }
  return best != nullptr ? fmt::format("; did you mean {}?", best->id) : "; `sidecert providers` lists all";
}

/// By acme.sh's name, else by another program's.
std::optional<Secret> valueOf(Reader& reader, const KnownProvider& provider, const std::string& name) {
  if (auto value = reader.value(name); value && !value->empty()) return value;
  const auto also = provider.also.find(name);
  if (also == provider.also.end()) return std::nullopt;
  for (const std::string& other : also->second) {
    if (auto value = reader.value(other); value && !value->empty()) return value;
  }
  return std::nullopt;
}

}  // namespace

void readProviders(Reader& reader, const Vocabulary& vocabulary, CertificateSettings& certificate) {
  const std::vector<std::string> choices = reader.list(variables::kDns);
  if (choices.empty() && certificate.challenge != ChallengeKind::DnsPersist01)
    reader.fault(variables::kDns,
                 "is not set; name the DNS provider of your domain, for example dns_cf (see `sidecert providers`)");
  for (const std::string& choice : choices) {
    const std::size_t equals = choice.find('=');
    const std::string word = equals == std::string::npos ? choice : choice.substr(equals + 1);
    const KnownProvider* provider = findProvider(vocabulary, word);
    if (provider == nullptr) {
      reader.fault(variables::kDns,
                   fmt::format("there is no provider '{}'{}", excerpt(word, 60), suggestProvider(vocabulary, word)));
      continue;
    }
    if (!provider->mistake.empty()) {
      reader.fault(variables::kDns, fmt::format("the definition of {} has a mistake: {}", provider->id, provider->mistake));
      continue;
    }
    ProviderChoice chosen{.zone = {}, .provider = provider->id};
    if (equals != std::string::npos) {
      auto zone = vocabulary.to_ascii(choice.substr(0, equals));
      if (!zone) {
        reader.fault(variables::kDns,
                     fmt::format("'{}' is no zone: {}", excerpt(choice.substr(0, equals), 80), zone.error().what));
        continue;
      }
      chosen.zone = *zone;
    }
    for (const std::string& name : provider->variables) {
      if (auto value = valueOf(reader, *provider, name)) certificate.provider_variables.insert_or_assign(name, *value);
    }
    certificate.providers.push_back(std::move(chosen));
  }
}

}  // namespace sidecert::config
