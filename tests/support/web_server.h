// A real HTTP or HTTPS server on a free loopback port, answering by a lambda.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/http/http.h"
#include "support/test_ca.h"

namespace sidecert::testing {

struct WebRequest {
  std::string method;
  std::string target;  // path and query as received
  HttpHeaders headers;
  std::string body;
};

struct WebAnswer {
  int status = 200;
  HttpHeaders headers;  // Content-Length is set from the body
  std::string body;
};

class WebServer {
 public:
  using Handler = std::function<WebAnswer(const WebRequest&)>;

  /// @param handler  called from several threads  @param tls  speaks HTTPS with this certificate and chain
  explicit WebServer(Handler handler, std::optional<TestCertificate> tls = std::nullopt,
                     const std::string& address = "127.0.0.1");
  ~WebServer();
  WebServer(const WebServer&) = delete;
  WebServer& operator=(const WebServer&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  /// "https://localhost:port" + path.
  [[nodiscard]] std::string url(const std::string& path = "/", const std::string& host = "localhost") const;
  [[nodiscard]] std::vector<WebRequest> requests() const;
  /// TCP connections accepted so far.
  [[nodiscard]] int connections() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sidecert::testing
