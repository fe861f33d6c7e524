// Link header fields and relative references.
// Source: RFC 8288 section 3 (Link), RFC 3986 section 4.2 (relative references, as far as servers here use them).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sidecert {

/// Targets of all links with this relation, in order. CAs send several fields, comma lists and both.
/// Broken fields yield what stands before the break.
[[nodiscard]] std::vector<std::string> linkTargets(const std::vector<std::string>& fields, std::string_view relation);

/// An absolute URL from a reference that is absolute itself ("https://…") or begins with "/".
/// @returns nothing for any other reference, and for one that would leave https for http.
[[nodiscard]] std::optional<std::string> resolveReference(std::string_view base, std::string_view reference);

/// Whether this is a URL with TLS: the only kind a CA may name (RFC 8555 section 6.1).
[[nodiscard]] bool isHttps(std::string_view url);

}  // namespace sidecert
