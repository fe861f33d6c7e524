// Which proxy a URL goes through, by the rules of HTTPS_PROXY, HTTP_PROXY and NO_PROXY.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/http.h"

namespace sidecert {

struct Proxy {
  std::string host;
  std::uint16_t port = 0;
  std::string authorization;  // value of Proxy-Authorization; empty: none. A secret.
};

/// "[http://][user:password@]host:port". @returns nothing for an empty text, Settings naming `variable` for a wrong one.
[[nodiscard]] Result<std::optional<Proxy>> parseProxy(std::string_view text, std::string_view variable);

/// NO_PROXY: hosts, ".domain" or "domain" for everything below it, or "*". This machine itself never needs a proxy.
[[nodiscard]] bool goesDirect(std::string_view host, std::string_view no_proxy);

}  // namespace sidecert
