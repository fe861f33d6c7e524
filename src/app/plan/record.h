// What is remembered of one certificate: the separate facts *ordered*, *issued*, *deployed (per NAS)* and *verified*, each
// with its own attempts. What is saved is what `status` and `health` show.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "acme/renewal_info.h"
#include "base/clock.h"
#include "base/result.h"
#include "config/settings.h"
#include "dsm/sighting.h"

namespace sidecert::app {

/// Tries of one thing and when the next may be made. Survives restarts; reset by success or by settings that changed.
struct Attempts {
  int failures = 0;               // in a row
  std::optional<TimePoint> next;  // not before this
  std::optional<TimePoint> last_success;
  std::optional<TimePoint> last_failure;
  std::optional<Error> last_error;  // stays until the next success
  std::string settings;             // digest of what the outcome depends on
};

struct Renewal {
  std::optional<acme::RenewalWindow> window;  // the CA's advice, when it gives any
  std::optional<TimePoint> at;                // drawn once per window, kept while the window stands
  std::optional<TimePoint> ask_again;         // when to ask the CA for its advice again
};

struct Target {
  std::string certificate_id;  // DSM's
  std::string sha256;          // of the leaf last seen there as ours
  std::optional<TimePoint> deployed;
  std::optional<TimePoint> verified;  // seen served
  dsm::Proof proof = dsm::Proof::NotReachable;
  std::string proof_detail;
  std::vector<std::string> services;   // display names
  std::vector<std::string> not_moved;  // services SYNO_SERVICES asked for that stayed where they were
  std::vector<dsm::Holder> holders;    // which certificate of that DSM is used by what
  std::optional<TimePoint> check;      // when to look again whether DSM still lists and serves it
  Attempts attempts;
};

struct Record {
  std::string label;               // of CERT_<LABEL>_…, by which the certificate is known; empty: by its names
  std::string leaf;                // SHA-256 of the certificate that `names` and `renewal` are about
  std::vector<std::string> names;  // as they were ordered; a CA may add some of its own to the certificate
  std::string directory;           // of the CA that issued the current certificate
  std::string account;
  std::string profile;
  std::optional<TimePoint> issued;
  std::optional<TimePoint> revoked;  // the certificate `leaf` was taken back at its CA
  Renewal renewal;
  Attempts issuing;
  Attempts dns;  // looks whether the DNS providers would still take an order's records; `next` also after a success
  std::map<std::string, Target> targets;  // by targetKey
};

/// By what a NAS is known: its label in lower case, else "host:port".
[[nodiscard]] std::string targetKey(const config::NasSettings&);

}  // namespace sidecert::app
