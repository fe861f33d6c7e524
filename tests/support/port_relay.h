// A second address for a server: datagrams and connections that come there are handed on, octet for octet.
// BIND needs it: it listens on addresses of interfaces only, and 127.x.y.z is none but for 127.0.0.1.
#pragma once

#include <netinet/in.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace sidecert::testing {

class PortRelay {
 public:
  /// @throws std::runtime_error when `address`:`port` cannot be had.
  PortRelay(const std::string& address, std::uint16_t port, const std::string& to_address, std::uint16_t to_port);
  PortRelay(const PortRelay&) = delete;
  PortRelay& operator=(const PortRelay&) = delete;
  ~PortRelay();

 private:
  struct Flow {  // one client's datagrams
    int upstream = -1;
    sockaddr_in client{};
  };
  struct Pair {  // the two ends of a connection
    int client = -1;
    int upstream = -1;
  };
  void run();
  void takeDatagram();
  void takeConnection();

  sockaddr_in target_{};
  int udp_ = -1;
  int tcp_ = -1;
  std::vector<Flow> flows_;
  std::vector<Pair> pairs_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

}  // namespace sidecert::testing
