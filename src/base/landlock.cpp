#include "base/landlock.h"

#include <elf.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

#include "base/descriptor.h"

namespace sidecert {
namespace {

constexpr std::uint64_t kRead = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kKeep = kRead | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                                LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
                                LANDLOCK_ACCESS_FS_MAKE_SYM;
constexpr std::uint64_t kMakeOther = LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_SOCK |
                                     LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK;
constexpr std::uint64_t kOfFirstVersion = kKeep | kMakeOther | LANDLOCK_ACCESS_FS_EXECUTE;

/// Rights that came later, as far as this kernel has them. A rule may only name what its ruleset handles.
std::uint64_t laterRights(long version) {
  return (version >= 2 ? LANDLOCK_ACCESS_FS_REFER : 0U) | (version >= 3 ? LANDLOCK_ACCESS_FS_TRUNCATE : 0U);
}

bool allow(int ruleset, const char* path, std::uint64_t rights) {
  const Descriptor place(::open(path, O_PATH | O_CLOEXEC));  // NOLINT(*-vararg): the system's own interface
  if (!place.valid()) return false;
  const landlock_path_beneath_attr rule{.allowed_access = rights, .parent_fd = place.get()};
  return ::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

/// The loader of a program that is not static; null of one that is. Executing the program executes it too.
const char* interpreter() {
  const std::uintptr_t headers = ::getauxval(AT_PHDR);
  const auto* header =
      reinterpret_cast<const Elf64_Phdr*>(headers);  // NOLINT(performance-no-int-to-ptr): the kernel's number
  std::uintptr_t bias = 0;
  const char* found = nullptr;
  for (unsigned long i = 0; i < ::getauxval(AT_PHNUM); ++i) {
    if (header[i].p_type == PT_PHDR) bias = headers - header[i].p_vaddr;
    if (header[i].p_type == PT_INTERP)
      found = reinterpret_cast<const char*>(bias + header[i].p_vaddr);  // NOLINT(performance-no-int-to-ptr)
  }
  return found;
}

Path nearestFolder(Path path) {
  while (::access(path.c_str(), F_OK) != 0 && path.has_relative_path()) path = path.parent_path();
  return path;
}

}  // namespace

bool restrictFiles(const Path& data) {
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  const Path folder = nearestFolder(data);
  // A folder whose parents are missing too would leave the whole tree writable.
  if (version < 1 || !folder.has_relative_path()) return false;
  const std::uint64_t later = laterRights(version);
  const landlock_ruleset_attr handled{.handled_access_fs = kOfFirstVersion | later};
  const Descriptor ruleset(
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &handled, sizeof handled.handled_access_fs, 0)));
  const std::uint64_t run = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE;
  const char* loader = interpreter();
  return ruleset.valid() && allow(ruleset.get(), "/", kRead) && allow(ruleset.get(), folder.c_str(), kKeep | later) &&
         allow(ruleset.get(), "/proc/self/exe", run) && (loader == nullptr || allow(ruleset.get(), loader, run)) &&
         ::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) == 0;
}

}  // namespace sidecert
