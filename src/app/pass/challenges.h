// The bridge from the ACME client's wishes to DNS: which provider writes where, and a list on disk of every TXT record that
// may be standing in somebody's zone because of us. The list is written before a record is added and shrinks only when its
// removal succeeded, so the next start after a kill takes away what the dead run left.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "acme/issuance.h"
#include "app/memory/memory.h"
#include "base/ports.h"
#include "config/settings.h"
#include "dns/provider.h"
#include "dns/publisher.h"
#include "dns/resolver.h"

namespace sidecert::app {

/// The providers of one certificate, made when first needed.
class Providers {
 public:
  Providers(const config::CertificateSettings& settings, dns::Resolver& resolver, Ports ports)
      : settings_(settings), resolver_(resolver), ports_(std::move(ports)) {}

  /// The one for the longest zone that holds `name`, else the one without a zone.
  [[nodiscard]] Result<dns::Provider*> of(const std::string& name);

 private:
  const config::CertificateSettings& settings_;
  dns::Resolver& resolver_;
  Ports ports_;
  std::map<std::string, std::unique_ptr<dns::Provider>> made_;
};

/// Records such as an order for these names would have, one for each name to be looked at, with values that stand nowhere:
/// to try out or to look with.
[[nodiscard]] std::vector<acme::ChallengeRecord> probesFor(const std::vector<std::string>& names);

class Challenges final : public acme::ChallengePublisher {
 public:
  Challenges(const config::CertificateSettings&, Memory, dns::Resolver&, const Ports&);
  /// The records that another certificate, which is not wanted any more, may have left.
  Challenges(const config::CertificateSettings&, Memory, const std::string& title, dns::Resolver&, const Ports&);

  [[nodiscard]] Result<std::vector<acme::ChallengeRecord>> publish(std::span<const acme::ChallengeRecord>) override;
  void withdraw() override;
  /// CAA and DNSSEC: what is certain to make the CA refuse stops the order, what could not be looked up is noted.
  [[nodiscard]] Result<> beforeOrder(const acme::OrderIntent&) override;
  [[nodiscard]] Result<std::vector<std::vector<std::string>>> standing(const std::string& name) override;

  /// Whether the DNS providers would take the records of an order for these names, as far as that shows without a change.
  [[nodiscard]] Result<> look(const std::vector<std::string>& names);

  /// Removes what an earlier run left. A failure is a warning: it is tried again at the next pass.
  void withdrawLeftovers();

  /// Whether a record of ours may still be standing in DNS.
  [[nodiscard]] bool anythingLeft();

 private:
  [[nodiscard]] Result<> letCachesForget();
  [[nodiscard]] Result<std::vector<dns::Placement>> listed();
  [[nodiscard]] Result<> list(const std::vector<dns::Placement>&);
  void withdrawListed();

  Memory memory_;
  std::string list_key_;
  dns::Resolver& resolver_;
  Ports ports_;
  Providers providers_;
  dns::Publisher publisher_;
  // Of the turn before, when the records are published in turn.
  std::chrono::seconds ttl_{0};
  std::optional<Duration> forgotten_;  // monotonic
};

}  // namespace sidecert::app
