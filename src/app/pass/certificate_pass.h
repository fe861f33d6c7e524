// One pass over one certificate: do what the plan says is due, save each fact as it becomes true, say what is due next.
#pragma once

#include <string>
#include <vector>

#include "app/memory/ledger_memory.h"
#include "app/pass/outside.h"
#include "app/plan/facts.h"
#include "app/plan/ledger.h"
#include "config/settings.h"

namespace sidecert::app {

struct PassResult {
  bool failed = false;  // something that was due in this pass did not succeed
  TimePoint wake;       // when something is due next
  std::string wake_reason;
  bool wake_to_order = false;    // what is due then is a first try for a new certificate
  std::vector<Fact> facts = {};  // how all things stand after the pass
};

enum class Force {
  No,
  Order,   // a new certificate, due or not
  Deploy,  // nothing is ordered; every NAS is visited, holds and windows notwithstanding: the owner stands there
};

/// The data folder must be locked (state::Volume). Whatever fails is in the log with its mend and in `failed`.
[[nodiscard]] PassResult passCertificate(const config::CertificateSettings&, const Memory&, const World&, LedgerMemory&,
                                         Force);

}  // namespace sidecert::app
