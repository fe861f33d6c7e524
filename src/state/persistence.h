// Does what is written to the data folder outlive the container? Judged by the kernel's list of mounts, proc(5).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/ports.h"

namespace sidecert::state {

enum class Persistence {
  Kept,    // on a volume or a folder of the NAS, or not in a container at all
  Layer,   // in the container's own layer: gone when the container is made anew
  Memory,  // a tmpfs: gone when the container stops
};

/// @param mountinfo  the text of /proc/self/mountinfo
/// @param in_image   this program runs from the image, so "/" is a container's layer
[[nodiscard]] Persistence judgePersistence(std::string_view mountinfo, const Path& data, bool in_image);

/// Looks at this process's own mounts. Where they cannot be read nothing is held against the folder.
[[nodiscard]] Persistence persistenceOf(const Path& data, FileSystem&);

/// What an owner is told about a folder that is not kept; nothing when it is.
[[nodiscard]] std::optional<Error> whyNotKept(Persistence, const Path& data);

}  // namespace sidecert::state
