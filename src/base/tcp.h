// Finding a host's addresses and connecting to one of them, with limits that hold.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/name_lookup.h"
#include "base/patience.h"
#include "base/result.h"

namespace sidecert {

struct TcpAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
  std::string text;  // "192.0.2.1", for messages
};

/// An address literal, IPv4 or IPv6, with or without a %zone. Asks nobody.
[[nodiscard]] std::optional<TcpAddress> parseAddress(const std::string& literal, std::uint16_t port);

/// All addresses of a name or a literal, the best to try first. @returns the lookup's failure.
[[nodiscard]] Result<std::vector<TcpAddress>> resolveHost(NameLookup&, const std::string& host, std::uint16_t port,
                                                          const Effort&);

/// A connected, non-blocking socket. @returns Unreachable: refused, no way there, no answer in time; or Stopped.
[[nodiscard]] Result<Descriptor> connectTcp(const TcpAddress&, const Patience&);

}  // namespace sidecert
