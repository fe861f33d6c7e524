#include "support/crashing_file_system.h"

#include <utility>

namespace sidecert::testing {
namespace {

constexpr int kMostLinks = 20;

std::unexpected<Error> noPower() {
  return fail(ErrorCode::Storage, "the power is cut");
}
std::unexpected<Error> broken(const std::string& what, const Path& path) {
  return fail(ErrorCode::Storage, "cannot " + what + " " + path.string());
}

}  // namespace

struct CrashingFileSystem::Node {
  enum class Kind { File, Directory, Link } kind = Kind::File;
  std::string content;  // of a file; the target of a link
  std::map<std::string, NodePtr> names;
  std::map<std::string, NodePtr> safe_names;  // as of the last sync
};

class CrashingFileSystem::Lock final : public FileLock {
 public:
  Lock(std::shared_ptr<std::set<std::string>> locks, std::string path) : locks_(std::move(locks)), path_(std::move(path)) {}
  ~Lock() override { locks_->erase(path_); }

 private:
  std::shared_ptr<std::set<std::string>> locks_;
  std::string path_;
};

CrashingFileSystem::CrashingFileSystem() : root_(std::make_shared<Node>()) {
  root_->kind = Node::Kind::Directory;
}
CrashingFileSystem::~CrashingFileSystem() = default;

void CrashingFileSystem::cutPowerAt(int call) {
  const std::scoped_lock lock(mutex_);
  calls_ = 0;
  cut_at_ = call;
}

bool CrashingFileSystem::powerIsCut() const {
  const std::scoped_lock lock(mutex_);
  return cut_;
}

int CrashingFileSystem::calls() const {
  const std::scoped_lock lock(mutex_);
  return calls_;
}

void CrashingFileSystem::restart(Unsynced unsynced) {
  const std::scoped_lock lock(mutex_);
  const auto settle = [&](const auto& self, Node& node) -> void {
    if (cut_ && unsynced == Unsynced::Dropped) node.names = node.safe_names;
    node.safe_names = node.names;
    for (auto& [name, child] : node.names) self(self, *child);
  };
  settle(settle, *root_);
  locks_ = std::make_shared<std::set<std::string>>();
  cut_ = false;
  cut_at_.reset();
}

void CrashingFileSystem::refuseWrites(std::optional<Error> error) {
  const std::scoped_lock lock(mutex_);
  refusal_ = std::move(error);
}

CrashingFileSystem::Power CrashingFileSystem::beginCall() {
  if (cut_) return Power::Off;
  cut_ = cut_at_ && calls_ == *cut_at_;
  ++calls_;
  return cut_ ? Power::GoesNow : Power::On;
}

CrashingFileSystem::NodePtr CrashingFileSystem::find(const Path& path, bool follow, int depth) const {
  if (depth > kMostLinks) return nullptr;
  auto node = root_;
  Path so_far = "/";
  const Path relative = path.lexically_normal().relative_path();
  for (auto part = relative.begin(); part != relative.end(); ++part) {
    if (part->empty() || *part == ".") continue;
    if (node->kind != Node::Kind::Directory) return nullptr;
    const auto found = node->names.find(part->string());
    if (found == node->names.end()) return nullptr;
    node = found->second;
    const bool last = std::next(part) == relative.end();
    if (node->kind == Node::Kind::Link && (follow || !last)) {
      const Path target(node->content);
      node = find(target.is_absolute() ? target : so_far / target, true, depth + 1);
      if (!node) return nullptr;
    }
    so_far /= *part;
  }
  return node;
}

CrashingFileSystem::NodePtr CrashingFileSystem::parentOf(const Path& path) const {
  auto parent = find(path.lexically_normal().parent_path());
  return parent && parent->kind == Node::Kind::Directory ? parent : nullptr;
}

Result<std::optional<std::string>> CrashingFileSystem::read(const Path& path) {
  const std::scoped_lock lock(mutex_);
  if (cut_) return noPower();
  const auto node = find(path);
  if (!node) return std::nullopt;
  if (node->kind != Node::Kind::File) return broken("read", path);
  return node->content;
}

Result<> CrashingFileSystem::writeSynced(const Path& path, std::string_view bytes, unsigned) {
  const std::scoped_lock lock(mutex_);
  const auto power = beginCall();
  if (power == Power::Off) return noPower();
  if (refusal_) return std::unexpected(*refusal_);
  const auto parent = parentOf(path);
  if (!parent) return broken("write", path);
  auto node = find(path);
  if (node && node->kind != Node::Kind::File) return broken("write", path);
  if (!node) node = parent->names[path.filename().string()] = std::make_shared<Node>();
  node->content = power == Power::On ? bytes : bytes.substr(0, bytes.size() / 2);
  if (power == Power::GoesNow) return noPower();
  return {};
}

Result<> CrashingFileSystem::rename(const Path& from, const Path& to) {
  const std::scoped_lock lock(mutex_);
  if (beginCall() != Power::On) return noPower();
  if (refusal_) return std::unexpected(*refusal_);
  const auto source = parentOf(from);
  const auto target = parentOf(to);
  const auto node = find(from, false);
  if (!source || !target || !node) return broken("rename", from);
  const auto existing = find(to, false);
  if (existing && existing->kind == Node::Kind::Directory && !existing->names.empty()) return broken("replace", to);
  source->names.erase(from.filename().string());
  target->names[to.filename().string()] = node;
  return {};
}

Result<> CrashingFileSystem::syncDirectory(const Path& path) {
  const std::scoped_lock lock(mutex_);
  if (beginCall() != Power::On) return noPower();
  const auto node = find(path);
  if (!node || node->kind != Node::Kind::Directory) return broken("sync", path);
  node->safe_names = node->names;
  return {};
}

Result<> CrashingFileSystem::makeDirectories(const Path& path, unsigned) {
  const std::scoped_lock lock(mutex_);
  if (beginCall() != Power::On) return noPower();
  auto node = root_;
  const Path relative = path.lexically_normal().relative_path();
  for (const auto& part : relative) {
    if (part.empty() || part == ".") continue;
    auto& child = node->names[part.string()];
    if (!child) {
      if (refusal_) {
        node->names.erase(part.string());
        return std::unexpected(*refusal_);
      }
      child = std::make_shared<Node>();
      child->kind = Node::Kind::Directory;
      node->safe_names[part.string()] = child;
    }
    if (child->kind != Node::Kind::Directory) return broken("make folder", path);
    node = child;
  }
  return {};
}

Result<> CrashingFileSystem::remove(const Path& path) {
  const std::scoped_lock lock(mutex_);
  const auto power = beginCall();
  if (power == Power::Off) return noPower();
  const auto parent = parentOf(path);
  const auto node = find(path, false);
  if (power == Power::GoesNow) {
    // A folder is emptied name by name.
    if (node && !node->names.empty()) node->names.erase(node->names.begin());
    return noPower();
  }
  if (parent) parent->names.erase(path.lexically_normal().filename().string());
  return {};
}

Result<std::vector<std::string>> CrashingFileSystem::list(const Path& path) {
  const std::scoped_lock lock(mutex_);
  if (cut_) return noPower();
  std::vector<std::string> names;
  const auto node = find(path);
  if (!node) return names;
  if (node->kind != Node::Kind::Directory) return broken("list", path);
  for (const auto& [name, child] : node->names) names.push_back(name);
  return names;
}

Result<> CrashingFileSystem::makeLink(const Path& target, const Path& link) {
  const std::scoped_lock lock(mutex_);
  if (beginCall() != Power::On) return noPower();
  if (refusal_) return std::unexpected(*refusal_);
  const auto parent = parentOf(link);
  if (!parent || find(link, false)) return broken("make link", link);
  auto node = std::make_shared<Node>();
  node->kind = Node::Kind::Link;
  node->content = target.string();
  parent->names[link.filename().string()] = node;
  return {};
}

Result<std::optional<Path>> CrashingFileSystem::readLink(const Path& path) {
  const std::scoped_lock lock(mutex_);
  if (cut_) return noPower();
  const auto node = find(path, false);
  if (!node || node->kind != Node::Kind::Link) return std::nullopt;
  return Path(node->content);
}

Result<std::unique_ptr<FileLock>> CrashingFileSystem::tryLock(const Path& path) {
  const std::scoped_lock lock(mutex_);
  if (cut_) return noPower();
  const auto parent = parentOf(path);
  if (!parent) return broken("lock", path);
  if (!locks_->insert(path.string()).second) return nullptr;
  auto& node = parent->names[path.filename().string()];
  if (!node) node = std::make_shared<Node>();
  return std::make_unique<Lock>(locks_, path.string());
}

}  // namespace sidecert::testing
