// Challenge records from wish to worldwide visibility: find where each is written, let the provider add them, watch every
// authoritative server until all have all, and take them away again by value.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/ports.h"
#include "base/result.h"
#include "dns/propagation.h"
#include "dns/provider.h"
#include "dns/public_view.h"
#include "dns/resolver.h"
#include "dns/zone.h"

namespace sidecert::dns {

/// The provider responsible for a name to be written at (several providers may share one order).
using ProviderFor = std::function<Result<Provider*>(const std::string& name)>;

struct PublishOptions {
  std::string challenge_alias;       // acme.sh: write at _acme-challenge.<alias> instead
  std::string domain_alias;          // acme.sh: write at <alias> itself instead
  std::vector<std::string> domains;  // the order's names: the n-th entry of an alias list is for the n-th of them
  std::optional<std::chrono::seconds> fixed_wait;  // ACME_DNSSLEEP: wait this long and look at nothing
  std::chrono::seconds limit;                      // ACME_DNS_TIMEOUT: how long the records may take to be seen everywhere
  bool slow_providers_take_longer = false;  // the limit is the usual one: a provider known to publish slowly has its own
};

/// Where a record really goes. Kept by the caller before `add`, so that a killed run's records can be removed later.
struct Placement {
  TxtRecord record;  // name after aliases and CNAMEs
  std::string zone;
  auto operator<=>(const Placement&) const = default;
};

inline constexpr std::chrono::seconds kUnknownTtl{3600};

/// How long records are taken away after a stop was requested; compose/sidecert.yaml gives the container a little more.
inline constexpr Duration kCleanUpLimit{30'000};
/// The same for a provider that was silent when the stop came: what it does not take away by then is left to the next start.
inline constexpr Duration kSilentCleanUpLimit{500};

class Publisher {
 public:
  Publisher(Resolver& resolver, ProviderFor provider_for, PublishOptions options, Ports ports)
      : resolver_(resolver),
        provider_for_(std::move(provider_for)),
        options_(std::move(options)),
        ports_(std::move(ports)),
        zones_(resolver, ports_.http, ports_.log) {}

  /// Resolves aliases, CNAMEs and zone cuts. Touches nothing. @returns one placement for each wish.
  [[nodiscard]] Result<std::vector<Placement>> place(std::span<const TxtRecord> wished, const Effort&);

  /// As many of these as their providers can keep at the same time, the first of them included.
  [[nodiscard]] Result<std::vector<Placement>> together(std::span<const Placement>, const Effort&);

  /// Adds them, one call per zone. On failure whatever was added is still there: call withdraw.
  [[nodiscard]] Result<> add(std::span<const Placement>, const Effort&);

  /// Returns once every address of every authoritative server answers with every value.
  /// @returns how long a cache may keep them (kUnknownTtl with a fixed wait); Refused naming the servers still missing what,
  /// after the limit.
  [[nodiscard]] Result<std::chrono::seconds> awaitVisible(std::span<const Placement>, const Effort&);

  /// Whether their providers would take them, as far as that shows without changing anything (Provider::look).
  [[nodiscard]] Result<> look(std::span<const Placement>, const Effort&);

  /// Removes them by value. Tries all of them before it reports the first failure. An effort of its own, because this is
  /// done when everything else was stopped: kCleanUpLimit from the moment a stop was requested, kSilentCleanUpLimit for a
  /// provider that is silent.
  [[nodiscard]] Result<> withdraw(std::span<const Placement>);

 private:
  struct Written;

  void checkAliases(std::span<const Written>, const Effort&);
  void compareViews(const std::vector<Placement>&, const Effort&);
  [[nodiscard]] std::vector<NameServer> whereToLook(const WatchedZone&, const Effort&);
  [[nodiscard]] Error explained(Error, const std::string& zone, const std::string& name, const Effort&);

  Resolver& resolver_;
  ProviderFor provider_for_;
  PublishOptions options_;
  Ports ports_;
  ZoneFinder zones_;
  std::map<std::string, PublicView> views_;  // by zone, where this network's view is suspected to be one of its own
};

}  // namespace sidecert::dns
