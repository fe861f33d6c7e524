// What a server may do to a client that speaks HTTP to it.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace sidecert::testing {

struct HttpAttack {
  std::string name;
  /// Called with a connection whose request was read; returns when the peer has had enough.
  std::function<void(int socket)> play;
};

[[nodiscard]] const std::vector<HttpAttack>& httpAttacks();

/// Sends the text over and over until the peer hangs up.
void sendForEver(int socket, const std::string& text);

}  // namespace sidecert::testing
