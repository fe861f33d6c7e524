// Would it work? Every step short of an order, tried for real: data folder, CA, CAA and DNSSEC, a probe TXT record, DSM.
// Nothing is ordered, nothing is imported; what is added in DNS is removed again.
#pragma once

#include <functional>
#include <string>

#include "app/pass/certificate_pass.h"
#include "base/result.h"
#include "config/settings.h"

namespace sidecert::app {

enum class Verdict { Good, Doubtful, Bad, Skipped };

[[nodiscard]] std::string_view toString(Verdict);  // "ok", "warning", "failed", "skipped"

/// What one step came to.
struct Finding {
  std::string step;   // "data folder", "CA", "CAA and DNSSEC", "TXT record", "NAS localhost:5000"
  std::string about;  // the certificate; empty when it is not about one
  Verdict verdict = Verdict::Good;
  std::string what;  // one sentence
  std::string mend;  // what the owner can do; empty when nothing is to be done
};

using Report = std::function<void(const Finding&)>;

/// Tells each finding as soon as it is there. One login at most per NAS, none while a refused one is on hold.
/// @returns whether nothing was Bad.
[[nodiscard]] bool check(const config::Settings&, const World&, const Report&);

}  // namespace sidecert::app
