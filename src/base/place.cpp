#include "base/place.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

namespace sidecert {
namespace {

std::expected<Descriptor, int> openRetrying(int directory, const char* name, int flags, unsigned mode) {
  int descriptor = -1;
  do {
    descriptor = ::openat(directory, name, flags | O_CLOEXEC, mode);  // NOLINT(*-vararg): the system's own interface
  } while (descriptor < 0 && errno == EINTR);
  if (descriptor < 0) return std::unexpected(errno);
  return Descriptor(descriptor);
}

bool isLink(int directory, const char* name) {
  struct stat status{};
  return ::fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode);
}

std::expected<Descriptor, int> openFolder(const Path& path) {
  return openRetrying(AT_FDCWD, path.empty() ? "." : path.c_str(), O_PATH | O_DIRECTORY, 0);
}

// O_DIRECTORY makes the kernel say ENOTDIR of a link; what the owner has to know is that it is one.
std::expected<Descriptor, int> enter(int directory, const char* name) {
  auto next = openRetrying(directory, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
  if (!next && next.error() == ENOTDIR && isLink(directory, name)) return std::unexpected(ELOOP);
  return next;
}

Path withoutTrailingSlash(const Path& path) {
  return (path / "").lexically_normal().parent_path();
}

}  // namespace

std::expected<Place, int> placeOf(const Path& path, const Path& guarded) {
  const Path below = guarded.empty() ? Path() : withoutTrailingSlash(path).lexically_relative(withoutTrailingSlash(guarded));
  if (below.empty() || below == "." || *below.begin() == "..") {
    const Path plain = path.has_filename() ? path : path.parent_path();
    auto directory = openFolder(plain.parent_path());
    if (!directory) return std::unexpected(directory.error());
    return Place{.directory = std::move(*directory), .name = plain.has_filename() ? plain.filename().string() : "."};
  }
  auto directory = openFolder(guarded);
  for (auto part = below.begin(); directory && std::next(part) != below.end(); ++part) {
    auto next = enter(directory->get(), part->c_str());
    if (!next) return std::unexpected(next.error());
    directory = std::move(next);
  }
  if (!directory) return std::unexpected(directory.error());
  return Place{.directory = std::move(*directory), .name = below.filename().string(), .guarded = true};
}

std::expected<Descriptor, int> openAt(const Place& place, int flags, unsigned mode) {
  const int follow = place.guarded ? O_NOFOLLOW : 0;
  auto opened = openRetrying(place.directory.get(), place.name.c_str(), flags | follow | O_NONBLOCK | O_NOCTTY, mode);
  if (!opened && opened.error() == ENOTDIR && place.guarded && isLink(place.directory.get(), place.name.c_str()))
    return std::unexpected(ELOOP);
  return opened;
}

}  // namespace sidecert
