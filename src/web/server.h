// A web server for one page: answers GET, one exchange per connection, to whoever reaches it by a name that is known. It
// sleeps in the kernel until somebody asks. One thread serves all connections, and a client that is slow or silent costs
// others nothing: where there is no room for a new connection, the one that was silent longest makes it (RFC 9110, RFC
// 9112).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "base/descriptor.h"
#include "base/result.h"
#include "web/known_hosts.h"

namespace sidecert::web {

struct PageResponse {
  int status = 200;
  std::string type;  // Content-Type
  std::string body;
};

/// @param path  as asked for, without query: "/status.json". Called from one thread, which is not the one that listens.
/// What it throws becomes a 500.
using Handler = std::function<PageResponse(const std::string& path)>;

class Server {
 public:
  /// @param host  an address of this machine; empty: all of them, IPv6 and IPv4  @param port  0 picks a free one
  /// @returns Settings when the address cannot be had: in use, not this machine's, not permitted; Unreachable when a name
  /// has none.
  [[nodiscard]] static Result<std::unique_ptr<Server>> listen(const std::string& host, std::uint16_t port, KnownHosts known,
                                                              Handler handler);

  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  /// Cuts open connections and returns at once.
  ~Server();

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  Server(Descriptor listening, Descriptor end, std::uint16_t port, KnownHosts known, Handler handler);
  void serve() const;

  Descriptor listening_, end_;
  std::uint16_t port_;
  KnownHosts known_;
  Handler handler_;
  std::thread loop_;
};

}  // namespace sidecert::web
