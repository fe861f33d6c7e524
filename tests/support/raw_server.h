// A TCP server that misbehaves exactly as a test wants: each connection is handed to a lambda as a socket.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/descriptor.h"

namespace sidecert::testing {

class RawServer {
 public:
  /// @param script  runs in its own thread per connection; number counts from 0; the socket is closed when it returns.
  explicit RawServer(std::function<void(int socket, int number)> script, const std::string& address = "127.0.0.1");
  ~RawServer();  // shuts every connection down and waits for the scripts
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string url(const std::string& path = "/") const;
  [[nodiscard]] int connections() const { return connections_; }

 private:
  void serve();

  std::function<void(int, int)> script_;
  Descriptor listener_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> connections_ = 0;
  std::thread thread_;
};

/// Reads up to the empty line that ends a request's head. @returns what was read.
std::string readHead(int socket);
/// Sends all of it; a peer that hung up is no error.
void sendText(int socket, std::string_view text);
/// The next close sends RST.
void resetOnClose(int socket);

}  // namespace sidecert::testing
