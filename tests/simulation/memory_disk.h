// A disk in memory that is quick enough for centuries, and on which a process can die at any change.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/file_system.h"

namespace sidecert::simulation {

/// Thrown where the process is killed. What it had written stays; until `revive` nothing can be changed any more.
struct Killed {};

class MemoryDisk final : public FileSystem {
 public:
  /// The process dies at the change after so many others; negative: it lives.
  void dieAfter(int changes) { fuse_ = changes; }
  void revive() {
    dead_ = false;
    fuse_ = -1;
    locked_.clear();
  }
  void wipe() {
    files_.clear();
    links_.clear();
  }
  /// A moment at which the process may die without a change to the disk.
  void mayDieHere() { static_cast<void>(change()); }
  [[nodiscard]] std::size_t octetsWritten() const { return octets_written_; }
  [[nodiscard]] const std::map<std::string, std::string>& files() const { return files_; }

  Result<std::optional<std::string>> read(const Path&) override;
  Result<> writeSynced(const Path&, std::string_view bytes, unsigned mode) override;
  Result<> rename(const Path& from, const Path& to) override;
  Result<> syncDirectory(const Path&) override { return {}; }
  Result<> makeDirectories(const Path&, unsigned) override { return {}; }
  Result<> remove(const Path&) override;
  Result<std::vector<std::string>> list(const Path&) override;
  Result<> makeLink(const Path& target, const Path& link) override;
  Result<std::optional<Path>> readLink(const Path&) override;
  Result<std::unique_ptr<FileLock>> tryLock(const Path&) override;

 private:
  class Lock;
  [[nodiscard]] Result<> change();
  [[nodiscard]] std::string resolved(const Path&) const;

  std::map<std::string, std::string> files_;
  std::map<std::string, std::string> links_;
  int fuse_ = -1;
  bool dead_ = false;
  std::set<std::string> locked_;
  std::size_t octets_written_ = 0;
};

}  // namespace sidecert::simulation
