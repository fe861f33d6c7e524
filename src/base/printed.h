// Text of several lines for a terminal or a message, where the log's one-line form would not do.
#pragma once

#include <string>
#include <string_view>

namespace sidecert {

/// `printable` (text.h) of each line: line breaks stay, whatever else could colour a terminal, move its cursor or turn the
/// direction of writing is shown as \xNN.
[[nodiscard]] std::string printableLines(std::string_view);

}  // namespace sidecert
