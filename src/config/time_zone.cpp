#include "config/time_zone.h"

#include <algorithm>
#include <cctype>
#include <stdexcept>

#include "base/text.h"

namespace sidecert::config {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

constexpr seconds kUsualChange = hours(2);
constexpr std::string_view kUsualRules = "M3.2.0,M11.1.0";  // what the C libraries take when a rule names none

/// Reads a rule from left to right.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  [[nodiscard]] bool atEnd() const { return text_.empty(); }
  [[nodiscard]] bool take(char wanted) {
    if (text_.empty() || text_.front() != wanted) return false;
    text_.remove_prefix(1);
    return true;
  }
  /// Three letters or more, or anything of that length in angle brackets.
  [[nodiscard]] bool takeName() {
    const bool quoted = take('<');
    std::size_t length = 0;
    while (length < text_.size() && isOfName(text_[length], quoted)) ++length;
    text_.remove_prefix(length);
    return length >= 3 && (!quoted || take('>'));
  }
  [[nodiscard]] std::optional<int> takeNumber(int most) {
    std::size_t length = 0;
    while (length < text_.size() && length < 4 && std::isdigit(static_cast<unsigned char>(text_[length])) != 0) ++length;
    const auto number = parseNumber(text_.substr(0, length));
    if (!number || *number > static_cast<std::uint64_t>(most)) return std::nullopt;
    text_.remove_prefix(length);
    return static_cast<int>(*number);
  }
  /// [+-]hh[:mm[:ss]]
  [[nodiscard]] std::optional<seconds> takeTime(int most_hours) {
    const bool minus = take('-');
    if (!minus) std::ignore = take('+');
    const auto whole = takeNumber(most_hours);
    if (!whole) return std::nullopt;
    seconds time = hours(*whole);
    for (const seconds unit : {seconds(60), seconds(1)}) {
      if (!take(':')) break;
      const auto part = takeNumber(59);
      if (!part) return std::nullopt;
      time += unit * *part;
    }
    return minus ? -time : time;
  }

 private:
  static bool isOfName(char c, bool quoted) {
    const auto octet = static_cast<unsigned char>(c);
    return std::isalpha(octet) != 0 || (quoted && (std::isdigit(octet) != 0 || c == '+' || c == '-'));
  }

  std::string_view text_;
};

/// A day of the year and the local time at which the clocks change.
struct Change {
  enum class Kind { MonthWeekDay, JulianDay, ZeroBasedDay } kind = Kind::MonthWeekDay;
  int month = 1, week = 1, day = 0;
  seconds time = kUsualChange;

  [[nodiscard]] std::chrono::local_seconds in(std::chrono::year year) const {
    const std::chrono::local_days first{year / std::chrono::January / 1};
    std::chrono::local_days date = first;
    switch (kind) {
      case Kind::MonthWeekDay: {
        const auto in_month = year / std::chrono::month(static_cast<unsigned>(month));
        const std::chrono::weekday weekday(static_cast<unsigned>(day));
        date = week == 5 ? std::chrono::local_days{in_month / weekday[std::chrono::last]}
                         : std::chrono::local_days{in_month / weekday[static_cast<unsigned>(week)]};
        break;
      }
      case Kind::JulianDay: date = first + days(day - 1 + (year.is_leap() && day >= 60 ? 1 : 0)); break;
      case Kind::ZeroBasedDay: date = first + days(day); break;
    }
    return std::chrono::local_seconds(date) + time;
  }
};

std::optional<Change> takeChange(Scanner& scan) {
  Change change;
  std::optional<int> day;
  if (scan.take('M')) {
    const auto month = scan.takeNumber(12);
    const auto week = month && scan.take('.') ? scan.takeNumber(5) : std::nullopt;
    day = week && scan.take('.') ? scan.takeNumber(6) : std::nullopt;
    if (!day || *month == 0 || *week == 0) return std::nullopt;
    change.month = *month;
    change.week = *week;
  } else if (scan.take('J')) {
    change.kind = Change::Kind::JulianDay;
    day = scan.takeNumber(365);
    if (day == 0) return std::nullopt;
  } else {
    change.kind = Change::Kind::ZeroBasedDay;
    day = scan.takeNumber(365);
  }
  if (!day) return std::nullopt;
  change.day = *day;
  if (scan.take('/')) {
    const auto time = scan.takeTime(167);
    if (!time) return std::nullopt;
    change.time = *time;
  }
  return change;
}

bool isSummer(const Change& begin, const Change& end, seconds standard, seconds summer, std::chrono::sys_seconds when) {
  const std::chrono::year_month_day date{std::chrono::floor<days>(when + standard)};
  const std::chrono::sys_seconds from{begin.in(date.year()).time_since_epoch() - standard};
  const std::chrono::sys_seconds until{end.in(date.year()).time_since_epoch() - summer};
  return from < until ? when >= from && when < until : when >= from || when < until;
}

std::optional<seconds> offsetByRule(std::string_view text, std::chrono::sys_seconds when) {
  Scanner scan(text);
  if (!scan.takeName()) return std::nullopt;
  const auto west = scan.takeTime(24);
  if (!west) return std::nullopt;
  const seconds standard = -*west;
  if (scan.atEnd()) return standard;
  if (!scan.takeName()) return std::nullopt;
  seconds summer = standard + hours(1);
  Scanner rules(kUsualRules);
  if (!scan.atEnd() && !scan.take(',')) {
    const auto summer_west = scan.takeTime(24);
    if (!summer_west) return std::nullopt;
    summer = -*summer_west;
    if (!scan.atEnd() && !scan.take(',')) return std::nullopt;
  }
  if (!scan.atEnd()) rules = scan;
  const auto begin = takeChange(rules);
  const auto end = begin && rules.take(',') ? takeChange(rules) : std::nullopt;
  if (!end || !rules.atEnd()) return std::nullopt;
  return isSummer(*begin, *end, standard, summer, when) ? summer : standard;
}

std::optional<seconds> offsetByName(std::string_view name, std::chrono::sys_seconds when) {
  try {
    return std::chrono::locate_zone(name)->get_info(when).offset;
  } catch (const std::runtime_error&) {  // how the library says that it knows no such zone
    return std::nullopt;
  }
}

}  // namespace

std::optional<seconds> utcOffset(std::string_view time_zone, std::chrono::sys_seconds when) {
  if (time_zone.starts_with(':')) time_zone.remove_prefix(1);
  if (time_zone.empty()) return seconds(0);
  const auto by_rule = offsetByRule(time_zone, when);
  return by_rule ? by_rule : offsetByName(time_zone, when);
}

}  // namespace sidecert::config
