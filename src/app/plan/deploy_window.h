// When DSM may be changed: the owner's window (SYNO_DEPLOY_WINDOW), and the instant that is waited for at most. Pure.
#pragma once

#include "app/plan/record.h"
#include "base/clock.h"
#include "config/settings.h"

namespace sidecert::app {

/// The first instant not before `from` that lies inside the window.
[[nodiscard]] TimePoint windowOpens(const config::DeployWindow&, TimePoint from);

/// When the target may be changed: `now` without a window or inside it. A new certificate waits for the window no longer
/// than a third of its life, counted from when it was issued; a repair no longer than a day.
/// @param sha256, expires  of the certificate that is to be there
[[nodiscard]] TimePoint deployNotBefore(const config::NasSettings&, const Record&, const std::string& sha256,
                                        TimePoint issued, TimePoint expires, TimePoint now);

}  // namespace sidecert::app
