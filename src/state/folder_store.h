// Documents as files of a folder: the key with ".json" behind it. Replaced whole (written beside, synced, renamed, the
// folder synced), 0600, never deleted when they cannot be understood: a `put` sets such a file aside as NAME.unreadable-TIME
// first. The revision is the digest of the bytes, so it costs nothing on disk and files of older programs have one.
#pragma once

#include "base/ports.h"
#include "state/store.h"

namespace sidecert::state {

class FolderStore final : public Store {
 public:
  FolderStore(Path folder, Ports ports) : folder_(std::move(folder)), ports_(std::move(ports)) {}

  [[nodiscard]] Result<std::optional<Document>> get(const std::string& key) override;
  [[nodiscard]] Result<Revision> put(const std::string& key, std::optional<Json> body, const Revision& expected) override;
  [[nodiscard]] Result<std::vector<std::string>> list(const std::string& folder) override;
  [[nodiscard]] Result<std::unique_ptr<Lease>> lease(const std::string& name) override;

 private:
  [[nodiscard]] Path pathOf(const std::string& key) const;
  [[nodiscard]] Result<std::unique_ptr<FileLock>> aloneWith();
  [[nodiscard]] Result<> setAside(const Path&);
  [[nodiscard]] Result<> collect(const std::string& folder, int depth, std::vector<std::string>& keys);

  Path folder_;
  Ports ports_;
};

}  // namespace sidecert::state
