// The facts of now, said: in the log and to the addresses in NOTIFY_URLS. What was said is remembered (facts.json for the
// log, notify.json for messages), only changes are told, and a message that could not be sent is kept and tried again. So no
// restart repeats a message and no kill loses one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/memory/memory.h"
#include "app/plan/facts.h"
#include "base/ports.h"
#include "config/settings.h"
#include "notify/sender.h"

namespace sidecert::app {

/// Says what a pass came to. Fails nothing: what could not be sent is a warning, once.
/// @param sender  null: nobody is told by message
/// @returns when to try again what could not be sent; nothing when all is said.
[[nodiscard]] std::optional<TimePoint> announce(const config::Settings&, const Memory&, const std::vector<Fact>&,
                                                notify::Sender*, const Ports&);

/// The settings have faults, so no pass is made and nothing is judged but them: the owner hears of it as far as data folder
/// and addresses are known.
void announceSettings(const config::Settings&, const Memory&, const std::vector<Fact>&, notify::Sender*, const Ports&);

}  // namespace sidecert::app
