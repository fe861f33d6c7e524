// Stands between a client and Pebble and alters what Pebble cannot be made to answer: limits, outages, broken answers.
// Pebble builds its URLs from the Host field, which is passed through, so everything it names leads to the proxy.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/http/http.h"
#include "support/pebble_server.h"

namespace sidecert::testing {

struct ProxyRequest {
  std::string method;
  std::string path;
  std::string kind;     // first segment of the path: "order-plz", "my-order", "authZ", "chalZ", "finalize-order", "certZ" …
  int number = 0;       // counts the requests of this kind from 1
  std::string nonce;    // of the JWS
  std::string payload;  // what is inside the JWS, decoded; empty for POST-as-GET
  HttpHeaders headers;
};

struct ProxyAnswer {
  enum class Cut { None, BeforeAnswer, InTheMiddle, Reset };
  int status = 200;
  HttpHeaders headers;
  std::string body;
  Cut cut = Cut::None;  // how the connection ends

  /// An ACME problem document.
  [[nodiscard]] static ProxyAnswer problem(int status, const std::string& type, const std::string& detail);
};

class AlteringProxy {
 public:
  using Pass = std::function<ProxyAnswer()>;
  /// Called for each request, from several threads; `pass` asks Pebble. Not called: Pebble never hears of the request.
  using Rule = std::function<ProxyAnswer(const ProxyRequest&, const Pass& pass)>;

  explicit AlteringProxy(PebbleServer& pebble, Rule rule = {});
  ~AlteringProxy();
  AlteringProxy(const AlteringProxy&) = delete;
  AlteringProxy& operator=(const AlteringProxy&) = delete;

  void setRule(Rule);  // counts begin anew
  [[nodiscard]] std::string directory() const;
  [[nodiscard]] std::string url(const std::string& path) const;
  [[nodiscard]] std::vector<ProxyRequest> requests() const;
  [[nodiscard]] int count(const std::string& kind) const;
  /// The most requests of this kind that were under way at the same time.
  [[nodiscard]] int widest(const std::string& kind) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sidecert::testing
