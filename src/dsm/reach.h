// Where a host name leads, as far as trust depends on it.
#pragma once

#include <string>

namespace sidecert::dsm {

/// "localhost" or a name below it: loopback, whatever a name server says (RFC 6761 section 6.3).
[[nodiscard]] bool isLoopbackName(const std::string& host);

/// A loopback name, 127.0.0.0/8 or ::1.
[[nodiscard]] bool isLoopback(const std::string& host);

/// An address literal that belongs to this machine. Loopback included, names other than localhost not.
[[nodiscard]] bool isOwnAddress(const std::string& host);

[[nodiscard]] bool isAddressLiteral(const std::string& host);

/// An address literal of a network of one's own: RFC 1918, RFC 3927, RFC 4193, RFC 4291 link-local, RFC 6598.
[[nodiscard]] bool isPrivateAddress(const std::string& host);

}  // namespace sidecert::dsm
