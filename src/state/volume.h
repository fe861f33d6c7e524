// The data folder: there, writable, and ours alone while we work in it.
#pragma once

#include <memory>
#include <string>

#include "base/ports.h"
#include "base/result.h"
#include "state/store.h"

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
  Volume(Path data, std::unique_ptr<Lease> lease) : data_(std::move(data)), lease_(std::move(lease)) {}
  Path data_;
  std::unique_ptr<Lease> lease_;
};

/// Where the files of a certificate lie below the data folder; docs/state.md describes each.
[[nodiscard]] Path certificatePath(const Path& data, const std::string& title);
/// The account at a CA.
[[nodiscard]] std::string accountKey(const std::string& directory_url);
/// A name that is safe as part of a key, whatever it is made of.
[[nodiscard]] std::string plainName(std::string_view);

}  // namespace sidecert::state
