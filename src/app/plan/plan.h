// What is due for one certificate, and why: a pure function of what is wanted, what is known, the time and a random draw.
// `run`, `status` and `health` all ask it, so they cannot disagree.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/plan/ledger.h"
#include "app/plan/record.h"
#include "config/settings.h"

namespace sidecert::app {

/// The certificate that lies in the folder.
struct Current {
  std::vector<std::string> names;
  TimePoint not_before, not_after;
  std::string sha256;
  std::string key_type;  // crypto::PrivateKey::typeText
};

/// The names as they go into an order: without those that a wildcard among them covers already.
[[nodiscard]] std::vector<std::string> namesToOrder(const config::CertificateSettings&);

struct Known {
  std::optional<Current> current;
  Record record;
  Ledger ledger;
};

struct Plan {
  bool order = false;
  std::string order_reason;  // why a certificate is due, whether or not it may be ordered now
  std::string held_reason;   // why it may not; empty when it may, or when nothing is due
  std::optional<TimePoint> held_until;
  bool ask_advice = false;          // ask the CA when to renew
  bool look_at_dns = false;         // look whether the DNS providers would still take the records of an order
  std::vector<std::string> deploy;  // targets that should get or show the certificate now, by key
  TimePoint wake;                   // when something is due next; `now` when something is due already
  std::string wake_reason;
  bool wake_to_order = false;  // what is due then is a first try for a new certificate
};

/// @param draw  in [0, 1): spreads a renewal time that nobody has chosen yet
[[nodiscard]] Plan plan(const config::CertificateSettings&, const Known&, TimePoint now, double draw);

/// When the certificate is to be renewed: as advised and chosen, but never with less than an eighth of its life left.
[[nodiscard]] TimePoint renewalTime(const config::CertificateSettings&, const Current&, const Record&, double draw);

/// What a failure does to the attempts: after 1, 10 and 100 minutes, then daily, or an eighth of what is left of the current
/// certificate when that is sooner; never before the server's own Retry-After, unless that reaches too near the expiry.
void recordFailure(Attempts&, const Error&, TimePoint now, std::optional<TimePoint> expires);
/// The same for whom Sidecert logs in to. What only the owner can mend waits a day at once: repeating a refused password
/// makes DSM block the address it came from, which is the NAS's own.
void recordVisitFailure(Attempts&, const Error&, TimePoint now, TimePoint expires);
void recordSuccess(Attempts&, TimePoint now);

/// Whether the DNS providers let us in was just seen: by a look, or by an order that went well.
void recordDnsSeen(Record&, const config::CertificateSettings&, TimePoint now);

/// When the certificate is to be renewed without any advice of the CA. @param draw  in [0, 1): spreads renewals over an hour
[[nodiscard]] TimePoint localRenewal(const config::CertificateSettings&, const Current&, double draw);

[[nodiscard]] std::string keyTypeText(config::KeyLength);

/// Digest of the settings an outcome depends on (config/basis.h). A change makes a fresh start of its attempts.
[[nodiscard]] std::string issuingDigest(const config::CertificateSettings&);
[[nodiscard]] std::string targetDigest(const config::NasSettings&);

}  // namespace sidecert::app
