#include "base/encoding.h"

#include <array>

namespace sidecert {
namespace {

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

bool isBlank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

bool isUnreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
         c == '~';
}

int hexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string encodeBits(std::string_view octets, std::string_view alphabet, unsigned bits) {
  std::string text;
  text.reserve(octets.size() * 8 / bits + 1);
  const std::uint32_t mask = (1U << bits) - 1U;
  std::uint32_t pending = 0;
  unsigned count = 0;
  for (const char octet : octets) {
    pending = (pending << 8U) | static_cast<unsigned char>(octet);
    count += 8;
    while (count >= bits) {
      count -= bits;
      text += alphabet[(pending >> count) & mask];
    }
    pending &= (1U << count) - 1U;
  }
  if (count > 0) text += alphabet[(pending << (bits - count)) & mask];
  return text;
}

enum class SpareBits { MustBeZero, Ignored };

std::optional<std::string> decodeBits(std::string_view text, std::string_view alphabet, unsigned bits, SpareBits spare) {
  std::array<int, 256> values;
  values.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<int>(i);
  }
  std::string octets;
  octets.reserve(text.size() * bits / 8);
  std::uint32_t pending = 0;
  unsigned count = 0;
  for (const char c : text) {
    const int value = values[static_cast<unsigned char>(c)];
    if (value < 0) return std::nullopt;
    pending = (pending << bits) | static_cast<std::uint32_t>(value);
    count += bits;
    if (count >= 8) {
      count -= 8;
      octets += static_cast<char>((pending >> count) & 0xFFU);
    }
    pending &= (1U << count) - 1U;
  }
  // A whole character that carries no octet cannot have come from an encoder.
  if (count >= bits || (spare == SpareBits::MustBeZero && pending != 0)) return std::nullopt;
  return octets;
}

std::string escaped(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (!special.contains(c)) {
      out += c;
      continue;
    }
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += "&#39;"; break;
    }
  }
  return out;
}

}  // namespace

std::string base64Url(std::string_view octets) {
  return encodeBits(octets, kBase64Url, 6);
}

bool isBase64Url(std::string_view text) {
  return !text.empty() && text.find_first_not_of(kBase64Url) == std::string_view::npos;
}

std::optional<std::string> fromBase64Url(std::string_view text) {
  return decodeBits(text, kBase64Url, 6, SpareBits::MustBeZero);
}

std::string base64(std::string_view octets) {
  std::string text = encodeBits(octets, kBase64, 6);
  while (text.size() % 4 != 0) text += '=';
  return text;
}

std::optional<std::string> fromBase64(std::string_view text) {
  std::string digits;
  digits.reserve(text.size());
  std::size_t padding = 0;
  for (const char c : text) {
    if (isBlank(c)) continue;
    if (c == '=') {
      ++padding;
    } else if (padding > 0) {
      return std::nullopt;
    } else {
      digits += c;
    }
  }
  if (padding > 2 || (digits.size() + padding) % 4 != 0) return std::nullopt;
  return decodeBits(digits, kBase64, 6, SpareBits::MustBeZero);
}

std::string base32(std::string_view octets) {
  return encodeBits(octets, kBase32, 5);
}

std::optional<std::string> fromBase32(std::string_view text) {
  std::string digits;
  digits.reserve(text.size());
  for (const char c : text) {
    if (isBlank(c) || c == '-' || c == '=') continue;
    digits += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return decodeBits(digits, kBase32, 5, SpareBits::Ignored);
}

std::string hex(std::string_view octets) {
  return encodeBits(octets, "0123456789abcdef", 4);
}

std::optional<std::string> fromHex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string octets;
  octets.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hexDigit(text[i]);
    const int low = hexDigit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    octets += static_cast<char>(high * 16 + low);
  }
  return octets;
}

std::string percentEncode(std::string_view octets) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string text;
  text.reserve(octets.size());
  for (const char c : octets) {
    if (isUnreserved(c)) {
      text += c;
    } else {
      const auto octet = static_cast<unsigned char>(c);
      text += '%';
      text += digits[octet >> 4U];
      text += digits[octet & 0xFU];
    }
  }
  return text;
}

std::string formEncode(std::string_view octets) {
  return percentEncode(octets);
}

std::optional<std::string> percentDecode(std::string_view text) {
  std::string octets;
  octets.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      octets += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = hexDigit(text[i + 1]);
    const int low = hexDigit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    octets += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return octets;
}

std::string escapeMarkup(std::string_view text) {
  return escaped(text, "&<>");
}

std::string escapeAttribute(std::string_view text) {
  return escaped(text, "&<>\"'");
}

}  // namespace sidecert
