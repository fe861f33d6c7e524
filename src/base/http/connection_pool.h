// Kept-alive connections, at rest. A connection in use belongs to its user alone.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/tls.h"

namespace sidecert {

/// Safe to call from several threads.
class ConnectionPool {
 public:
  /// A connection that is still quiet, or nothing.
  [[nodiscard]] std::unique_ptr<ByteStream> take(const std::string& key);
  void giveBack(const std::string& key, std::unique_ptr<ByteStream>);

 private:
  struct Idle {
    std::unique_ptr<ByteStream> stream;
    Moment since;
  };
  void dropStale(Moment now);

  std::mutex mutex_;
  std::map<std::string, std::vector<Idle>> idle_;
};

}  // namespace sidecert
