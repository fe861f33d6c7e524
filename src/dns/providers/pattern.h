// Reading values out of plain text and HTML by example: a pattern is the text as it stands, with (*) where a value is, and
// (...) where anything may stand. `id=(*)&` finds every id. No regular expressions: a page of any size costs one pass.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sidecert::dns::providers {

class TextPattern {
 public:
  TextPattern() = default;
  /// Every text is a pattern.
  explicit TextPattern(std::string_view);

  /// Whether it has a (*).
  [[nodiscard]] bool hasValue() const;

  /// Every place the pattern fits, in order, without overlap; each with its (*) values. A value is the shortest text up to
  /// what follows it; at the end of the pattern it reaches to the end of the line.
  [[nodiscard]] std::vector<std::vector<std::string>> findAll(std::string_view text) const;

 private:
  enum class Gap { None, Value, Skip };
  struct Piece {
    std::string literal;  // what follows the gap
    Gap gap = Gap::None;
  };
  std::vector<Piece> pieces_;
};

}  // namespace sidecert::dns::providers
