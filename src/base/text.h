// Small string helpers. ASCII only, no locale.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sidecert {

[[nodiscard]] std::string_view trim(std::string_view);
[[nodiscard]] std::string lower(std::string_view);
[[nodiscard]] std::string upper(std::string_view);
[[nodiscard]] bool equalsIgnoringCase(std::string_view, std::string_view);
/// Pieces between separators, trimmed; empty pieces are left out.
[[nodiscard]] std::vector<std::string> splitList(std::string_view, std::string_view separators = ",");
[[nodiscard]] std::string join(const std::vector<std::string>&, std::string_view separator);
/// A whole non-negative decimal number and nothing else.
[[nodiscard]] std::optional<std::uint64_t> parseNumber(std::string_view);
/// What can neither break a line, colour a terminal nor reorder a sentence: control characters and octets that are no
/// UTF-8 become \xNN.
[[nodiscard]] std::string printable(std::string_view);
/// Printable form of what a stranger sent, cut to `most` characters with "…".
[[nodiscard]] std::string excerpt(std::string_view, std::size_t most = 200);
/// The number of single-character edits between two words; what "did you mean" is made of.
[[nodiscard]] std::size_t editDistance(std::string_view, std::string_view);

}  // namespace sidecert
