// What an owner is told when the disk says no.
#pragma once

#include <string_view>

#include "base/file_system.h"

namespace sidecert {

/// "cannot write /data/x: Permission denied" with what mends it: whose folder it is and who we are, a disk that is full or
/// read-only. @param doing "write", "rename" …  @param error an errno
[[nodiscard]] std::unexpected<Error> storageFailure(std::string_view doing, const Path&, int error);

}  // namespace sidecert
