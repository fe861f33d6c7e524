// Finding a host's addresses and connecting to one of them, with limits that hold.
#pragma once

#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/result.h"

namespace sidecert {

using Deadline = std::chrono::steady_clock::time_point;

struct TcpAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
  std::string text;  // "192.0.2.1", for messages
};

/// All addresses of a name or a literal, in the system's order of preference. The resolver's own time-outs apply.
/// @returns Unreachable saying whether the name does not exist or the name server did not answer.
[[nodiscard]] Result<std::vector<TcpAddress>> resolveHost(const std::string& host, std::uint16_t port);

/// A connected, non-blocking socket. @returns Unreachable: refused, no way there, no answer before `deadline`.
[[nodiscard]] Result<Descriptor> connectTcp(const TcpAddress&, Deadline deadline);

/// Waits until the socket can be read (POLLIN) or written (POLLOUT). @returns false when the deadline came first.
[[nodiscard]] bool waitUntilReady(int descriptor, short events, Deadline deadline);

}  // namespace sidecert
