// What lies in the data folder, for those that look and change nothing.
#pragma once

#include <string>
#include <vector>

#include "app/memory/memory.h"
#include "app/plan/facts.h"
#include "base/ports.h"
#include "base/result.h"
#include "state/certificate_folder.h"

namespace sidecert::app {

[[nodiscard]] Current describeCurrent(const state::KeptCertificate&);

/// Every certificate in the data folder, also those no setting names any more. What cannot be read is said in its View and
/// keeps nothing from the others; what is no folder, or a hidden one, is somebody else's.
/// @returns Storage when the folder itself cannot be read.
[[nodiscard]] Result<std::vector<View>> viewAll(const Memory&, const Ports&);

/// The settings with the folder of each certificate (plan/identity.h).
[[nodiscard]] config::Settings inTheirFolders(config::Settings, const std::vector<View>&);

/// Everything `judge` wants to know. Asks nobody and changes nothing.
/// @param settings  in their folders; null when they have faults
[[nodiscard]] Remembered recall(const Memory&, const Ports&, const config::Settings* settings);

}  // namespace sidecert::app
