// Where a host name leads, as far as trust depends on it.
#pragma once

#include <string>

namespace sidecert::dsm {

/// "localhost", a name below it, 127.0.0.0/8 or ::1.
[[nodiscard]] bool isLoopback(const std::string& host);

/// An address literal that belongs to this machine. Loopback included, names other than localhost not.
[[nodiscard]] bool isOwnAddress(const std::string& host);

[[nodiscard]] bool isAddressLiteral(const std::string& host);

}  // namespace sidecert::dsm
