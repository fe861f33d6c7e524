// Where a file is: an open directory and a name in it, so that what happens to the path meanwhile changes nothing.
// Below a guarded folder no link is followed on the way, whoever put it there: a folder of the NAS that others may write to
// must not lead a program that runs as root elsewhere (CWE-59).
#pragma once

#include <expected>
#include <string>

#include "base/descriptor.h"
#include "base/file_system.h"

namespace sidecert {

struct Place {
  Descriptor directory;  // opened with O_PATH: for the *at calls only
  std::string name;
  bool guarded = false;  // `name` itself is not to be followed either
};

/// `guarded` itself, and what leads to it, may be links: these are the owner's. Empty guards nothing.
/// Every component is opened by openat with O_NOFOLLOW, which the oldest kernel has and which promises as much as
/// openat2 with RESOLVE_NO_SYMLINKS and RESOLVE_BENEATH.
/// @returns an errno on failure; ELOOP where a component below `guarded` is a link.
[[nodiscard]] std::expected<Place, int> placeOf(const Path& path, const Path& guarded);

/// openat below the place, close-on-exec, never waiting for the other end of a pipe, following a link only where the place
/// is not guarded. @returns an errno on failure.
[[nodiscard]] std::expected<Descriptor, int> openAt(const Place&, int flags, unsigned mode = 0);

}  // namespace sidecert
