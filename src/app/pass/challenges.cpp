#include "app/pass/challenges.h"

#include <fmt/format.h>

#include <algorithm>

#include "acme/challenge_names.h"
#include "base/encoding.h"
#include "crypto/digest.h"
#include "dns/name.h"
#include "dns/preflight.h"
#include "dns/providers/catalogue.h"
#include "dns/standing.h"
#include "state/document.h"

namespace sidecert::app {

using state::Json;

Result<dns::Provider*> Providers::of(const std::string& name) {
  const config::ProviderChoice* best = nullptr;
  for (const config::ProviderChoice& choice : settings_.providers) {
    if (!choice.zone.empty() && !dns::isWithin(name, choice.zone)) continue;
    if (best == nullptr || choice.zone.size() > best->zone.size()) best = &choice;
  }
  if (best == nullptr)
    return fail(ErrorCode::Settings, fmt::format("no DNS provider is set for {}", name),
                "add its zone to ACME_DNS as zone=provider, or name one provider without a zone");
  std::unique_ptr<dns::Provider>& made = made_[best->provider];
  if (made == nullptr) {
    const dns::providers::Description* description = dns::providers::find(best->provider);
    if (description == nullptr)
      return fail(ErrorCode::Settings, fmt::format("there is no DNS provider {}", best->provider), "check ACME_DNS");
    auto provider = dns::providers::make(*description, settings_.provider_variables, resolver_, ports_);
    if (!provider) return std::unexpected(provider.error());
    made = std::move(*provider);
  }
  return made.get();
}

namespace {

// Let's Encrypt's resolvers keep nothing for longer.
constexpr std::chrono::seconds kLongestCached{60};
constexpr std::size_t kDigestOctets = 32;

std::vector<dns::TxtRecord> wishesOf(std::span<const acme::ChallengeRecord> records) {
  std::vector<dns::TxtRecord> wished;
  for (const acme::ChallengeRecord& record : records) wished.push_back({.name = record.name, .value = record.value});
  return wished;
}

dns::PublishOptions publishOptions(const config::CertificateSettings& settings) {
  return {.challenge_alias = settings.challenge_alias,
          .domain_alias = settings.domain_alias,
          .domains = settings.alias_domains,
          .fixed_wait = settings.dns_sleep,
          .limit = settings.dns_timeout,
          .slow_providers_take_longer = settings.slow_providers_take_longer};
}

}  // namespace

std::vector<acme::ChallengeRecord> probesFor(const std::vector<std::string>& names) {
  std::vector<acme::ChallengeRecord> probes;
  for (const std::string& name : names) {
    const std::string identifier = name.starts_with("*.") ? name.substr(2) : name;
    if (std::ranges::contains(probes, identifier, &acme::ChallengeRecord::identifier)) continue;
    probes.push_back({.identifier = identifier,
                      .name = acme::dns01Name(identifier),
                      .value = base64Url(crypto::randomOctets(kDigestOctets))});
  }
  return probes;
}

Challenges::Challenges(const config::CertificateSettings& settings, Memory memory, dns::Resolver& resolver,
                       const Ports& ports)
    : Challenges(settings, std::move(memory), settings.title(), resolver, ports) {}

Challenges::Challenges(const config::CertificateSettings& settings, Memory memory, const std::string& title,
                       dns::Resolver& resolver, const Ports& ports)
    : memory_(std::move(memory)),
      list_key_(certificateKey(title, "txt")),
      resolver_(resolver),
      ports_(ports),
      providers_(settings, resolver, ports),
      publisher_(
          resolver, [this](const std::string& name) { return providers_.of(name); }, publishOptions(settings), ports) {}

Result<std::vector<acme::ChallengeRecord>> Challenges::publish(std::span<const acme::ChallengeRecord> records) {
  const Effort effort = ports_.effort();
  const auto places = publisher_.place(wishesOf(records), effort);
  if (!places) return std::unexpected(places.error());
  const auto placements = publisher_.together(*places, effort);
  if (!placements) return std::unexpected(placements.error());
  auto all = listed();
  if (!all) return std::unexpected(all.error());
  all->insert(all->end(), placements->begin(), placements->end());
  std::ranges::sort(*all);
  const auto doubled = std::ranges::unique(*all);
  all->erase(doubled.begin(), doubled.end());
  if (auto saved = list(*all); !saved) return within("noting the TXT records to be added", saved.error());
  if (auto added = publisher_.add(*placements, effort); !added) return std::unexpected(added.error());
  const auto ttl = publisher_.awaitVisible(*placements, effort);
  if (!ttl) return std::unexpected(ttl.error());
  if (auto forgotten = letCachesForget(); !forgotten) return std::unexpected(forgotten.error());
  std::vector<acme::ChallengeRecord> standing;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (std::ranges::contains(*placements, (*places)[i])) standing.push_back(records[i]);
  }
  const bool in_turn = standing.size() < records.size();
  ttl_ = in_turn ? std::min(*ttl, kLongestCached) : std::chrono::seconds(0);
  if (in_turn)
    ports_.log.info("the DNS provider keeps {} of {} values at the same time: the names are validated in turn",
                    standing.size(), records.size());
  return standing;
}

// The CA looked at these names a moment ago, and its resolver may still know what they were then.
Result<> Challenges::letCachesForget() {
  const Duration left = forgotten_ ? *forgotten_ - ports_.clock.monotonic() : Duration::zero();
  forgotten_.reset();
  if (left <= Duration::zero()) return {};
  ports_.log.info("waiting {} more, until nobody remembers the values of the turn before", toWords(left));
  return ports_.effort().pause(left, "waiting for caches");
}

Result<> Challenges::beforeOrder(const acme::OrderIntent& intent) {
  const std::vector<Error> troubles = dns::preflight(
      resolver_, intent.names,
      {.issuers = intent.caa_identities, .validation_method = intent.challenge, .account_url = intent.account},
      ports_.effort());
  std::optional<Error> certain;
  for (const Error& trouble : troubles) {
    if (trouble.code != ErrorCode::Refused) {
      ports_.log.info("{}", describe(trouble));
    } else if (!certain) {
      certain = trouble;
    } else {
      certain->what += "; " + trouble.what;
      if (!certain->hint.contains(trouble.hint)) certain->hint += "; " + trouble.hint;
    }
  }
  if (certain) return within("looking ahead, before an order is placed", *certain);
  return {};
}

Result<std::vector<std::vector<std::string>>> Challenges::standing(const std::string& name) {
  return dns::standingTxt(resolver_, name, ports_.effort(), ports_);
}

Result<> Challenges::look(const std::vector<std::string>& names) {
  const auto places = publisher_.place(wishesOf(probesFor(names)), ports_.effort());
  if (!places) return std::unexpected(places.error());
  return publisher_.look(*places, ports_.effort());
}

void Challenges::withdraw() {
  withdrawListed();
  forgotten_ = ports_.clock.monotonic() + ttl_;
}

void Challenges::withdrawLeftovers() {
  withdrawListed();
}

bool Challenges::anythingLeft() {
  const auto placements = listed();
  return !placements || !placements->empty();
}

void Challenges::withdrawListed() {
  auto placements = listed();
  if (!placements) {
    ports_.log.warning("the list of TXT records to remove cannot be read: {}", describe(placements.error()));
    return;
  }
  if (placements->empty()) return;
  if (auto withdrawn = publisher_.withdraw(*placements); !withdrawn) {
    ports_.log.warning("TXT records could not be removed; the next pass tries again: {}", describe(withdrawn.error()));
    return;
  }
  if (auto saved = list({}); !saved)
    ports_.log.warning("the TXT records are removed, but that could not be noted: {}", describe(saved.error()));
}

Result<std::vector<dns::Placement>> Challenges::listed() {
  auto document = state::read(*memory_.store, list_key_);
  if (!document) return std::unexpected(document.error());
  std::vector<dns::Placement> placements;
  if (!*document) return placements;
  const Json items = state::array(**document, "records");
  for (const Json& item : items) {
    placements.push_back({.record = {.name = state::text(item, "name"), .value = state::text(item, "value")},
                          .zone = state::text(item, "zone")});
  }
  return placements;
}

Result<> Challenges::list(const std::vector<dns::Placement>& placements) {
  if (placements.empty()) return state::erase(*memory_.store, list_key_);
  Json items = Json::array();
  for (const dns::Placement& placement : placements)
    items.push_back({{"name", placement.record.name}, {"value", placement.record.value}, {"zone", placement.zone}});
  return state::write(*memory_.store, list_key_, Json{{"records", items}});
}

}  // namespace sidecert::app
