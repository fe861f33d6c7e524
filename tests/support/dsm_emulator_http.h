// The web server under the DSM emulator: one listener per port, one thread per connection. A listener can vanish and come
// back on its port, cut its connections, and answer plain http on its https port, as nginx in front of DSM does.
#pragma once

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocket.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/dsm_emulator_x509.h"

namespace sidecert::testing::emulator {

struct HttpCall {
  std::string method;
  std::string path;   // without query
  std::string query;  // as sent, not decoded
  std::string body;
  std::string client;  // address literal
  bool https = false;
  std::vector<std::pair<std::string, std::string>> headers;
  /// The first field of that name, compared without case; empty when there is none.
  [[nodiscard]] std::string header(std::string_view name) const;
  [[nodiscard]] std::string cookie(std::string_view name) const;
};

struct HttpReply {
  int status = 200;
  std::string content_type = "text/html";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers = {};
  bool drop = false;  // close the connection without an answer
};

using HttpHandler = std::function<HttpReply(const HttpCall&)>;

class HttpListener {
 public:
  /// @param identity  null for plain http; else asked at each handshake for the server name the client wants
  /// @param now  what Date says
  HttpListener(const std::string& address, std::uint16_t port, HttpHandler handler, IdentityChooser identity,
               std::function<std::chrono::sys_seconds()> now);
  HttpListener(const HttpListener&) = delete;
  HttpListener& operator=(const HttpListener&) = delete;
  ~HttpListener();

  [[nodiscard]] std::uint16_t port() const { return address_.port(); }
  void open();              // again, on the same port; nothing happens when it is open
  void close();             // connections are refused from now on, open ones are cut
  void closeConnections();  // the listener stays

 private:
  struct Connection {
    std::thread thread;
    int descriptor = -1;  // -1 once it is closed
  };
  void acceptUntilClosed(Poco::Net::ServerSocket server);
  void serve(Connection& connection, Poco::Net::StreamSocket socket);
  void exchange(Poco::Net::StreamSocket& socket, bool https);
  void reapFinished();

  Poco::Net::SocketAddress address_;
  HttpHandler handler_;
  std::unique_ptr<TlsServer> tls_;
  std::function<std::chrono::sys_seconds()> now_;
  std::mutex mutex_;
  std::list<Connection> connections_;
  Poco::Net::ServerSocket server_;
  std::thread acceptor_;
};

}  // namespace sidecert::testing::emulator
