#include "acme/nonce_pool.h"

#include <chrono>

#include "base/encoding.h"

namespace sidecert::acme {
namespace {

constexpr std::size_t kMostKept = 10;
constexpr Duration kLongestKept = std::chrono::minutes(5);

}  // namespace

void NoncePool::put(std::string_view nonce, Duration now) {
  if (!isBase64Url(nonce)) return;
  const std::lock_guard lock(mutex_);
  if (entries_.size() == kMostKept) entries_.erase(entries_.begin());
  entries_.push_back({std::string(nonce), now});
}

std::optional<std::string> NoncePool::take(Duration now) {
  const std::lock_guard lock(mutex_);
  std::erase_if(entries_, [now](const Entry& entry) { return now - entry.came > kLongestKept; });
  if (entries_.empty()) return std::nullopt;
  std::string nonce = std::move(entries_.back().nonce);
  entries_.pop_back();
  return nonce;
}

std::size_t NoncePool::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace sidecert::acme
