// A disk in memory whose power can be cut. It keeps what a real one promises and nothing more: bytes are safe after the
// fsync in writeSynced, names after the sync of their directory.
//
//   for (int step = 0;; ++step) {
//     CrashingFileSystem disk;  …  disk.cutPowerAt(step);
//     const bool finished = doSomething(disk).has_value();
//     disk.restart(CrashingFileSystem::Unsynced::Dropped);  …
//     if (finished) break;
//   }
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/file_system.h"

namespace sidecert::testing {

class CrashingFileSystem final : public FileSystem {
 public:
  /// What becomes of names that were not synced when the power went: a real disk may do either.
  enum class Unsynced { Dropped, Kept };

  CrashingFileSystem();
  ~CrashingFileSystem() override;

  /// The call with this number, counted from 0 from now on, is cut in its middle: a write leaves half its bytes, anything
  /// else does nothing. It and all later calls fail. Only calls that change or sync something count.
  void cutPowerAt(int call);
  [[nodiscard]] bool powerIsCut() const;
  [[nodiscard]] int calls() const;  // since cutPowerAt, or from the start
  /// Power is back, nothing is cut any more, locks are gone.
  void restart(Unsynced);
  /// From now on each write fails with this, the disk stays readable; nothing: works again.
  void refuseWrites(std::optional<Error>);

  Result<std::optional<std::string>> read(const Path&) override;
  Result<> writeSynced(const Path&, std::string_view bytes, unsigned mode) override;
  Result<> rename(const Path& from, const Path& to) override;
  Result<> syncDirectory(const Path&) override;
  Result<> makeDirectories(const Path&, unsigned mode) override;
  Result<> remove(const Path&) override;
  Result<std::vector<std::string>> list(const Path&) override;
  Result<> makeLink(const Path& target, const Path& link) override;
  Result<std::optional<Path>> readLink(const Path&) override;
  Result<std::unique_ptr<FileLock>> tryLock(const Path&) override;

 private:
  struct Node;
  using NodePtr = std::shared_ptr<Node>;
  class Lock;

  enum class Power { On, GoesNow, Off };
  Power beginCall();
  [[nodiscard]] NodePtr find(const Path&, bool follow = true, int depth = 0) const;
  [[nodiscard]] NodePtr parentOf(const Path&) const;

  mutable std::mutex mutex_;
  NodePtr root_;
  std::shared_ptr<std::set<std::string>> locks_ = std::make_shared<std::set<std::string>>();
  int calls_ = 0;
  std::optional<int> cut_at_;
  bool cut_ = false;
  std::optional<Error> refusal_;
};

}  // namespace sidecert::testing
