#include "dns/providers/pattern.h"

#include <algorithm>

namespace sidecert::dns::providers {
namespace {

struct Piece {
  std::string_view literal;  // what follows the gap
  enum class Gap { None, Value, Skip } gap;
};

std::vector<Piece> pieces(std::string_view pattern) {
  std::vector<Piece> out;
  auto gap = Piece::Gap::None;
  while (true) {
    const auto value = pattern.find("(*)");
    const auto skip = pattern.find("(...)");
    const auto end = std::min(value, skip);
    out.push_back({pattern.substr(0, end), gap});
    if (end == std::string_view::npos) return out;
    gap = value < skip ? Piece::Gap::Value : Piece::Gap::Skip;
    pattern.remove_prefix(end + (value < skip ? 3 : 5));
  }
}

}  // namespace

std::vector<std::vector<std::string>> findPattern(std::string_view text, std::string_view pattern) {
  std::vector<std::vector<std::string>> found;
  const auto parts = pieces(pattern);
  std::size_t at = 0;
  while (at <= text.size()) {
    std::vector<std::string> values;
    std::size_t here = at;
    bool fits = true;
    for (const Piece& part : parts) {
      const bool to_line_end = part.literal.empty() && part.gap != Piece::Gap::None;
      std::size_t next = to_line_end ? text.find_first_of("\r\n", here) : text.find(part.literal, here);
      if (to_line_end && next == std::string_view::npos) next = text.size();
      if (next == std::string_view::npos) {
        fits = false;
        break;
      }
      if (part.gap == Piece::Gap::Value) values.emplace_back(text.substr(here, next - here));
      here = next + part.literal.size();
    }
    if (!fits) return found;
    found.push_back(std::move(values));
    at = here > at ? here : at + 1;
  }
  return found;
}

}  // namespace sidecert::dns::providers
