#include "config/time_zone.h"

#include <gtest/gtest.h>

namespace sidecert::config {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;
using namespace std::chrono_literals;

constexpr sys_seconds kWinter = sys_days(2026y / 1 / 15);
constexpr sys_seconds kSummer = sys_days(2026y / 7 / 15);
constexpr std::string_view kBerlin = "CET-1CEST,M3.5.0,M10.5.0/3";

TEST(UtcOffset, FollowsARule) {
  EXPECT_EQ(utcOffset(kBerlin, kWinter), hours(1));
  EXPECT_EQ(utcOffset(kBerlin, kSummer), hours(2));
}

TEST(UtcOffset, ChangesAtTheInstantTheRuleSays) {
  const sys_seconds spring = sys_days(2026y / 3 / 29) + hours(1);
  EXPECT_EQ(utcOffset(kBerlin, spring - seconds(1)), hours(1));
  EXPECT_EQ(utcOffset(kBerlin, spring), hours(2));
  const sys_seconds autumn = sys_days(2026y / 10 / 25) + hours(1);
  EXPECT_EQ(utcOffset(kBerlin, autumn - seconds(1)), hours(2));
  EXPECT_EQ(utcOffset(kBerlin, autumn), hours(1));
}

TEST(UtcOffset, KnowsZonesByNameWithoutFiles) {
  EXPECT_EQ(utcOffset("Europe/Berlin", kWinter), hours(1));
  EXPECT_EQ(utcOffset("Europe/Berlin", kSummer), hours(2));
  EXPECT_EQ(utcOffset(":Asia/Kolkata", kSummer), hours(5) + minutes(30));
  EXPECT_EQ(utcOffset("UTC", kSummer), seconds(0));
  EXPECT_EQ(utcOffset("", kSummer), seconds(0));
}

TEST(UtcOffset, FollowsEveryKindOfRule) {
  EXPECT_EQ(utcOffset("EST5EDT,M3.2.0,M11.1.0", kSummer), -hours(4));
  EXPECT_EQ(utcOffset("EST5EDT", kWinter), -hours(5));                       // the usual rule
  EXPECT_EQ(utcOffset("AEST-10AEDT,M10.1.0,M4.1.0/3", kWinter), hours(11));  // summer over the turn of the year
  EXPECT_EQ(utcOffset("AEST-10AEDT,M10.1.0,M4.1.0/3", kSummer), hours(10));
  EXPECT_EQ(utcOffset("<+0530>-5:30", kWinter), hours(5) + minutes(30));
  EXPECT_EQ(utcOffset("XXX3YYY2:30,J60/0,300", kSummer), -hours(2) - minutes(30));
  EXPECT_EQ(utcOffset("XXX3YYY2:30,J60/0,300", kWinter), -hours(3));
  EXPECT_EQ(utcOffset("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", kSummer), -hours(1));
}

TEST(UtcOffset, RefusesWhatIsNeither) {
  for (const char* wrong : {"Europe/Berlln", "X", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0",
                            "CET-1CEST,M3.5.7,M10.5.0", "CET-99", "CET-1:", "CET-1CEST,M3.5.0,M10.5.0/3x", "<ab>1",
                            "../../etc/passwd", "J1,J2", ",", "CET-1CEST,J0,J5", "CET-1CEST,,"}) {
    EXPECT_FALSE(utcOffset(wrong, kWinter)) << wrong;
  }
}

}  // namespace
}  // namespace sidecert::config
