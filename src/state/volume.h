// The data folder: there, writable, and ours alone while we work in it.
#pragma once

#include <memory>
#include <string>

#include "base/ports.h"
#include "base/result.h"

namespace sidecert::state {

/// Held while a pass works. Another Sidecert on the same folder waits for it; a dead holder holds nothing.
class Volume {
 public:
  /// Creates the folder when missing and proves that a file can be made, synced and removed there.
  /// Waits while another Sidecert holds the folder.
  /// @returns Storage saying who may not write where and what mends it; Stopped when stop was requested while waiting.
  [[nodiscard]] static Result<Volume> open(const Path& data, const Ports&);

  [[nodiscard]] const Path& path() const { return data_; }

 private:
  Volume(Path data, std::unique_ptr<FileLock> lock) : data_(std::move(data)), lock_(std::move(lock)) {}
  Path data_;
  std::unique_ptr<FileLock> lock_;
};

/// Where things lie below the data folder; docs/state.md describes each.
[[nodiscard]] Path certificatePath(const Path& data, const std::string& title);
[[nodiscard]] Path accountPath(const Path& data, const std::string& directory_url);
[[nodiscard]] Path nasPath(const Path& data, const std::string& host, std::uint16_t port);

}  // namespace sidecert::state
