#include "dns/providers/pattern.h"

#include <algorithm>

namespace sidecert::dns::providers {

TextPattern::TextPattern(std::string_view pattern) {
  auto gap = Gap::None;
  while (true) {
    const auto value = pattern.find("(*)");
    const auto skip = pattern.find("(...)");
    const auto end = std::min(value, skip);
    pieces_.push_back({std::string(pattern.substr(0, end)), gap});
    if (end == std::string_view::npos) return;
    gap = value < skip ? Gap::Value : Gap::Skip;
    pattern.remove_prefix(end + (value < skip ? 3 : 5));
  }
}

bool TextPattern::hasValue() const {
  return std::ranges::contains(pieces_, Gap::Value, &Piece::gap);
}

std::vector<std::vector<std::string>> TextPattern::findAll(std::string_view text) const {
  std::vector<std::vector<std::string>> found;
  std::size_t at = 0;
  while (at <= text.size() && !pieces_.empty()) {
    std::vector<std::string> values;
    std::size_t here = at;
    for (const Piece& piece : pieces_) {
      const bool to_line_end = piece.literal.empty() && piece.gap != Gap::None;
      std::size_t next = to_line_end ? text.find_first_of("\r\n", here) : text.find(piece.literal, here);
      if (to_line_end && next == std::string_view::npos) next = text.size();
      if (next == std::string_view::npos) return found;
      if (piece.gap == Gap::Value) values.emplace_back(text.substr(here, next - here));
      here = next + piece.literal.size();
    }
    found.push_back(std::move(values));
    at = here > at ? here : at + 1;
  }
  return found;
}

}  // namespace sidecert::dns::providers
