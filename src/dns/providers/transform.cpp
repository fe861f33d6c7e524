#include "dns/providers/transform.h"

#include <fmt/chrono.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "dns/name.h"
#include "dns/providers/json.h"

namespace sidecert::dns::providers {
namespace {

std::int64_t milliseconds(const Value& value) {
  return value.integer().value_or(0);
}
// Up to the end of the year 9999: what is written has four digits for a year.
std::time_t seconds(const Value& value) {
  return static_cast<std::time_t>(std::clamp<std::int64_t>(milliseconds(value) / 1000, 0, 253'402'300'799));
}

Value formatted(const Value& value, const char* format) {
  return fmt::format(fmt::runtime(format), fmt::gmtime(seconds(value)));
}

Value number(const Value& value, std::string_view) {
  if (value.isNumber()) return value;
  const std::string text(trim(toText(value)));
  if (const auto whole = parseNumber(text)) return *whole;
  double decimal = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), decimal);
  if (error == std::errc() && end == text.data() + text.size() && std::isfinite(decimal)) return decimal;
  return toText(value);
}

Value asAscii(const Value& value, std::string_view) {
  const std::string text = toText(value);
  const auto ascii = toAscii(text);
  return ascii ? *ascii : text;
}

Value before(const Value& value, std::string_view mark) {
  const std::string text = toText(value);
  const auto at = text.find(mark);
  return at == std::string::npos ? text : text.substr(0, at);
}

Value after(const Value& value, std::string_view mark) {
  const std::string text = toText(value);
  const auto at = text.find(mark);
  return at == std::string::npos ? text : text.substr(at + mark.size());
}

Value below(const Value& value, std::string_view label) {
  const std::string name = toText(value);
  if (!lower(name).starts_with(lower(label))) return nullptr;
  if (name.size() == label.size()) return "@";
  return name[label.size()] == '.' ? Value(name.substr(label.size() + 1)) : Value(nullptr);
}

Value withDot(const Value& value, std::string_view) {
  std::string text = toText(value);
  if (!text.ends_with('.')) text += '.';
  return text;
}

Value withoutDot(const Value& value, std::string_view) {
  std::string text = toText(value);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

Value entries(const Value& value, std::string_view /*argument*/) {
  if (!value.isObject()) return value;
  ValueList out;
  for (const Member& member : value.members()) out.emplace_back(Object{{"key", member.name}, {"value", member.value}});
  return out;
}

Value without(const Value& value, std::string_view ending) {
  const std::string text = toText(value);
  return lower(text).ends_with(lower(ending)) ? Value(text.substr(0, text.size() - ending.size())) : Value();
}

Value decoded(const std::optional<std::string>& octets) {
  return octets ? Value(*octets) : Value(nullptr);
}

constexpr std::array kTransforms = std::to_array<Transform>({
    {"after", "mark", "what stands after the first mark; all of it when there is no mark", after},
    {"at", "pointer", "what the pointer leads to in it", [](const Value& v, std::string_view) { return v; }},
    {"base64", "", "base64 (RFC 4648 section 4)", [](const Value& v, std::string_view) -> Value { return base64(toText(v)); }},
    {"base64url", "", "base64url without padding (RFC 4648 section 5)",
     [](const Value& v, std::string_view) -> Value { return base64Url(toText(v)); }},
    {"before", "mark", "what stands before the first mark; all of it when there is no mark", before},
    {"below", "label", "a relative name without this first label, `@` when there is no more; nothing when it begins otherwise", below},
    {"compact", "", "a time as 20260301T123000Z", [](const Value& v, std::string_view) { return formatted(v, "{:%Y%m%dT%H%M%SZ}"); }},
    {"dot", "", "with a trailing dot", withDot},
    {"else", "text", "the text when the value is empty or absent",
     [](const Value& v, std::string_view other) -> Value { return v.isNull() || (v.isText() && v.text().empty()) ? Value(other) : v; }},
    {"entries", "", "of an object a list of {\"key\": …, \"value\": …}", entries},
    {"hex", "", "lower-case hex", [](const Value& v, std::string_view) -> Value { return hex(toText(v)); }},
    {"idn", "", "a name in A-labels, lower case (UTS #46)", asAscii},
    {"iso", "", "a time as 2026-03-01T12:30:00Z", [](const Value& v, std::string_view) { return formatted(v, "{:%Y-%m-%dT%H:%M:%SZ}"); }},
    {"json", "", "as JSON text", [](const Value& v, std::string_view) -> Value { return dump(v); }},
    {"label", "", "the last label of a name",
     [](const Value& v, std::string_view) -> Value {
       const std::string name = toText(v);
       return name.substr(name.rfind('.') + 1);
     }},
    {"lower", "", "lower case", [](const Value& v, std::string_view) -> Value { return lower(toText(v)); }},
    {"md5", "", "MD5, lower-case hex",
     [](const Value& v, std::string_view) -> Value { return hex(crypto::digest(crypto::Hash::Md5, toText(v))); }},
    {"ms", "", "a time as milliseconds since 1970", [](const Value& v, std::string_view) -> Value { return milliseconds(v); }},
    {"number", "", "a number instead of a text that is one", number},
    {"parse", "", "JSON text as the value it stands for",
     [](const Value& v, std::string_view) -> Value {
       const auto tree = parseJson(toText(v));
       return tree ? *tree : Value();
     }},
    {"optional", "", "may be absent, in a step that changes something too", [](const Value& v, std::string_view) { return v; }},
    {"quote", "", "a TXT value in double quotes, escaped", [](const Value& v, std::string_view) -> Value { return quoteTxt(toText(v)); }},
    {"raw", "", "not escaped for where it stands (URLs only)", [](const Value& v, std::string_view) { return v; }},
    {"rfc1123", "", "a time as Sun, 01 Mar 2026 12:30:00 GMT",
     [](const Value& v, std::string_view) { return formatted(v, "{:%a, %d %b %Y %H:%M:%S GMT}"); }},
    {"text", "", "a text instead of a number", [](const Value& v, std::string_view) -> Value { return toText(v); }},
    {"unbase64", "", "base64 decoded", [](const Value& v, std::string_view) { return decoded(fromBase64(toText(v))); }},
    {"undot", "", "without a trailing dot", withoutDot},
    {"unhex", "", "hex decoded", [](const Value& v, std::string_view) { return decoded(fromHex(toText(v))); }},
    {"unix", "", "a time as seconds since 1970", [](const Value& v, std::string_view) -> Value { return milliseconds(v) / 1000; }},
    {"unurl", "", "percent-decoded", [](const Value& v, std::string_view) { return decoded(percentDecode(toText(v))); }},
    {"upper", "", "upper case", [](const Value& v, std::string_view) -> Value { return upper(toText(v)); }},
    {"unslash", "", "without a trailing slash",
     [](const Value& v, std::string_view) -> Value {
       std::string text = toText(v);
       if (text.ends_with('/')) text.pop_back();
       return text;
     }},
    {"unquote", "", "a TXT value as bare text", [](const Value& v, std::string_view) -> Value { return unquoteTxt(toText(v)); }},
    {"url", "", "percent-encoded", [](const Value& v, std::string_view) -> Value { return percentEncode(toText(v)); }},
    {"without", "ending", "without this ending; nothing when it ends otherwise", without},
    {"xml", "", "escaped for XML",
     [](const Value& v, std::string_view) -> Value { return escapeMarkup(toText(v)); }},
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
