// Logging in to DSM, with the second factor where there is one.
// Source: Synology's "DSM Login Web API Guide"; RFC 6238 for SYNO_TOTP_SECRET.
// DSM's auto-block counts refused logins and would bar the NAS's own address, so a refusal is final: for the run, and with
// the same credentials until its hold is over. The exceptions: a one-time code refused with 404 is tried once more with the
// next one, and 403 is answered once by another factor.
#pragma once

#include <optional>
#include <string>

#include "base/ports.h"
#include "config/settings.h"
#include "dsm/connection.h"
#include "dsm/deployment.h"
#include "dsm/discovery.h"

namespace sidecert::dsm {

struct DsmSession {
  std::string path;  // of SYNO.API.Auth, below /webapi/
  int version = 0;
  Secret id;
  Secret token;  // SynoToken; empty when DSM gave none
};

class Login {
 public:
  Login(const config::NasSettings&, TargetState&, const Ports&);

  /// The refusal that still holds for these credentials, if any. Asked before anything is sent.
  [[nodiscard]] std::optional<Error> held() const;

  /// Waits up to `patience` while DSM's web server is starting; that counts as no attempt.
  [[nodiscard]] Result<DsmSession> logIn(Connection&, const Discovery&, Duration patience);

  void logOut(Connection&, const DsmSession&) const;

 private:
  struct Attempt;
  enum class Factor { None, Totp, StoredToken, GivenToken, OneTimeCode };

  [[nodiscard]] std::vector<Factor> factors() const;
  [[nodiscard]] Result<Attempt> attempt(Connection&, const Discovery&, Factor, Duration patience);
  [[nodiscard]] Result<std::string> totpCode(Duration clock_offset);
  [[nodiscard]] Error refused(Factor, const Attempt&, Duration clock_offset);
  void accepted(Factor, const Attempt&);
  [[nodiscard]] std::string credentials() const;

  const config::NasSettings& settings_;
  TargetState& state_;
  Ports ports_;
};

}  // namespace sidecert::dsm
