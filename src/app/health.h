// One line about everything, and whether the owner has to do something. Reads what passes saved; decides nothing new.
#pragma once

#include <string>
#include <vector>

#include "app/plan.h"
#include "base/ports.h"
#include "config/settings.h"
#include "config/validate.h"

namespace sidecert::app {

/// What is known of one certificate: on disk and in its record.
struct View {
  std::string title;
  std::optional<Current> current;
  Record record;
  Ledger ledger;  // of all certificates
};

[[nodiscard]] Result<View> view(const Ports&, const Path& data, const std::string& title);

/// Every certificate in the data folder, also those no setting names any more.
[[nodiscard]] Result<std::vector<View>> viewAll(const Ports&, const Path& data);

struct Health {
  bool healthy = false;
  std::string line;
};

/// Unhealthy when anything needs the owner: no certificate, one near its end, a NAS that did not get it.
[[nodiscard]] Health judge(const config::Settings&, const std::vector<View>&, TimePoint now);

/// How things stand, as it was saved: what `status`, `health` and the status page show.
struct Standing {
  std::optional<config::Settings> settings;  // nothing when they have faults: then only what is there is known
  std::vector<std::string> faults = {};      // of the settings
  std::vector<View> views = {};
  std::optional<Error> unreadable = {};  // the data folder is; then there are no views
  Health health = {};
  TimePoint at;
};

/// Asks nobody and changes nothing. @param data  the data folder, known even when other settings have faults
[[nodiscard]] Standing standing(const Ports&, const Path& data, const config::Validated&);

}  // namespace sidecert::app
