// seccomp: a list of the system calls that are allowed (the kernel's userspace-api/seccomp_filter).
#pragma once

#include <optional>

namespace sidecert {

/// Every other call answers ENOSYS, as on a kernel that does not have it. @param files_restricted  is remembered
/// @returns false when the kernel or what runs the container does not take a filter.
bool restrictSystemCalls(bool files_restricted);

/// Whether the calls of this process were restricted, by itself or by the one that executed it, and what was remembered
/// then.
[[nodiscard]] std::optional<bool> restrictedSystemCalls();

}  // namespace sidecert
