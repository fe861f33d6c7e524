#include "app/plan/deploy_window.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/app/plan_scene.h"

namespace sidecert::app {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// SYNO_DEPLOY_WINDOW 02:00-05:00, one hour east of UTC; kPlanToday is 01:00 there.
config::CertificateSettings settingsWithWindow() {
  auto wanted = settingsWithNas();
  wanted.targets.front().deploy_window = {.begin = hours(2), .end = hours(5), .utc_offset = hours(1)};
  return wanted;
}

TEST(DeployWindow, OpensAtItsLocalTimeAndIsOpenUntilItsEnd) {
  const config::DeployWindow window{.begin = hours(2), .end = hours(5), .utc_offset = hours(1)};
  EXPECT_EQ(windowOpens(window, kPlanToday), kPlanToday + hours(1));
  EXPECT_EQ(windowOpens(window, kPlanToday + hours(1)), kPlanToday + hours(1));
  EXPECT_EQ(windowOpens(window, kPlanToday + hours(4) - minutes(1)), kPlanToday + hours(4) - minutes(1));
  EXPECT_EQ(windowOpens(window, kPlanToday + hours(4)), kPlanToday + hours(25));
}

TEST(DeployWindow, MayCrossMidnight) {
  const config::DeployWindow window{.begin = hours(23), .end = hours(1)};
  EXPECT_EQ(windowOpens(window, kPlanToday), kPlanToday);
  EXPECT_EQ(windowOpens(window, kPlanToday + hours(23) + minutes(30)), kPlanToday + hours(23) + minutes(30));
  EXPECT_EQ(windowOpens(window, kPlanToday + hours(1)), kPlanToday + hours(23));
}

TEST(Plan, ImportsInsideTheOwnersWindow) {
  const Plan before = plan(settingsWithWindow(), current(), record(), kPlanToday);
  EXPECT_THAT(before.deploy, IsEmpty());
  EXPECT_EQ(before.wake, kPlanToday + hours(1));
  EXPECT_THAT(before.wake_reason, HasSubstr("SYNO_DEPLOY_WINDOW"));
  EXPECT_THAT(plan(settingsWithWindow(), current(), record(), kPlanToday + hours(1)).deploy, ElementsAre("localhost:5000"));
}

TEST(Plan, NeverWaitsForTheWindowLongerThanAThirdOfTheLife) {
  // 36 hours of life, issued after the window closed: the next opens when more than half of it is gone.
  Current brief = current();
  brief.not_before = kPlanToday + hours(5);
  brief.not_after = kPlanToday + hours(41);
  Record known = record();
  known.issued = kPlanToday + hours(5);
  EXPECT_THAT(plan(settingsWithWindow(), brief, known, kPlanToday + hours(17) - minutes(1)).deploy, IsEmpty());
  EXPECT_EQ(plan(settingsWithWindow(), brief, known, kPlanToday + hours(6)).wake,
            kPlanToday + hours(6));  // the CA's advice first
  EXPECT_THAT(plan(settingsWithWindow(), brief, known, kPlanToday + hours(17)).deploy, ElementsAre("localhost:5000"));
}

TEST(Plan, RepairsInsideTheWindowOrAfterADay) {
  Record known = record();
  known.renewal.ask_again = kPlanToday + hours(30);
  Target& target = known.targets["localhost:5000"];
  target.sha256 = "aa";
  target.attempts.settings = targetDigest(settingsWithWindow().targets.front());
  target.check = kPlanToday + hours(6);  // the window of that day is over
  EXPECT_THAT(plan(settingsWithWindow(), current(), known, kPlanToday + hours(6)).deploy, IsEmpty());
  EXPECT_EQ(plan(settingsWithWindow(), current(), known, kPlanToday + hours(6)).wake, kPlanToday + hours(25));
  EXPECT_THAT(plan(settingsWithWindow(), current(), known, kPlanToday + hours(25)).deploy, ElementsAre("localhost:5000"));
  EXPECT_THAT(plan(settingsWithWindow(), current(), known, kPlanToday + hours(31)).deploy, ElementsAre("localhost:5000"));
}

}  // namespace
}  // namespace sidecert::app
