// Which address of a host to try first.
// Source: RFC 6724 section 6, of its rules 1 (no way there), 5 (labels), 6 (precedence), with the table of section 2.1.
#pragma once

#include <vector>

#include "base/tcp.h"

namespace sidecert {

/// Addresses this machine has no way to come last; else what the RFC prefers, else the order they came in. Sends nothing.
[[nodiscard]] std::vector<TcpAddress> inOrderOfPreference(std::vector<TcpAddress>);

}  // namespace sidecert
