// What is remembered of a DSM between runs, as two files: nas/<host>_<port>.json for the login, which all certificates
// share, and certificates/<title>/nas/<host>_<port>.json for the entry that is this certificate's.
#pragma once

#include "base/ports.h"
#include "base/result.h"
#include "dsm/deployment.h"

namespace sidecert::app {

/// The state knows the way back to disk (dsm::TargetState::writeDown); files and settings must outlive it.
[[nodiscard]] Result<dsm::TargetState> loadTargetState(const Ports&, const Path& data, const Path& certificate_folder,
                                                       const config::NasSettings&);
[[nodiscard]] Result<> saveTargetState(FileSystem&, const Path& data, const Path& certificate_folder,
                                       const config::NasSettings&, const dsm::TargetState&);

}  // namespace sidecert::app
