#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <tuple>
#include <utility>

#include "base/descriptor.h"
#include "base/file_error.h"
#include "base/file_system.h"
#include "base/place.h"

namespace sidecert {
namespace {

class PosixLock final : public FileLock {
 public:
  explicit PosixLock(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

 private:
  Descriptor descriptor_;
};

struct DirectoryCloser {
  void operator()(DIR* stream) const { ::closedir(stream); }
};
using DirectoryStream = std::unique_ptr<DIR, DirectoryCloser>;

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

/// @returns an errno, 0 when the names were read
int readNames(Descriptor directory, std::vector<std::string>& names) {
  const DirectoryStream stream(::fdopendir(directory.get()));
  if (!stream) return errno;
  std::ignore = directory.release();  // the stream's now
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());
    if (entry == nullptr) return errno;
    const std::string_view name(entry->d_name);
    if (name == "." || name == "..") continue;
    if (names.size() == kMostNames) return EOVERFLOW;
    names.emplace_back(name);
  }
}

/// What stands at the place, with all that is in it. @returns an errno, 0 also when nothing is there
int removeAll(const Place& place) {
  const int directory = place.directory.get();
  if (::unlinkat(directory, place.name.c_str(), 0) == 0 || errno == ENOENT) return 0;
  const int refused = errno;
  if (refused != EISDIR && refused != EPERM) return refused;
  if (::unlinkat(directory, place.name.c_str(), AT_REMOVEDIR) == 0) return 0;
  if (errno == ENOTDIR) return refused;
  if (errno != ENOTEMPTY && errno != EEXIST) return errno;
  auto inside =
      openAt({.directory = Descriptor(::dup(directory)), .name = place.name, .guarded = true}, O_RDONLY | O_DIRECTORY);
  if (!inside) return inside.error();
  std::vector<std::string> names;
  if (const int error = readNames(Descriptor(::dup(inside->get())), names); error != 0) return error;
  Place child{.directory = std::move(*inside), .name = {}, .guarded = true};
  for (std::string& name : names) {
    child.name = std::move(name);
    if (const int error = removeAll(child); error != 0) return error;
  }
  return ::unlinkat(directory, place.name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : errno;
}

std::optional<Error> whyNoFile(const Path& path, const struct stat& status) {
  if (S_ISREG(status.st_mode) && status.st_size <= static_cast<off_t>(kLargestFile)) return std::nullopt;
  if (S_ISDIR(status.st_mode)) return storageFailure("read", path, EISDIR).error();
  if (S_ISREG(status.st_mode)) return storageFailure("read", path, EFBIG).error();
  return Error{.code = ErrorCode::Storage,
               .what = "cannot read " + path.string() + ": it is a pipe, a socket or a device, not a file",
               .hint = "put a regular file there"};
}

}  // namespace

Result<std::optional<std::string>> PosixFileSystem::read(const Path& path) {
  const auto place = placeOf(path, guarded_);
  const auto file = place ? openAt(*place, O_RDONLY) : std::unexpected(place.error());
  if (!file) {
    if (file.error() == ENOENT) return std::nullopt;
    return storageFailure("read", path, file.error());
  }
  struct stat status{};
  if (::fstat(file->get(), &status) != 0) return storageFailure("read", path, errno);
  if (auto refused = whyNoFile(path, status)) return std::unexpected(std::move(*refused));
  std::string bytes;
  std::array<char, 16384> buffer{};
  while (true) {
    const ssize_t count = ::read(file->get(), buffer.data(), buffer.size());
    if (count == 0) return bytes;
    if (count > 0) {
      bytes.append(buffer.data(), static_cast<std::size_t>(count));
      if (bytes.size() > kLargestFile) return storageFailure("read", path, EFBIG);  // files of /proc have no size
    } else if (errno != EINTR) {
      return storageFailure("read", path, errno);
    }
  }
}

Result<> PosixFileSystem::writeSynced(const Path& path, std::string_view bytes, unsigned mode) {
  const auto place = placeOf(path, guarded_);
  if (!place) return storageFailure("write", path, place.error());
  if (::unlinkat(place->directory.get(), place->name.c_str(), 0) != 0 && errno != ENOENT)
    return storageFailure("write", path, errno);
  const auto file = openAt(*place, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
  if (!file) return storageFailure("write", path, file.error());
  setMode(file->get(), mode);
  if (const int error = writeAll(file->get(), bytes); error != 0) return storageFailure("write", path, error);
  if (::fsync(file->get()) != 0) return storageFailure("write", path, errno);
  return {};
}

Result<> PosixFileSystem::rename(const Path& from, const Path& to) {
  const auto source = placeOf(from, guarded_);
  if (!source) return storageFailure("replace", to, source.error());
  const auto target = placeOf(to, guarded_);
  if (!target) return storageFailure("replace", to, target.error());
  if (::renameat(source->directory.get(), source->name.c_str(), target->directory.get(), target->name.c_str()) != 0)
    return storageFailure("replace", to, errno);
  return {};
}

Result<> PosixFileSystem::syncDirectory(const Path& path) {
  const auto place = placeOf(path.empty() ? Path(".") : path, guarded_);
  const auto directory = place ? openAt(*place, O_RDONLY | O_DIRECTORY) : std::unexpected(place.error());
  if (!directory) return storageFailure("open folder", path, directory.error());
  // Some file systems (CIFS, FUSE) cannot sync a directory and say so with EINVAL; there is nothing better to do there.
  if (::fsync(directory->get()) != 0 && errno != EINVAL && errno != ENOTSUP)
    return storageFailure("save folder", path, errno);
  return {};
}

Result<> PosixFileSystem::makeDirectories(const Path& path, unsigned mode) {
  auto place = placeOf(path, guarded_);
  if (!place && place.error() == ENOENT && path.has_relative_path() && path.has_parent_path()) {
    if (auto made = makeDirectories(path.parent_path(), mode); !made) return made;
    place = placeOf(path, guarded_);
  }
  if (!place) return storageFailure("make folder", path, place.error());
  const bool is_new = ::mkdirat(place->directory.get(), place->name.c_str(), mode) == 0;
  if (!is_new && errno != EEXIST) return storageFailure("make folder", path, errno);
  const auto directory = openAt(*place, is_new ? O_RDONLY | O_DIRECTORY : O_PATH | O_DIRECTORY);
  if (!directory) return storageFailure("make folder", path, directory.error());
  if (!is_new) return {};
  setMode(directory->get(), mode);
  return syncDirectory(directoryOf(path));
}

Result<> PosixFileSystem::remove(const Path& path) {
  const auto place = placeOf(path, guarded_);
  const int error = place ? removeAll(*place) : place.error();
  if (error != 0 && error != ENOENT) return storageFailure("remove", path, error);
  return {};
}

Result<std::vector<std::string>> PosixFileSystem::list(const Path& path) {
  std::vector<std::string> names;
  const auto place = placeOf(path, guarded_);
  auto directory = place ? openAt(*place, O_RDONLY | O_DIRECTORY) : std::unexpected(place.error());
  if (!directory) {
    if (directory.error() == ENOENT) return names;
    return storageFailure("list folder", path, directory.error());
  }
  if (const int error = readNames(std::move(*directory), names); error != 0)
    return storageFailure("list folder", path, error);
  std::ranges::sort(names);
  return names;
}

Result<> PosixFileSystem::makeLink(const Path& target, const Path& link) {
  const auto place = placeOf(link, guarded_);
  if (!place) return storageFailure("make link", link, place.error());
  if (::symlinkat(target.c_str(), place->directory.get(), place->name.c_str()) == 0) return {};
  if (errno == EPERM || errno == ENOTSUP) {
    return fail(ErrorCode::Storage, "cannot make link " + link.string() + ": the file system has no links",
                "use a Docker volume or a folder on a btrfs or ext4 volume, not an exFAT or FAT disk");
  }
  return storageFailure("make link", link, errno);
}

Result<std::optional<Path>> PosixFileSystem::readLink(const Path& path) {
  const auto place = placeOf(path, guarded_);
  std::array<char, PATH_MAX> target{};
  const ssize_t length =
      place ? ::readlinkat(place->directory.get(), place->name.c_str(), target.data(), target.size()) : -1;
  if (length >= 0) return Path(std::string_view(target.data(), static_cast<std::size_t>(length)));
  const int error = place ? errno : place.error();
  // EINVAL: there is something, and it is no link.
  if (error == ENOENT || error == EINVAL) return std::nullopt;
  return storageFailure("read link", path, error);
}

Result<std::unique_ptr<FileLock>> PosixFileSystem::tryLock(const Path& path) {
  const auto place = placeOf(path, guarded_);
  auto file = place ? openAt(*place, O_RDWR | O_CREAT | O_NOFOLLOW, kPrivateFile) : std::unexpected(place.error());
  if (!file) return storageFailure("lock", path, file.error());
  struct stat status{};
  if (::fstat(file->get(), &status) != 0) return storageFailure("lock", path, errno);
  if (auto refused = whyNoFile(path, status)) return std::unexpected(std::move(*refused));
  while (::flock(file->get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return nullptr;
    if (errno != EINTR) return storageFailure("lock", path, errno);
  }
  return std::make_unique<PosixLock>(std::move(*file));
}

}  // namespace sidecert
