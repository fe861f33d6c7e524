#include "base/text.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

namespace sidecert {
namespace {

constexpr std::string_view kBlanks = " \t\r\n\v\f";

char lowerOne(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
char upperOne(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

// Octets of the well-formed UTF-8 character at the front (RFC 3629); 0 when there is none.
std::size_t characterLength(std::string_view text) {
  const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = octet(0);
  if (lead < 0x80) return 1;
  std::size_t length = 0;
  unsigned char least = 0x80;
  unsigned char most = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) least = 0xA0;
    if (lead == 0xED) most = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) least = 0x90;
    if (lead == 0xF4) most = 0x8F;
  }
  if (length == 0 || text.size() < length || octet(1) < least || octet(1) > most) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (octet(i) < 0x80 || octet(i) > 0xBF) return 0;
  }
  return length;
}

// C0, DEL and C1 controls, line and paragraph separators, and the marks that turn the direction of writing.
bool isControl(std::string_view character) {
  if (character.size() == 1) return character[0] >= 0 && (character[0] < 0x20 || character[0] == 0x7F);
  return (character >= "\xC2\x80" && character <= "\xC2\x9F") ||
         (character >= "\xE2\x80\xA8" && character <= "\xE2\x80\xAE") ||
         (character >= "\xE2\x81\xA6" && character <= "\xE2\x81\xA9") || character == "\xE2\x80\x8E" ||
         character == "\xE2\x80\x8F";
}

void appendPrintable(std::string& out, std::string_view character, bool plain) {
  if (plain) {
    out += character;
    return;
  }
  for (const char c : character) out += fmt::format("\\x{:02X}", static_cast<unsigned char>(c));
}

std::string printableUpTo(std::string_view text, std::size_t most) {
  std::string out;
  out.reserve(std::min(text.size(), most) + 8);
  for (std::size_t at = 0, characters = 0; at < text.size(); ++characters) {
    if (characters == most) return out + "…";
    const std::size_t length = characterLength(text.substr(at));
    const std::string_view character = text.substr(at, std::max<std::size_t>(length, 1));
    appendPrintable(out, character, length > 0 && !isControl(character));
    at += character.size();
  }
  return out;
}

}  // namespace

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), lowerOne);
  return out;
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), upperOne);
  return out;
}

bool equalsIgnoringCase(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lowerOne, lowerOne);
}

std::vector<std::string> splitList(std::string_view text, std::string_view separators) {
  std::vector<std::string> pieces;
  while (true) {
    const auto end = text.find_first_of(separators);
    const auto piece = trim(text.substr(0, end));
    if (!piece.empty()) pieces.emplace_back(piece);
    if (end == std::string_view::npos) return pieces;
    text.remove_prefix(end + 1);
  }
}

std::string join(const std::vector<std::string>& pieces, std::string_view separator) {
  std::string out;
  for (const auto& piece : pieces) {
    if (&piece != pieces.data()) out += separator;
    out += piece;
  }
  return out;
}

std::optional<std::uint64_t> parseNumber(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string printable(std::string_view text) {
  return printableUpTo(text, text.size());
}

std::string excerpt(std::string_view text, std::size_t most) {
  return printableUpTo(text, most);
}

std::size_t editDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace sidecert
