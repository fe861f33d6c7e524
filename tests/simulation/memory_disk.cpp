#include "simulation/memory_disk.h"

#include <algorithm>

namespace sidecert::simulation {

class MemoryDisk::Lock final : public FileLock {
 public:
  Lock(std::set<std::string>& locked, std::string name) : locked_(locked), name_(std::move(name)) { locked_.insert(name_); }
  ~Lock() override { locked_.erase(name_); }

 private:
  std::set<std::string>& locked_;
  std::string name_;
};

Result<> MemoryDisk::change() {
  if (dead_) return fail(ErrorCode::Storage, "the process is dead");
  if (fuse_ >= 0 && fuse_-- == 0) {
    dead_ = true;
    throw Killed{};
  }
  return {};
}

std::string MemoryDisk::resolved(const Path& path) const {
  std::string text = path.string();
  for (const auto& [link, target] : links_) {
    if (text.starts_with(link + "/")) return (Path(link).parent_path() / target).string() + text.substr(link.size());
  }
  return text;
}

Result<std::optional<std::string>> MemoryDisk::read(const Path& path) {
  const auto found = files_.find(resolved(path));
  if (found == files_.end()) return std::nullopt;
  return found->second;
}

Result<> MemoryDisk::writeSynced(const Path& path, std::string_view bytes, unsigned) {
  if (auto alive = change(); !alive) return alive;
  octets_written_ += bytes.size();
  files_[resolved(path)] = bytes;
  return {};
}

Result<> MemoryDisk::rename(const Path& from, const Path& to) {
  if (auto alive = change(); !alive) return alive;
  if (const auto link = links_.find(from.string()); link != links_.end()) {
    links_[to.string()] = link->second;
    links_.erase(from.string());
    return {};
  }
  const auto found = files_.find(from.string());
  if (found == files_.end()) return fail(ErrorCode::Storage, "no such file: " + from.string());
  files_[to.string()] = std::move(found->second);
  files_.erase(from.string());
  return {};
}

Result<> MemoryDisk::remove(const Path& path) {
  if (auto alive = change(); !alive) return alive;
  const std::string text = path.string();
  std::erase_if(files_, [&](const auto& file) { return file.first == text || file.first.starts_with(text + "/"); });
  std::erase_if(links_, [&](const auto& link) { return link.first == text || link.first.starts_with(text + "/"); });
  return {};
}

Result<std::vector<std::string>> MemoryDisk::list(const Path& path) {
  std::vector<std::string> names;
  const std::string prefix = path.string() + "/";
  const auto collect = [&](const auto& entries) {
    for (auto it = entries.lower_bound(prefix); it != entries.end() && it->first.starts_with(prefix); ++it) {
      const std::string rest = it->first.substr(prefix.size());
      names.push_back(rest.substr(0, rest.find('/')));
    }
  };
  collect(files_);
  collect(links_);
  std::ranges::sort(names);
  const auto doubled = std::ranges::unique(names);
  names.erase(doubled.begin(), doubled.end());
  return names;
}

Result<> MemoryDisk::makeLink(const Path& target, const Path& link) {
  if (auto alive = change(); !alive) return alive;
  links_[link.string()] = target.string();
  return {};
}

Result<std::optional<Path>> MemoryDisk::readLink(const Path& path) {
  const auto found = links_.find(path.string());
  if (found == links_.end()) return std::nullopt;
  return Path(found->second);
}

Result<std::unique_ptr<FileLock>> MemoryDisk::tryLock(const Path& path) {
  if (locked_.contains(path.string())) return nullptr;
  return std::make_unique<Lock>(locked_, path.string());
}

}  // namespace sidecert::simulation
