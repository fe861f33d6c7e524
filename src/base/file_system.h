// The disk port. Every method that changes something is durable only after the directory that holds the name was synced;
// `replaceFile` puts the three steps together.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace sidecert {

using Path = std::filesystem::path;

/// Held until destroyed; the kernel lets go of it when the process dies, however it dies.
class FileLock {
 public:
  FileLock() = default;
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  virtual ~FileLock() = default;
};

/// No file that this program reads is half as large; a pipe, a device or a file without end must not fill the memory.
inline constexpr std::size_t kLargestFile = 2U << 20U;
/// No folder that this program looks into has as many names.
inline constexpr std::size_t kMostNames = 10'000;

class FileSystem {
 public:
  FileSystem() = default;
  FileSystem(const FileSystem&) = delete;
  FileSystem& operator=(const FileSystem&) = delete;
  virtual ~FileSystem() = default;

  /// @returns nothing when there is no such file; Storage when it is there and cannot be read, is no regular file or is
  /// larger than kLargestFile.
  [[nodiscard]] virtual Result<std::optional<std::string>> read(const Path&) = 0;

  /// Makes a new file in the place of whatever was there (a link is replaced, not followed), writes and fsyncs.
  /// @param mode permission bits.
  [[nodiscard]] virtual Result<> writeSynced(const Path&, std::string_view bytes, unsigned mode) = 0;

  [[nodiscard]] virtual Result<> rename(const Path& from, const Path& to) = 0;
  [[nodiscard]] virtual Result<> syncDirectory(const Path&) = 0;

  /// Creates what is missing, each made directory synced into its parent. @param mode of the directories made.
  [[nodiscard]] virtual Result<> makeDirectories(const Path&, unsigned mode) = 0;

  /// A file, a link or a whole directory. No such name is a success.
  [[nodiscard]] virtual Result<> remove(const Path&) = 0;

  /// Names in a directory, sorted; an absent directory is empty. More than kMostNames are an error.
  [[nodiscard]] virtual Result<std::vector<std::string>> list(const Path&) = 0;

  [[nodiscard]] virtual Result<> makeLink(const Path& target, const Path& link) = 0;
  [[nodiscard]] virtual Result<std::optional<Path>> readLink(const Path&) = 0;

  /// Takes an exclusive lock on a file (created when missing) without waiting.
  /// @returns nothing when somebody else holds it.
  [[nodiscard]] virtual Result<std::unique_ptr<FileLock>> tryLock(const Path&) = 0;
};

/// Permission bits for what only the owner may read, and for the rest.
inline constexpr unsigned kPrivateFile = 0600;
inline constexpr unsigned kPublicFile = 0644;
inline constexpr unsigned kPrivateDirectory = 0700;
inline constexpr unsigned kPublicDirectory = 0755;

/// A crash at any instruction leaves the old bytes or the new, never a mix.
[[nodiscard]] Result<> replaceFile(FileSystem&, const Path&, std::string_view bytes, unsigned mode);

/// Lets `link` point at `target` instead of whatever it pointed at, in one step.
[[nodiscard]] Result<> replaceLink(FileSystem&, const Path& target, const Path& link);

/// No call waits for the other end of a pipe.
class PosixFileSystem final : public FileSystem {
 public:
  /// @param guarded  a folder below which no link is followed, for reading or for writing (place.h)
  explicit PosixFileSystem(Path guarded = {}) : guarded_(std::move(guarded)) {}

  [[nodiscard]] Result<std::optional<std::string>> read(const Path&) override;
  [[nodiscard]] Result<> writeSynced(const Path&, std::string_view bytes, unsigned mode) override;
  [[nodiscard]] Result<> rename(const Path& from, const Path& to) override;
  [[nodiscard]] Result<> syncDirectory(const Path&) override;
  [[nodiscard]] Result<> makeDirectories(const Path&, unsigned mode) override;
  [[nodiscard]] Result<> remove(const Path&) override;
  [[nodiscard]] Result<std::vector<std::string>> list(const Path&) override;
  [[nodiscard]] Result<> makeLink(const Path& target, const Path& link) override;
  [[nodiscard]] Result<std::optional<Path>> readLink(const Path&) override;
  [[nodiscard]] Result<std::unique_ptr<FileLock>> tryLock(const Path&) override;

 private:
  Path guarded_;
};

}  // namespace sidecert
