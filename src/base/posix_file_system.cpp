#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <tuple>
#include <utility>

#include "base/descriptor.h"
#include "base/file_error.h"
#include "base/file_system.h"

namespace sidecert {
namespace {

class PosixLock final : public FileLock {
 public:
  explicit PosixLock(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

 private:
  Descriptor descriptor_;
};

int openRetrying(const Path& path, int flags, unsigned mode = 0) {
  int descriptor = -1;
  do {
    descriptor = ::open(path.c_str(), flags | O_CLOEXEC, mode);  // NOLINT(*-vararg): the system's own interface
  } while (descriptor < 0 && errno == EINTR);
  return descriptor;
}

// Folders with Synology ACLs refuse chmod even to the owner, and network shares know no modes: what the directory grants
// then stands, so a refusal is no failure.
void setMode(int descriptor, unsigned mode) {
  struct stat status{};
  if (::fstat(descriptor, &status) == 0 && (status.st_mode & 07777U) != mode) std::ignore = ::fchmod(descriptor, mode);
}

int writeAll(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

Path directoryOf(const Path& path) {
  return path.has_parent_path() ? path.parent_path() : Path(".");
}

}  // namespace

Result<std::optional<std::string>> PosixFileSystem::read(const Path& path) {
  const Descriptor file(openRetrying(path, O_RDONLY));
  if (!file.valid()) {
    if (errno == ENOENT) return std::nullopt;
    return storageFailure("read", path, errno);
  }
  std::string bytes;
  std::array<char, 16384> buffer{};
  while (true) {
    const ssize_t count = ::read(file.get(), buffer.data(), buffer.size());
    if (count == 0) return bytes;
    if (count > 0) {
      bytes.append(buffer.data(), static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      return storageFailure("read", path, errno);
    }
  }
}

Result<> PosixFileSystem::writeSynced(const Path& path, std::string_view bytes, unsigned mode) {
  const Descriptor file(openRetrying(path, O_WRONLY | O_CREAT | O_TRUNC, mode));
  if (!file.valid()) return storageFailure("write", path, errno);
  setMode(file.get(), mode);
  if (const int error = writeAll(file.get(), bytes); error != 0) return storageFailure("write", path, error);
  if (::fsync(file.get()) != 0) return storageFailure("write", path, errno);
  return {};
}

Result<> PosixFileSystem::rename(const Path& from, const Path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return storageFailure("replace", to, errno);
  return {};
}

Result<> PosixFileSystem::syncDirectory(const Path& path) {
  const Descriptor directory(openRetrying(path.empty() ? Path(".") : path, O_RDONLY | O_DIRECTORY));
  if (!directory.valid()) return storageFailure("open folder", path, errno);
  // Some file systems (CIFS, FUSE) cannot sync a directory and say so with EINVAL; there is nothing better to do there.
  if (::fsync(directory.get()) != 0 && errno != EINVAL && errno != ENOTSUP)
    return storageFailure("save folder", path, errno);
  return {};
}

Result<> PosixFileSystem::makeDirectories(const Path& path, unsigned mode) {
  struct stat status{};
  if (::stat(path.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode)) return {};
    return storageFailure("make folder", path, ENOTDIR);
  }
  if (path.has_relative_path() && path.has_parent_path()) {
    if (auto made = makeDirectories(path.parent_path(), mode); !made) return made;
  }
  if (::mkdir(path.c_str(), mode) != 0) {
    if (errno == EEXIST) return {};
    return storageFailure("make folder", path, errno);
  }
  const Descriptor directory(openRetrying(path, O_RDONLY | O_DIRECTORY));
  if (directory.valid()) setMode(directory.get(), mode);
  return syncDirectory(directoryOf(path));
}

Result<> PosixFileSystem::remove(const Path& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (error) return storageFailure("remove", path, error.value());
  return {};
}

Result<std::vector<std::string>> PosixFileSystem::list(const Path& path) {
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator entry(path, error);
  if (error == std::errc::no_such_file_or_directory) return names;
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  if (error) return storageFailure("list folder", path, error.value());
  std::ranges::sort(names);
  return names;
}

Result<> PosixFileSystem::makeLink(const Path& target, const Path& link) {
  if (::symlink(target.c_str(), link.c_str()) == 0) return {};
  if (errno == EPERM || errno == ENOTSUP) {
    return fail(ErrorCode::Storage, "cannot make link " + link.string() + ": the file system has no links",
                "use a Docker volume or a folder on a btrfs or ext4 volume, not an exFAT or FAT disk");
  }
  return storageFailure("make link", link, errno);
}

Result<std::optional<Path>> PosixFileSystem::readLink(const Path& path) {
  std::error_code error;
  auto target = std::filesystem::read_symlink(path, error);
  if (!error) return target;
  // EINVAL: there is something, and it is no link.
  if (error == std::errc::no_such_file_or_directory || error == std::errc::invalid_argument) return std::nullopt;
  return storageFailure("read link", path, error.value());
}

Result<std::unique_ptr<FileLock>> PosixFileSystem::tryLock(const Path& path) {
  Descriptor file(openRetrying(path, O_RDWR | O_CREAT, kPrivateFile));
  if (!file.valid()) return storageFailure("lock", path, errno);
  while (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return nullptr;
    if (errno != EINTR) return storageFailure("lock", path, errno);
  }
  return std::make_unique<PosixLock>(std::move(file));
}

}  // namespace sidecert
