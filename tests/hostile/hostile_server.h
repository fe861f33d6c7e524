// A server that sends a client whatever octets a test wants, in the clear or inside TLS, and keeps all it was told.
#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/raw_server.h"
#include "support/test_ca.h"

namespace sidecert::testing {

/// The client at the other end of one connection. Every call returns once the client has hung up or the server ends.
class Peer {
 public:
  virtual ~Peer() = default;

  /// @returns false when the client is gone.
  virtual bool send(std::string_view) = 0;
  /// Whatever comes next; empty when the client is gone.
  std::string receive();
  /// @returns whether the client is still there after this time. What it says meanwhile is dropped.
  virtual bool staysFor(std::chrono::milliseconds) = 0;

  /// The same octets over and over, until the client is gone.
  void sendWithoutEnd(std::string_view);
  /// The same octets every half second, until the client is gone.
  void drip(std::string_view);
  /// Head and body of an HTTP request; empty when the client is gone.
  std::string receiveRequest();
  /// All that it ever said.
  [[nodiscard]] const std::string& heard() const { return heard_; }

 protected:
  virtual std::string read() = 0;

 private:
  std::string heard_;
  std::string unread_;
};

/// What happens on one connection, which ends with it.
using Script = std::function<void(Peer&, const std::string& request)>;

struct Attack {
  std::string name;
  Script play;
};

enum class Speaks { AfterTheRequest, First };  // as HTTP does; as a mail server does: the script gets no request

class HostileServer {
 public:
  /// @param script  called for every connection, from several threads  @param tls  with this certificate and chain
  explicit HostileServer(Script script, const std::optional<TestCertificate>& tls = std::nullopt,
                         Speaks speaks = Speaks::AfterTheRequest);
  HostileServer(const HostileServer&) = delete;
  HostileServer& operator=(const HostileServer&) = delete;
  ~HostileServer();  // hangs up on everybody

  [[nodiscard]] std::uint16_t port() const { return server_->port(); }
  /// One for each connection so far: the request as it came, or all that was said to a server that speaks first.
  [[nodiscard]] std::vector<std::string> requests() const;

 private:
  void serve(int socket);

  Script script_;
  Speaks speaks_;
  std::shared_ptr<SSL_CTX> tls_;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::unique_ptr<RawServer> server_;  // last: its threads use the others
};

/// Connects to a port of 127.0.0.1, sends the text and reads to the end; empty when nobody is there.
[[nodiscard]] std::string exchangeWith(std::uint16_t port, std::string_view text);

}  // namespace sidecert::testing
