// Replay nonces at hand. Every answer to a POST brings one, errors included, so a run that keeps them asks for one once.
// Source: RFC 8555 section 6.5.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace sidecert::acme {

/// Safe to use from several threads.
class NoncePool {
 public:
  /// Ignores what is no base64url (section 6.5.1). @param now  monotonic time
  void put(std::string_view nonce, Duration now);

  /// The newest one; those of before a long wait are thrown away, because servers forget them.
  [[nodiscard]] std::optional<std::string> take(Duration now);

  [[nodiscard]] std::size_t size() const;

 private:
  struct Entry {
    std::string nonce;
    Duration came;
  };
  mutable std::mutex mutex_;
  std::vector<Entry> entries_;  // oldest first
};

}  // namespace sidecert::acme
