// One certificate to one DSM, to the point where it is proved: discover, log in, list, choose, import, re-list, look at
// what DSM serves, log out. `docs/dsm.md` tells an owner what each failure means.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ports.h"
#include "base/result.h"
#include "base/secret.h"
#include "config/settings.h"
#include "crypto/x509.h"

namespace sidecert::dsm {

/// What is sent. Checked before a byte leaves: key fits leaf, chain links, dates, nothing empty.
struct Material {
  crypto::Certificate leaf;
  std::string leaf_pem;
  std::string chain_pem;  // intermediates, issuer of the leaf first; may be empty
  Secret key_pem;
};

/// What is remembered of one DSM between runs. Owned and stored by the caller after every call, failed ones included.
struct TargetState {
  std::string certificate_id;  // DSM's id of the entry that is ours
  Secret device_token;
  std::string pinned_sha256;   // first-use pin of a DSM reached over https by other means than loopback
  std::string otp_code_used;   // SHA-256 of the SYNO_OTP_CODE already spent
};

struct Service {
  std::string display_name;
  std::string subscriber;
  std::string service;
};

enum class Proof { Served, NotServedYet, NotReachable };

struct Deployment {
  std::string certificate_id;
  std::string description;
  bool imported = false;  // false: DSM had it already
  bool created = false;
  Proof proof = Proof::NotReachable;
  std::string proof_detail;  // why it is not Served, or where it was seen
  std::vector<Service> services;
};

/// The certificate on one DSM. Logs out whatever happens.
[[nodiscard]] Result<Deployment> deploy(const config::NasSettings&, TargetState&, const Material&, const Ports&);

}  // namespace sidecert::dsm
