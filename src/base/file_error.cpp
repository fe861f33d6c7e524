#include "base/file_error.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace sidecert {
namespace {

// The nearest thing that exists on the way to `path`: the one whose ownership decides.
std::string ownershipHint(Path path) {
  struct stat status{};
  while (::stat(path.c_str(), &status) != 0 && path.has_relative_path()) path = path.parent_path();
  const auto uid = ::geteuid();
  return fmt::format(
      "Sidecert runs as uid {} and {} belongs to uid {} (mode {:o}): give it to uid {} on the NAS (chown -R {}:{} on that "
      "folder), or set user: in the compose file",
      uid, path.string(), status.st_uid, status.st_mode & 07777U, uid, uid, ::getegid());
}

std::string hintFor(const Path& path, int error) {
  switch (error) {
    case EACCES:
    case EPERM: return ownershipHint(path);
    case EROFS:
      return "that place is mounted read-only: mount a writable folder or volume there (no :ro on the volume, no read_only "
             "without one)";
    case ENOSPC: return "the disk is full: free some space";
    case EDQUOT: return "the quota of this folder or user is used up: free some space or raise it";
    case ENOTDIR: return "a file stands where a folder is needed: move it away";
    case EISDIR: return "a folder stands where a file is needed: Docker makes one when the file of a bind mount is missing";
    case EIO: return "the disk reports a fault: look at Storage Manager";
    case EMFILE:
    case ENFILE: return "too many files are open: restart the container";
    case ELOOP: return "a link stands there or on the way; Sidecert follows none in its own folder: remove it";
    case EFBIG: return "no file that Sidecert reads or writes is that large: is it the right one?";
    case EOVERFLOW: return "there are more names in it than Sidecert looks through: is it the right folder?";
    case ENAMETOOLONG: return "the name is too long for this file system";
    default: return {};
  }
}

}  // namespace

std::unexpected<Error> storageFailure(std::string_view doing, const Path& path, int error) {
  return fail(ErrorCode::Storage,
              fmt::format("cannot {} {}: {}", doing, path.string(), std::generic_category().message(error)),
              hintFor(path, error));
}

}  // namespace sidecert
