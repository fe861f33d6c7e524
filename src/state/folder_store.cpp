#include "state/folder_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/json.h"
#include "crypto/digest.h"
#include "state/document.h"

namespace sidecert::state {
namespace {

constexpr std::string_view kEnding = ".json";
constexpr int kDeepest = 4;  // certificates/home.example/nas/attic
constexpr Duration kWritePause{20};
constexpr const char* kWriteLock = ".write-lock";

std::string compact(TimePoint now) {
  std::string stamp = toIso(now);
  std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
  return stamp;
}

Revision revisionOf(const std::string& bytes) {
  return hex(crypto::sha256(bytes)).substr(0, 32);
}

class FolderLease final : public Lease {
 public:
  explicit FolderLease(std::unique_ptr<FileLock> lock) : lock_(std::move(lock)) {}

 private:
  std::unique_ptr<FileLock> lock_;
};

}  // namespace

Path FolderStore::pathOf(const std::string& key) const {
  return folder_ / (key + std::string(kEnding));
}

Result<std::optional<Document>> FolderStore::get(const std::string& key) {
  const Path path = pathOf(key);
  const auto bytes = ports_.files.read(path);
  if (!bytes) return within("reading what was saved", bytes.error());
  if (!*bytes) return std::nullopt;
  auto parsed = parseJson(**bytes);
  Document found{.body = parsed ? *std::move(parsed) : Json(), .revision = revisionOf(**bytes)};
  if (!found.body.is_object()) {
    ports_.log.debug("{} cannot be read; what it held is found out again", path.string());
    found.body = nullptr;
  } else if (number(found.body, "schema") > kSchema) {
    return fail(ErrorCode::Storage, fmt::format("{} was written by a newer version of Sidecert", path.string()),
                "use that version, or another folder for SIDECERT_DATA");
  }
  return found;
}

/// Between looking at the revision and replacing the file nobody else may write.
Result<std::unique_ptr<FileLock>> FolderStore::aloneWith() {
  if (auto made = ports_.files.makeDirectories(folder_, kPublicDirectory); !made) return std::unexpected(made.error());
  while (true) {
    auto lock = ports_.files.tryLock(folder_ / kWriteLock);
    if (!lock || *lock != nullptr) return lock;
    if (!ports_.clock.sleepFor(kWritePause, ports_.stop)) return fail(ErrorCode::Stopped, "stopped while waiting to write");
  }
}

Result<> FolderStore::setAside(const Path& path) {
  const Path aside = path.string() + ".unreadable-" + compact(ports_.clock.now());
  if (auto moved = ports_.files.rename(path, aside); !moved)
    return within("setting aside an unreadable file", moved.error());
  ports_.log.warning("{} cannot be read and was set aside as {}; what it held is found out again", path.string(),
                     aside.filename().string());
  return ports_.files.syncDirectory(path.parent_path());
}

Result<Revision> FolderStore::put(const std::string& key, std::optional<Json> body, const Revision& expected) {
  const auto lock = aloneWith();
  if (!lock) return std::unexpected(lock.error());
  const auto before = get(key);
  if (!before) return std::unexpected(before.error());
  if ((*before ? (*before)->revision : Revision()) != expected)
    return fail(ErrorCode::Refused, fmt::format("{} was changed by somebody else", pathOf(key).string()));
  const Path path = pathOf(key);
  if (*before && (*before)->body.is_null()) {
    if (auto aside = setAside(path); !aside) return std::unexpected(aside.error());
  }
  if (!body) {
    if (auto removed = ports_.files.remove(path); !removed) return std::unexpected(removed.error());
    if (!*before) return Revision();
    if (auto synced = ports_.files.syncDirectory(path.parent_path()); !synced) return std::unexpected(synced.error());
    return Revision();
  }
  (*body)["schema"] = kSchema;
  const std::string bytes = toText(*body) + "\n";
  if (auto made = ports_.files.makeDirectories(path.parent_path(), kPrivateDirectory); !made)
    return std::unexpected(made.error());
  if (auto replaced = replaceFile(ports_.files, path, bytes, kPrivateFile); !replaced)
    return std::unexpected(replaced.error());
  return revisionOf(bytes);
}

Result<> FolderStore::collect(const std::string& folder, int depth, std::vector<std::string>& keys) {
  const auto names = ports_.files.list(folder_ / folder);
  if (!names) return depth == 0 ? Result<>(std::unexpected(names.error())) : Result<>();  // a file
  for (const std::string& name : *names) {
    if (name.starts_with('.') || name.starts_with('@') || name == "versions" || name == "current") continue;
    const std::string key = folder.empty() ? name : folder + "/" + name;
    if (name.ends_with(kEnding)) {
      keys.push_back(key.substr(0, key.size() - kEnding.size()));
    } else if (depth < kDeepest) {
      if (auto done = collect(key, depth + 1, keys); !done) return done;
    }
  }
  return {};
}

Result<std::vector<std::string>> FolderStore::list(const std::string& folder) {
  std::vector<std::string> keys;
  if (auto done = collect(folder, 0, keys); !done) return std::unexpected(done.error());
  std::ranges::sort(keys);
  return keys;
}

Result<std::unique_ptr<Lease>> FolderStore::lease(const std::string& name) {
  if (auto made = ports_.files.makeDirectories(folder_, kPublicDirectory); !made) return std::unexpected(made.error());
  auto lock = ports_.files.tryLock(folder_ / name);
  if (!lock) return std::unexpected(lock.error());
  if (*lock == nullptr) return nullptr;
  return std::make_unique<FolderLease>(std::move(*lock));
}

}  // namespace sidecert::state
