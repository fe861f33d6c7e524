// One certificate to one DSM, to the point where it is proved: discover, log in, list, choose, import, re-list, assign
// services, look at what DSM serves, log out. `docs/dsm.md` tells an owner what each failure means.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/ports.h"
#include "base/result.h"
#include "base/secret.h"
#include "config/settings.h"
#include "crypto/x509.h"
#include "dsm/sighting.h"

namespace sidecert::dsm {

/// What is sent. Checked before a byte leaves: key fits leaf, chain links, dates, nothing empty. DSM gets the leaf and the
/// chain written anew from what was read, so stray blank lines or a leaf repeated in the chain do no harm.
struct Material {
  crypto::Certificate leaf;
  std::string leaf_pem;
  std::string chain_pem;  // intermediates, issuer of the leaf first; may be empty
  Secret key_pem;
};

/// Where a TLS handshake is tried.
struct Endpoint {
  std::string host;  // what to connect to
  std::uint16_t port = 0;
  std::string server_name;                  // SNI; empty: none
  [[nodiscard]] std::string words() const;  // host:port, with the name where there is one
};

/// What is remembered of one DSM between runs. Owned and stored by the caller after every call, failed ones included, and by
/// `writeDown` before DSM is asked for what cannot be taken back and after it gave what must not be lost.
struct TargetState {
  std::string certificate_id;  // DSM's id of the entry that is ours
  Secret device_token;
  std::string pinned_sha256;  // leaf of a DSM on another host, as last verified against the trust store
  std::string otp_code_used;  // SHA-256 of the SYNO_OTP_CODE already spent

  std::optional<std::string> certificate_wanted;  // SYNO_CERTIFICATE when certificate_id was chosen
  std::vector<std::string> our_leaves;            // SHA-256 of leaves we imported, newest first
  std::string repaired_leaf;                      // the leaf that was imported once more because DSM served another
  std::optional<TimePoint> repaired;              // when
  Endpoint served_at;                             // where our leaf was last seen; no host: nowhere
  std::string device_id_seen;                     // SHA-256 of the SYNO_DEVICE_ID that device_token came from
  std::int64_t totp_step_used = 0;                // RFC 6238 step of the last code sent; DSM takes each code once
  std::optional<TimePoint> token_proved;          // when the device token was last accepted

  // A refused login is not repeated with the same credentials before `refused_until`.
  std::string refused_credentials;  // SHA-256
  int refused_code = 0;
  std::optional<TimePoint> refused_until;

  std::string importing;  // SHA-256 of the leaf whose import was about to be sent; empty once its fate is known
  std::optional<TimePoint> importing_since;

  // Of SYNO_SERVICES and SYNO_AS_DEFAULT, so that a visit at which nothing changed on our side changes nothing in DSM.
  std::string inherit_from;  // id of the entry whose services a new entry takes over; empty once that is done
  std::string arranged;      // entry, SHA-256 of the leaf, and settings for which they were last carried out

  std::function<Result<>(const TargetState&)> keep;  // the caller's way to disk; empty: after the call is enough
  [[nodiscard]] Result<> writeDown() const { return keep ? keep(*this) : Result<>(); }
};

struct Service {
  std::string display_name;
  std::string subscriber;
  std::string service;
};

/// How long after a visit that ended in NotServedYet the next should be made.
inline constexpr std::chrono::hours kRepairAfter{1};

/// What one reverse-proxy host shows.
struct HostProof {
  std::string host;
  Proof proof = Proof::NotReachable;
  std::string detail;
};

struct Deployment {
  std::string certificate_id;
  std::string description;
  bool imported = false;  // false: DSM had it already
  bool created = false;
  Proof proof = Proof::NotReachable;
  std::string proof_detail;  // what was seen where; with another proof than Served also what mends it
  std::vector<Service> services;
  std::vector<Holder> holders;         // every certificate that something uses, ours included
  std::vector<HostProof> hosts;        // reverse-proxy hosts on this certificate whose names it covers
  std::vector<std::string> moved;      // services assigned to it in this run
  std::vector<std::string> not_moved;  // services that were asked for and stayed where they were
  std::vector<std::string> warnings;   // what an owner should know though the deployment succeeded
};

/// The certificate on one DSM. Logs out whatever happens.
[[nodiscard]] Result<Deployment> deploy(const config::NasSettings&, TargetState&, const Material&, const Ports&);

/// The owner asks by hand (or has mended something in DSM): the next login is tried even inside its hold.
void forgetRefusal(TargetState&);

}  // namespace sidecert::dsm
