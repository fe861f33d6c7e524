// One pass over one certificate: do what the plan says is due, save each fact as it becomes true, say what is due next.
#pragma once

#include <string>

#include "app/ledger.h"
#include "app/outside.h"
#include "app/plan.h"
#include "config/settings.h"

namespace sidecert::app {

struct Outcome {
  bool failed = false;  // something that was due did not succeed
  TimePoint wake;       // when something is due next
  std::string wake_reason;
};

enum class Force {
  No,
  Order,   // a new certificate, due or not
  Deploy,  // nothing is ordered; every NAS is visited, holds and windows notwithstanding: the owner stands there
};

/// The data folder must be locked (state::Volume). Whatever fails is in the log with its mend and in `failed`.
[[nodiscard]] Outcome passCertificate(const config::CertificateSettings&, const Path& data, const World&, LedgerFile&,
                                      Force);

}  // namespace sidecert::app
