// HttpTransport on Poco Net and NetSSL.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/http.h"
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

/// @returns Settings naming the trust file that cannot be read, or the variable of a proxy that cannot be used.
[[nodiscard]] Result<std::unique_ptr<HttpTransport>> makePocoHttp(HttpOptions, Log);

}  // namespace sidecert
