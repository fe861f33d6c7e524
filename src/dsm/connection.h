// Where DSM is reached in one run, and how its TLS certificate is judged there.
// Loopback and own addresses need no check; a name that the owner says is this machine (SYNO_LOCAL_HOSTNAME) is connected to
// at an address of this machine or not at all. Another host is verified against the trust store, or must show a pinned leaf
// (SYNO_TLS_FINGERPRINT), or anything when the owner says SYNO_INSECURE=1. A leaf that verified before and leaves that we
// deployed are accepted as well, so an expired certificate never blocks its own renewal.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/http/http.h"
#include "base/ports.h"
#include "config/settings.h"
#include "dsm/deployment.h"

namespace sidecert::dsm {

class Connection {
 public:
  /// @param own_leaf  SHA-256 of the certificate being deployed; empty: none
  Connection(const config::NasSettings&, TargetState&, std::string own_leaf, const Ports&);

  /// @param target  path and query. URL, address and trust of the request are filled in.
  [[nodiscard]] Result<HttpResponse> send(const std::string& target, HttpRequest);

  /// As `send`, before any other: decides which address is connected to. Of the two of localhost the one that answers is
  /// kept, because DSM binds a session to the client's address.
  /// @returns Settings when SYNO_LOCAL_HOSTNAME leads to another machine.
  [[nodiscard]] Result<HttpResponse> sendFirst(const std::string& target, const HttpRequest&);

  /// The base named in a redirect is used from now on.
  void adopt(const Url&);

  [[nodiscard]] std::string origin() const { return base_.origin(); }
  [[nodiscard]] const Url& base() const { return base_; }
  [[nodiscard]] bool local() const { return local_; }
  /// What to connect to for a TLS handshake.
  [[nodiscard]] std::string address() const { return address_.empty() ? base_.host : address_; }

 private:
  [[nodiscard]] std::vector<std::string> knownLeaves() const;
  [[nodiscard]] Error untrusted(Error) const;
  [[nodiscard]] Result<> chooseOwnAddress();

  const config::NasSettings& settings_;
  TargetState& state_;
  std::string own_leaf_;
  Ports ports_;
  Url base_;
  bool local_;
  std::string address_;  // what is connected to, without any proxy; empty: the transport resolves the host
};

}  // namespace sidecert::dsm
