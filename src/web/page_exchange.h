// One connection: a request is read, the answer written, and what else the client says is let go by. Never blocks.
#pragma once

#include <chrono>
#include <string>

#include "base/descriptor.h"
#include "web/known_hosts.h"
#include "web/server.h"

namespace sidecert::web {

using ExchangeClock = std::chrono::steady_clock;

class Exchange {
 public:
  /// @param client  the address it comes from
  Exchange(Descriptor connection, std::string client, ExchangeClock::time_point now);

  [[nodiscard]] int descriptor() const { return connection_.get(); }
  [[nodiscard]] short events() const;  // what to poll for
  [[nodiscard]] const std::string& client() const { return client_; }
  [[nodiscard]] ExchangeClock::time_point deadline() const { return deadline_; }
  /// Whether it is still waited for the client's request.
  [[nodiscard]] bool silent() const { return stage_ == Stage::Reading; }

  /// Goes as far as it can without waiting. @returns whether there is more to come
  [[nodiscard]] bool proceed(const KnownHosts&, const Handler&);

 private:
  enum class Stage { Reading, Writing, Draining };
  [[nodiscard]] bool read(const KnownHosts&, const Handler&);
  [[nodiscard]] bool write();
  [[nodiscard]] bool drain() const;

  Descriptor connection_;
  std::string client_;
  ExchangeClock::time_point deadline_;
  Stage stage_ = Stage::Reading;
  std::string head_;
  std::string answer_;
  std::size_t written_ = 0;
};

}  // namespace sidecert::web
