// The dates of HTTP: RFC 9110 sections 5.6.7 (three forms) and 10.2.3 (Retry-After).
#include <algorithm>
#include <array>
#include <limits>

#include "base/http/http.h"
#include "base/text.h"

namespace sidecert {
namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 7> kDays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::optional<int> number(std::string_view text, std::size_t digits) {
  if (text.size() != digits) return std::nullopt;
  const auto value = parseNumber(text);
  return value ? std::optional(static_cast<int>(*value)) : std::nullopt;
}

bool isDayName(std::string_view text, bool whole) {
  return std::ranges::any_of(kDays, [&](auto day) { return text == (whole ? day : day.substr(0, 3)); });
}

std::optional<TimePoint> combine(std::optional<int> y, std::string_view month_name, std::optional<int> d,
                                 std::string_view time) {
  const auto* m = std::ranges::find(kMonths, month_name);
  if (!y || m == kMonths.end() || !d || time.size() != 8 || time[2] != ':' || time[5] != ':') return std::nullopt;
  const auto hour = number(time.substr(0, 2), 2);
  const auto minute = number(time.substr(3, 2), 2);
  const auto second = number(time.substr(6, 2), 2);
  const year_month_day date{year{*y}, month{static_cast<unsigned>(m - kMonths.begin() + 1)}, day{static_cast<unsigned>(*d)}};
  if (!date.ok() || !hour || *hour > 23 || !minute || *minute > 59 || !second || *second > 60) return std::nullopt;
  return sys_days{date} + hours{*hour} + minutes{*minute} + seconds{*second};
}

// "Sun, 06 Nov 1994 08:49:37 GMT"
std::optional<TimePoint> imfFixdate(std::string_view text) {
  if (text.size() != 29 || !isDayName(text.substr(0, 3), false) || text.substr(3, 2) != ", " || text[7] != ' ' ||
      text[11] != ' ' || text[16] != ' ' || text.substr(25) != " GMT") {
    return std::nullopt;
  }
  return combine(number(text.substr(12, 4), 4), text.substr(8, 3), number(text.substr(5, 2), 2), text.substr(17, 8));
}

// "Sunday, 06-Nov-94 08:49:37 GMT"
std::optional<TimePoint> rfc850Date(std::string_view text) {
  const auto comma = text.find(", ");
  if (comma == std::string_view::npos || !isDayName(text.substr(0, comma), true)) return std::nullopt;
  text.remove_prefix(comma + 2);
  if (text.size() != 22 || text[2] != '-' || text[6] != '-' || text[9] != ' ' || text.substr(18) != " GMT")
    return std::nullopt;
  auto y = number(text.substr(7, 2), 2);
  if (y) *y += *y < 70 ? 2000 : 1900;
  return combine(y, text.substr(3, 3), number(text.substr(0, 2), 2), text.substr(10, 8));
}

// "Sun Nov  6 08:49:37 1994"
std::optional<TimePoint> asctimeDate(std::string_view text) {
  if (text.size() != 24 || !isDayName(text.substr(0, 3), false) || text[3] != ' ' || text[7] != ' ' || text[10] != ' ' ||
      text[19] != ' ') {
    return std::nullopt;
  }
  const auto d = text[8] == ' ' ? number(text.substr(9, 1), 1) : number(text.substr(8, 2), 2);
  return combine(number(text.substr(20, 4), 4), text.substr(4, 3), d, text.substr(11, 8));
}

}  // namespace

std::optional<TimePoint> parseHttpDate(std::string_view text) {
  text = trim(text);
  if (const auto date = imfFixdate(text)) return date;
  if (const auto date = rfc850Date(text)) return date;
  return asctimeDate(text);
}

std::optional<seconds> parseRetryAfter(std::string_view text, TimePoint now) {
  text = trim(text);
  const bool digits = !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  if (digits) {
    constexpr auto longest = std::numeric_limits<std::int32_t>::max();
    return seconds{std::min<std::uint64_t>(parseNumber(text).value_or(longest), longest)};
  }
  const auto date = parseHttpDate(text);
  if (!date) return std::nullopt;
  return std::max(ceil<seconds>(*date - now), seconds{0});
}

}  // namespace sidecert
