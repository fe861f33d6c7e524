// What the process gives up for good before it speaks to anybody, so that a fault in it is worth less to whoever finds one.
// Each part is taken where the kernel has it; kernels of older NAS lack some, and there it is silently done without.
#pragma once

#include <string>
#include <vector>

#include "base/file_system.h"

namespace sidecert {

/// No core dump, no ptrace and no reading of /proc/PID/mem or environ by other processes of the same user, no new privileges
/// by execve, a bound on memory. Costs microseconds; to be called again after every execve.
void confineProcess();

/// From now on files are written below `data` only and read anywhere, and no program but this one is executed (Landlock,
/// Linux 5.13); there is no new process, no executable memory beside the program's own, and there are only the system calls
/// that this program makes (seccomp). It holds for every thread begun afterwards and for what this process executes; to do
/// it again there adds nothing.
/// @param data  need not exist yet
void confine(const Path& data);

/// What is in force, for a log line: "no core dumps", "no new privileges" …
[[nodiscard]] std::vector<std::string> confinementInWords();

}  // namespace sidecert
