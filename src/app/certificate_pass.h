// One pass over one certificate: do what the plan says is due, save each fact as it becomes true, say what is due next.
#pragma once

#include <functional>
#include <string>

#include "app/plan.h"
#include "base/ports.h"
#include "config/settings.h"
#include "dns/resolver.h"
#include "notify/sender.h"

namespace sidecert::app {

struct World {
  dns::Resolver& resolver;
  std::function<double()> draw;  // even in [0, 1)
  Ports ports;
  notify::Sender* sender = nullptr;  // null: nobody is told
};

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
[[nodiscard]] Outcome passCertificate(const config::CertificateSettings&, const Path& data, const World&, Force);

}  // namespace sidecert::app
