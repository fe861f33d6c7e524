// Loopback addresses and ports nobody uses, so tests can run side by side.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sidecert::testing {

/// A random 127.x.y.z on which every one of `ports` can be bound for UDP and TCP right now. Root may ask for port 53.
/// @throws std::runtime_error when none was found.
[[nodiscard]] std::string freeLoopbackAddress(const std::vector<std::uint16_t>& ports);

/// A port free for TCP and UDP on `address` right now.
[[nodiscard]] std::uint16_t freePort(const std::string& address = "127.0.0.1");

}  // namespace sidecert::testing
