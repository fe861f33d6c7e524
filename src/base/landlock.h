// Landlock: the kernel's userspace-api/landlock.
#pragma once

#include "base/file_system.h"

namespace sidecert {

/// Write below `data` (or the nearest folder above it that exists), read anywhere, execute this program alone.
/// @returns false when the kernel has no Landlock, or when nothing above `data` but the root exists.
bool restrictFiles(const Path& data);

}  // namespace sidecert
