// A world whose CA is Pebble behind a proxy that alters what it says.
#pragma once

#include <regex>
#include <string>

#include "support/altering_proxy.h"
#include "world.h"

namespace sidecert::testing {

inline constexpr auto pass = [](const ProxyRequest&, const AlteringProxy::Pass& ask) { return ask(); };

struct ProxiedWorld {
  explicit ProxiedWorld(AlteringProxy::Rule rule = pass, PebbleServer& server = sharedPebble())
      : proxy(server, std::move(rule)), world(server) {
    world.directory = proxy.directory();
  }
  AlteringProxy proxy;
  World world;
};

inline ProxyAnswer withBody(ProxyAnswer answer, const std::string& body) {
  answer.body = body;
  return answer;
}

/// Every answer of this kind, its body changed.
template <class Change>
AlteringProxy::Rule altering(std::string kind, Change change) {
  return [kind = std::move(kind), change](const ProxyRequest& request, const AlteringProxy::Pass& ask) {
    ProxyAnswer answer = ask();
    if (request.kind == kind) answer.body = change(answer.body);
    return answer;
  };
}

}  // namespace sidecert::testing
