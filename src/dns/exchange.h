// One DNS message to one server and back, over UDP or TCP, with time limits. Knows nothing of what is in the messages.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/descriptor.h"
#include "base/effort.h"
#include "base/result.h"
#include "dns/resolver.h"

namespace sidecert::dns {

/// For a message of ours: a forger off the path has to guess it.
[[nodiscard]] std::uint16_t randomId();

/// A socket of that kind (SOCK_DGRAM, SOCK_STREAM), non-blocking: connected, or, over TCP, on its way there.
[[nodiscard]] Result<Descriptor> connectTo(const Server&, int kind);

/// Sends one datagram from a fresh socket (so from a port the kernel picks by chance) and hands over what that server sends
/// back until `accept` takes it. What it does not take was made up by somebody, or belongs to nothing, and is dropped.
/// @returns Unreachable when the server's host said no, AnswerLost when nothing was taken within the effort, Stopped.
[[nodiscard]] Result<> exchangeUdp(const Server&, std::string_view message, const Effort&,
                                   const std::function<bool(std::string_view)>& accept);

/// @returns Unreachable when there was no connection, AnswerLost when it ended or stayed silent, Stopped.
[[nodiscard]] Result<std::string> exchangeTcp(const Server&, std::string_view message, const Effort&);

/// Whether the machine has a route to that address. Sends nothing.
[[nodiscard]] bool hasRouteTo(const Server&);

}  // namespace sidecert::dns
