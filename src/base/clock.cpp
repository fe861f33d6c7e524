#include "base/clock.h"

#include <fmt/core.h>

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <utility>

namespace sidecert {
namespace {

using namespace std::chrono;

class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  std::optional<int> digits(std::size_t count) {
    if (rest_.size() < count) return std::nullopt;
    int number = 0;
    for (const char c : rest_.substr(0, count)) {
      if (c < '0' || c > '9') return std::nullopt;
      number = number * 10 + (c - '0');
    }
    rest_.remove_prefix(count);
    return number;
  }

  bool take(std::string_view any_of) {
    if (rest_.empty() || !any_of.contains(rest_.front())) return false;
    last_ = rest_.front();
    rest_.remove_prefix(1);
    return true;
  }

  // Milliseconds of ".123456"; further digits are dropped.
  std::optional<int> fraction() {
    int number = 0;
    int place = 100;
    std::size_t count = 0;
    for (; count < rest_.size() && rest_[count] >= '0' && rest_[count] <= '9'; ++count) {
      number += (rest_[count] - '0') * place;
      place /= 10;
    }
    if (count == 0) return std::nullopt;
    rest_.remove_prefix(count);
    return number;
  }

  [[nodiscard]] char last() const { return last_; }
  [[nodiscard]] bool atEnd() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  char last_ = 0;
};

std::optional<minutes> readOffset(Scanner& scan) {
  if (scan.take("Zz")) return minutes{0};
  if (!scan.take("+-")) return std::nullopt;
  const int sign = scan.last() == '-' ? -1 : 1;
  const auto hour = scan.digits(2);
  if (!hour || *hour > 23 || !scan.take(":")) return std::nullopt;
  const auto minute = scan.digits(2);
  if (!minute || *minute > 59) return std::nullopt;
  return minutes{sign * (*hour * 60 + *minute)};
}

struct Fields {
  year_month_day date;
  hh_mm_ss<seconds> time;
};

Fields fieldsOf(TimePoint when) {
  const auto day = floor<days>(when);
  return {year_month_day{day}, hh_mm_ss{floor<seconds>(when - day)}};
}

}  // namespace

TimePoint SystemClock::now() const {
  return floor<Duration>(system_clock::now());
}

Duration SystemClock::monotonic() const {
  return floor<Duration>(steady_clock::now().time_since_epoch());
}

bool SystemClock::sleepFor(Duration duration, const std::stop_token& stop) {
  // wait_for counts in nanoseconds and would overflow.
  constexpr Duration longest = days{3650};
  std::mutex mutex;
  std::condition_variable_any condition;
  std::unique_lock lock(mutex);
  condition.wait_for(lock, stop, std::clamp(duration, Duration{0}, longest), [] { return false; });
  return !stop.stop_requested();
}

std::string toIso(TimePoint when) {
  const auto [date, time] = fieldsOf(when);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), time.hours().count(),
                     time.minutes().count(), time.seconds().count());
}

std::string toWords(TimePoint when) {
  const auto [date, time] = fieldsOf(when);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02} UTC", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()), time.hours().count(), time.minutes().count());
}

std::optional<TimePoint> fromIso(std::string_view text) {
  Scanner scan(text);
  const auto y = scan.digits(4);
  if (!y || !scan.take("-")) return std::nullopt;
  const auto m = scan.digits(2);
  if (!m || !scan.take("-")) return std::nullopt;
  const auto d = scan.digits(2);
  if (!d || !scan.take("Tt")) return std::nullopt;
  const auto hour = scan.digits(2);
  if (!hour || !scan.take(":")) return std::nullopt;
  const auto minute = scan.digits(2);
  if (!minute || !scan.take(":")) return std::nullopt;
  const auto second = scan.digits(2);
  if (!second) return std::nullopt;
  const auto part = scan.take(".") ? scan.fraction() : std::optional(0);
  const auto offset = part ? readOffset(scan) : std::nullopt;
  const year_month_day date{year{*y}, month{static_cast<unsigned>(*m)}, day{static_cast<unsigned>(*d)}};
  // 60 is a leap second.
  if (!offset || !scan.atEnd() || !date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return sys_days{date} + hours{*hour} + minutes{*minute} + seconds{*second} + milliseconds{*part} - *offset;
}

std::string toWords(Duration duration) {
  if (duration < Duration{0}) return "-" + toWords(-std::max(duration, -Duration::max()));
  if (duration < seconds{1}) return duration == Duration{0} ? "0 s" : fmt::format("{} ms", duration.count());
  const auto total = floor<seconds>(duration).count();
  constexpr std::pair<std::int64_t, std::string_view> units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
  const auto* unit = std::ranges::find_if(units, [&](const auto& u) { return total >= u.first; });
  std::string words = fmt::format("{} {}", total / unit->first, unit->second);
  if (unit->first > 1) {
    const auto rest = total % unit->first / unit[1].first;
    if (rest > 0) words += fmt::format(" {} {}", rest, unit[1].second);
  }
  return words;
}

}  // namespace sidecert
