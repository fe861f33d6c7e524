#include "base/http/connection_pool.h"

#include <utility>

namespace sidecert {
namespace {

// Shorter than what servers (75 s in nginx) and home routers keep, so that a request rarely meets a dead connection.
constexpr auto kLongestRest = std::chrono::seconds{30};
constexpr std::size_t kMostPerKey = 4;

}  // namespace

std::unique_ptr<ByteStream> ConnectionPool::take(const std::string& key) {
  const std::scoped_lock lock(mutex_);
  dropStale(std::chrono::steady_clock::now());
  auto& idle = idle_[key];
  while (!idle.empty()) {
    auto stream = std::move(idle.back().stream);
    idle.pop_back();
    if (stream->isQuiet()) return stream;
  }
  return nullptr;
}

void ConnectionPool::giveBack(const std::string& key, std::unique_ptr<ByteStream> stream) {
  const std::scoped_lock lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  dropStale(now);
  auto& idle = idle_[key];
  if (idle.size() < kMostPerKey) idle.push_back({std::move(stream), now});
}

void ConnectionPool::dropStale(Moment now) {
  for (auto& [key, idle] : idle_) std::erase_if(idle, [&](const Idle& one) { return now - one.since > kLongestRest; });
  std::erase_if(idle_, [](const auto& entry) { return entry.second.empty(); });
}

}  // namespace sidecert
