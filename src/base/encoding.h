// Text encodings of the protocols spoken here. Decoders refuse what is not exactly right and return nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sidecert {

[[nodiscard]] std::string base64Url(std::string_view octets);              // RFC 4648 section 5, without padding
[[nodiscard]] std::optional<std::string> fromBase64Url(std::string_view);  // padding refused
[[nodiscard]] bool isBase64Url(std::string_view);                          // its characters and no others, one at least
[[nodiscard]] std::string base64(std::string_view octets);                 // RFC 4648 section 4, padded, one line
[[nodiscard]] std::optional<std::string> fromBase64(std::string_view);     // white space ignored
[[nodiscard]] std::string base32(std::string_view octets);                 // RFC 4648 section 6, upper case, unpadded
[[nodiscard]] std::optional<std::string> fromBase32(
    std::string_view);                                   // case, blanks, hyphens, padding and spare bits ignored
[[nodiscard]] std::string hex(std::string_view octets);  // lower case
[[nodiscard]] std::optional<std::string> fromHex(std::string_view);
[[nodiscard]] std::string percentEncode(std::string_view);  // everything but RFC 3986's unreserved characters
[[nodiscard]] std::string formEncode(std::string_view);     // application/x-www-form-urlencoded: as above, blank as %20
[[nodiscard]] std::optional<std::string> percentDecode(std::string_view);

/// For the text of an XML or HTML element: & < >
[[nodiscard]] std::string escapeMarkup(std::string_view);
/// For an attribute's value as well: & < > " '
[[nodiscard]] std::string escapeAttribute(std::string_view);

}  // namespace sidecert
