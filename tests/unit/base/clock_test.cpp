#include "base/clock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "support/manual_clock.h"

namespace sidecert {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

TimePoint at(int y, unsigned m, unsigned d, Duration time = 0ms) {
  return sys_days{year{y} / month{m} / day{d}} + time;
}

TEST(Iso, WritesUtcWithSeconds) {
  EXPECT_EQ(toIso(at(2026, 3, 1, 12h + 30min + 5s + 999ms)), "2026-03-01T12:30:05Z");
  EXPECT_EQ(toIso(at(1969, 12, 31, 23h + 59min + 59s)), "1969-12-31T23:59:59Z");
  EXPECT_EQ(toWords(at(2026, 3, 1, 12h + 30min)), "2026-03-01 12:30 UTC");
}

TEST(Iso, ReadsZAndOffsetsAndFractions) {
  EXPECT_EQ(fromIso("2026-03-01T12:30:00Z"), at(2026, 3, 1, 12h + 30min));
  EXPECT_EQ(fromIso("2026-03-01t12:30:00z"), at(2026, 3, 1, 12h + 30min));
  EXPECT_EQ(fromIso("2026-03-01T01:30:00+02:00"), at(2026, 2, 28, 23h + 30min));
  EXPECT_EQ(fromIso("2026-03-01T12:30:00-05:30"), at(2026, 3, 1, 18h));
  EXPECT_EQ(fromIso("2026-03-01T12:30:00.25Z"), at(2026, 3, 1, 12h + 30min + 250ms));
  EXPECT_EQ(fromIso("2026-03-01T12:30:00.123456789Z"), at(2026, 3, 1, 12h + 30min + 123ms));
  EXPECT_EQ(fromIso("2024-02-29T00:00:00Z"), at(2024, 2, 29));
}

TEST(Iso, RefusesEverythingElse) {
  for (const auto* text :
       {"", "2026-03-01", "2026-03-01T12:30:00", "2026-03-01 12:30:00Z", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-03-01T24:00:00Z", "2026-03-01T12:60:00Z", "2026-03-01T12:30:61Z", "2026-03-01T12:30:00.Z",
        "2026-03-01T12:30:00Zx", "2026-03-01T12:30:00+0200", "2026-03-01T12:30:00+24:00", "-026-03-01T12:30:00Z",
        "2026-3-1T12:30:00Z", " 2026-03-01T12:30:00Z"}) {
    EXPECT_FALSE(fromIso(text)) << text;
  }
}

TEST(Iso, ReadsWhatItWrites) {
  for (auto when = at(2024, 2, 27); when < at(2024, 3, 3); when += 7h + 11min + 13s) EXPECT_EQ(fromIso(toIso(when)), when);
}

TEST(DurationInWords, NamesTheTwoLargestUnits) {
  EXPECT_EQ(toWords(Duration{76h + 5min}), "3 d 4 h");
  EXPECT_EQ(toWords(Duration{2h + 5min + 9s}), "2 h 5 min");
  EXPECT_EQ(toWords(Duration{5min + 3s}), "5 min 3 s");
  EXPECT_EQ(toWords(Duration{12s}), "12 s");
  EXPECT_EQ(toWords(Duration{72h}), "3 d");
  EXPECT_EQ(toWords(Duration{0}), "0 s");
  EXPECT_EQ(toWords(Duration{250}), "250 ms");
  EXPECT_EQ(toWords(Duration{-90s}), "-1 min 30 s");
}

TEST(SystemClock, SleepEndsAtOnceWhenStopIsRequested) {
  SystemClock clock;
  std::stop_source stop;
  std::jthread stopper([&] { stop.request_stop(); });
  EXPECT_FALSE(clock.sleepFor(24h * 365, stop.get_token()));
}

TEST(SystemClock, SleepTakesItsTime) {
  SystemClock clock;
  const auto before = clock.monotonic();
  EXPECT_TRUE(clock.sleepFor(5ms, {}));
  EXPECT_GE(clock.monotonic() - before, 4ms);
  EXPECT_TRUE(clock.sleepFor(-5s, {}));
}

TEST(ManualClock, SleepMovesTheHands) {
  testing::ManualClock clock;
  EXPECT_TRUE(clock.sleepFor(24h * 90, {}));
  EXPECT_EQ(clock.now(), testing::kTestStart + 24h * 90);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(clock.sleepFor(1s, stop.get_token()));
}

}  // namespace
}  // namespace sidecert
