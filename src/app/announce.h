// What the owner is told, and that it is told once: facts are derived from what passes saved, compared with what was said
// before (notify.json), and only changes become messages. A message that could not be sent is kept and tried again. So no
// restart repeats a message and no kill loses one.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/certificate_pass.h"
#include "app/health.h"
#include "config/settings.h"
#include "dsm/deployment.h"
#include "notify/message.h"

namespace sidecert::app {

/// Something that is so now. It is told when it begins and when its value changes.
struct Fact {
  std::string key;    // "nas/home.example/localhost:5000"
  std::string value;  // a change of this is worth another message; the number of tries is not in it
  notify::Message message;
  std::string over = {};  // title of the message that it is over; empty: the end is not told
};

/// Pure. @param logins  what is remembered of each NAS, by targetKey
[[nodiscard]] std::vector<Fact> factsOf(const config::Settings&, const std::vector<View>&,
                                        const std::map<std::string, dsm::TargetState>& logins, TimePoint now);

/// Tells what changed to every address in NOTIFY_URLS. Fails nothing: what could not be sent is a warning, once.
/// @returns when to try again what could not be sent; nothing when all is said.
[[nodiscard]] std::optional<TimePoint> announce(const config::Settings&, const World&);

/// The settings have faults, so no pass is made: the owner hears of it as far as data folder and addresses are known.
/// @param faults  empty: they are right again
void announceSettings(const config::Settings&, const World&, const std::vector<std::string>& faults);

}  // namespace sidecert::app
