#include "dns/providers/transform.h"

#include <fmt/chrono.h>

#include <array>
#include <cctype>
#include <charconv>
#include <cmath>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "dns/name.h"

namespace sidecert::dns::providers {
namespace {

std::int64_t milliseconds(const Json& value) {
  return value.is_number() ? value.get<std::int64_t>() : 0;
}
std::time_t seconds(const Json& value) {
  return static_cast<std::time_t>(milliseconds(value) / 1000);
}

Json formatted(const Json& value, const char* format) {
  return fmt::format(fmt::runtime(format), fmt::gmtime(seconds(value)));
}

Json number(const Json& value, std::string_view) {
  if (value.is_number()) return value;
  const std::string text(trim(toText(value)));
  if (const auto whole = parseNumber(text)) return *whole;
  double decimal = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), decimal);
  if (error == std::errc() && end == text.data() + text.size() && std::isfinite(decimal)) return decimal;
  return toText(value);
}

Json asAscii(const Json& value, std::string_view) {
  const std::string text = toText(value);
  const auto ascii = toAscii(text);
  return ascii ? *ascii : text;
}

Json before(const Json& value, std::string_view mark) {
  const std::string text = toText(value);
  const auto at = text.find(mark);
  return at == std::string::npos ? text : text.substr(0, at);
}

Json after(const Json& value, std::string_view mark) {
  const std::string text = toText(value);
  const auto at = text.find(mark);
  return at == std::string::npos ? text : text.substr(at + mark.size());
}

Json below(const Json& value, std::string_view label) {
  const std::string name = toText(value);
  if (!lower(name).starts_with(lower(label))) return nullptr;
  if (name.size() == label.size()) return "@";
  return name[label.size()] == '.' ? Json(name.substr(label.size() + 1)) : Json(nullptr);
}

Json withDot(const Json& value, std::string_view) {
  std::string text = toText(value);
  if (!text.ends_with('.')) text += '.';
  return text;
}

Json withoutDot(const Json& value, std::string_view) {
  std::string text = toText(value);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

Json decoded(const std::optional<std::string>& octets) {
  return octets ? Json(*octets) : Json(nullptr);
}

constexpr std::array kTransforms = std::to_array<Transform>({
    {"after", "mark", "what stands after the first mark; all of it when there is no mark", after},
    {"base64", "", "base64 (RFC 4648 section 4)", [](const Json& v, std::string_view) -> Json { return base64(toText(v)); }},
    {"base64url", "", "base64url without padding (RFC 4648 section 5)",
     [](const Json& v, std::string_view) -> Json { return base64Url(toText(v)); }},
    {"before", "mark", "what stands before the first mark; all of it when there is no mark", before},
    {"below", "label", "a relative name without this first label, `@` when there is no more; nothing when it begins otherwise", below},
    {"compact", "", "a time as 20260301T123000Z", [](const Json& v, std::string_view) { return formatted(v, "{:%Y%m%dT%H%M%SZ}"); }},
    {"dot", "", "with a trailing dot", withDot},
    {"else", "text", "the text when the value is empty or absent",
     [](const Json& v, std::string_view other) -> Json { return v.is_null() || v == "" ? Json(std::string(other)) : v; }},
    {"hex", "", "lower-case hex", [](const Json& v, std::string_view) -> Json { return hex(toText(v)); }},
    {"idn", "", "a name in A-labels, lower case (UTS #46)", asAscii},
    {"iso", "", "a time as 2026-03-01T12:30:00Z", [](const Json& v, std::string_view) { return formatted(v, "{:%Y-%m-%dT%H:%M:%SZ}"); }},
    {"json", "", "as JSON text", [](const Json& v, std::string_view) -> Json { return dump(v); }},
    {"label", "", "the last label of a name",
     [](const Json& v, std::string_view) -> Json {
       const std::string name = toText(v);
       return name.substr(name.rfind('.') + 1);
     }},
    {"lower", "", "lower case", [](const Json& v, std::string_view) -> Json { return lower(toText(v)); }},
    {"md5", "", "MD5, lower-case hex",
     [](const Json& v, std::string_view) -> Json { return hex(crypto::digest(crypto::Hash::Md5, toText(v))); }},
    {"ms", "", "a time as milliseconds since 1970", [](const Json& v, std::string_view) -> Json { return milliseconds(v); }},
    {"number", "", "a number instead of a text that is one", number},
    {"parse", "", "JSON text as the value it stands for",
     [](const Json& v, std::string_view) -> Json {
       Json tree = Json::parse(toText(v), nullptr, false);
       return tree.is_discarded() ? Json(nullptr) : tree;
     }},
    {"quote", "", "a TXT value in double quotes, escaped", [](const Json& v, std::string_view) -> Json { return quoteTxt(toText(v)); }},
    {"raw", "", "not escaped for where it stands (URLs only)", [](const Json& v, std::string_view) { return v; }},
    {"rfc1123", "", "a time as Sun, 01 Mar 2026 12:30:00 GMT",
     [](const Json& v, std::string_view) { return formatted(v, "{:%a, %d %b %Y %H:%M:%S GMT}"); }},
    {"text", "", "a text instead of a number", [](const Json& v, std::string_view) -> Json { return toText(v); }},
    {"unbase64", "", "base64 decoded", [](const Json& v, std::string_view) { return decoded(fromBase64(toText(v))); }},
    {"undot", "", "without a trailing dot", withoutDot},
    {"unhex", "", "hex decoded", [](const Json& v, std::string_view) { return decoded(fromHex(toText(v))); }},
    {"unix", "", "a time as seconds since 1970", [](const Json& v, std::string_view) -> Json { return milliseconds(v) / 1000; }},
    {"upper", "", "upper case", [](const Json& v, std::string_view) -> Json { return upper(toText(v)); }},
    {"unslash", "", "without a trailing slash",
     [](const Json& v, std::string_view) -> Json {
       std::string text = toText(v);
       if (text.ends_with('/')) text.pop_back();
       return text;
     }},
    {"unquote", "", "a TXT value as bare text", [](const Json& v, std::string_view) -> Json { return unquoteTxt(toText(v)); }},
    {"upper", "", "upper case", [](const Json& v, std::string_view) -> Json { return upper(toText(v)); }},
    {"url", "", "percent-encoded", [](const Json& v, std::string_view) -> Json { return percentEncode(toText(v)); }},
    {"xml", "", "escaped for XML",
     [](const Json& v, std::string_view) -> Json {
       std::string out;
       for (const char c : toText(v)) {
         if (c == '&') {
           out += "&amp;";
         } else if (c == '<') {
           out += "&lt;";
         } else if (c == '>') {
           out += "&gt;";
         } else {
           out += c;
         }
       }
       return out;
     }},
});

}  // namespace

std::span<const Transform> transforms() {
  return kTransforms;
}

const Transform* findTransform(std::string_view name) {
  for (const Transform& one : kTransforms) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

std::string quoteTxt(std::string_view value) {
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string unquoteTxt(std::string_view shown) {
  const auto text = trim(shown);
  if (text.size() < 2 || text.front() != '"') return std::string(shown);
  std::string out;
  bool inside = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') {
      inside = !inside;
    } else if (inside && text[i] == '\\' && i + 1 < text.size()) {
      const auto digits = text.substr(i + 1, 3);
      const auto code = digits.size() == 3 ? parseNumber(digits) : std::nullopt;
      if (code && *code < 256) {
        out += static_cast<char>(*code);
        i += 3;
      } else {
        out += text[++i];
      }
    } else if (inside) {
      out += text[i];
    }
  }
  return out;
}

}  // namespace sidecert::dns::providers
