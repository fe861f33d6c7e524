// How things stand, as it was saved, and one line about it. Draws the facts; decides nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/plan/facts.h"
#include "base/ports.h"
#include "config/settings.h"
#include "config/validate.h"

namespace sidecert::app {

/// What `status`, `health` and the status page show.
struct Standing {
  std::optional<config::Settings> settings;  // nothing when they have faults: then only what is there is known
  std::vector<std::string> faults = {};      // of the settings
  Remembered remembered = {};
  std::vector<Fact> facts = {};
  TimePoint at;
};

/// Asks nobody and changes nothing. @param data  the data folder, known even when other settings have faults
[[nodiscard]] Standing standing(const Ports&, const Path& data, const config::Validated&);

struct Health {
  bool healthy = false;
  std::string line;
};

/// The worst fact at or above Warning in one line and how many more there are; when there is none, how long the certificates
/// are valid.
[[nodiscard]] Health healthOf(const Standing&);

/// 1 when a fact is at or above Warning, else 0.
[[nodiscard]] int exitCodeOf(const std::vector<Fact>&);

}  // namespace sidecert::app
