// HttpTransport: an HTTP/1.1 client of this project's own on TLS streams of Poco's NetSSL.
// Of Poco it takes the TLS side alone (base/tls.cpp): the context over OpenSSL, the handshake, and the check of a peer's
// chain and name, which nobody should write anew. Everything between is written here, since Poco's HTTPClientSession takes a
// body that was cut short for a whole one, counts its time-outs from the last octet, cannot be woken by a stop, and looks
// names up where no limit holds: connecting, framing (http_wire.h), proxies (http_proxy.h) and the pool (connection_pool.h).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/http/http.h"
#include "base/log.h"

namespace sidecert {

struct HttpOptions {
  std::string user_agent;                // product/version first (RFC 8555 section 6.1 wants one on every request)
  std::vector<std::string> trust_files;  // PEM bundles; all of them are trusted; a missing or empty one is an error
  std::string https_proxy;               // http://[user:password@]host:port, or empty
  std::string http_proxy;
  std::string all_proxy;  // for both, where the one before is empty
  std::string no_proxy;   // as NoProxy::parse takes it
};

/// @param names  how hosts are looked up; without it, what the machine knows by itself
/// @returns Settings naming the trust file that cannot be read, or the variable of a proxy that cannot be used.
[[nodiscard]] Result<std::unique_ptr<HttpTransport>> makePocoHttp(
    HttpOptions, Log, std::unique_ptr<NameLookup> names = std::make_unique<LocalNames>());

}  // namespace sidecert
