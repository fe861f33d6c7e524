// What is due for one certificate, and why: a pure function of what is known, what is wanted and the time. `run`, `status`
// and `health` all ask it, so they cannot disagree.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/record.h"
#include "config/settings.h"

namespace sidecert::app {

/// The certificate that lies in the folder.
struct Current {
  std::vector<std::string> names;
  TimePoint not_before, not_after;
  std::string sha256;
  std::string key_type;  // crypto::PrivateKey::typeText
};

struct Plan {
  bool order = false;
  std::string order_reason;         // why a certificate is due, whether or not it may be ordered now
  bool ask_advice = false;          // ask the CA when to renew
  std::vector<std::string> deploy;  // targets that should get or show the certificate now, by key
  TimePoint wake;                   // when something is due next; `now` when something is due already
  std::string wake_reason;
};

[[nodiscard]] Plan plan(const config::CertificateSettings&, const std::optional<Current>&, const Record&, TimePoint now);

/// What a failure does to the attempts: after 1, 10 and 100 minutes, then daily, or an eighth of what is left of the current
/// certificate when that is sooner; never before the server's own Retry-After, unless that reaches too near the expiry.
void recordFailure(Attempts&, const Error&, TimePoint now, std::optional<TimePoint> expires);
/// The same for a NAS. What only the owner can mend waits a day at once: repeating a refused password makes DSM block the
/// address it came from, which is the NAS's own.
void recordTargetFailure(Attempts&, const Error&, TimePoint now, TimePoint expires);
void recordSuccess(Attempts&, TimePoint now);

/// When the certificate is to be renewed without any advice of the CA. @param draw  in [0, 1): spreads renewals over an hour
[[nodiscard]] TimePoint localRenewal(const config::CertificateSettings&, const Current&, double draw);

[[nodiscard]] std::string keyTypeText(config::KeyLength);

/// Digest of the settings an outcome depends on. A change makes a fresh start of its attempts. Secrets go in as digests.
[[nodiscard]] std::string issuingDigest(const config::CertificateSettings&);
[[nodiscard]] std::string targetDigest(const config::NasSettings&);

}  // namespace sidecert::app
