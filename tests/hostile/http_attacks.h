// What a server may do to a client that speaks HTTP to it.
#pragma once

#include <string>
#include <vector>

#include "hostile_server.h"

namespace sidecert::testing {

/// An answer is too large, too long, wrong or none at all.
[[nodiscard]] const std::vector<Attack>& httpAttacks();
/// An answer comes octet by octet and never ends: only the client's own limit ends it, once for each time it asks.
[[nodiscard]] const std::vector<Attack>& dripAttacks();

/// JSON with escapes for the terminal, and a line that looks like one of the log, in every member in which some API puts its
/// words.
[[nodiscard]] const std::string& forgery();

inline constexpr std::size_t kMegabyte = 1U << 20U;

/// A whole answer that says how long it is.
[[nodiscard]] std::string httpAnswer(const std::string& status, const std::string& body, const std::string& fields = {});
/// The text so often that it has at least so many octets.
[[nodiscard]] std::string repeated(std::string_view text, std::size_t octets);

}  // namespace sidecert::testing
