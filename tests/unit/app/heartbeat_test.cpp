#include "app/report/heartbeat.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/crashing_file_system.h"
#include "support/manual_clock.h"
#include "support/memory_log.h"
#include "support/scripted_http.h"

namespace sidecert::app {
namespace {

std::vector<std::string> asked(std::string url, bool good) {
  testing::ManualClock clock;
  testing::ScriptedHttp http;
  testing::CrashingFileSystem files;
  testing::MemoryLog log;
  http.always([](const HttpRequest&) -> Result<HttpResponse> { return HttpResponse{.status = 200}; });
  beat(Secret(std::move(url)), good, {clock, http, files, Log(log), {}});
  EXPECT_FALSE(log.contains("canary"));
  return http.asked();
}

TEST(Heartbeat, AGoodPassIsAGetAndABadOneAGetOfFail) {
  EXPECT_THAT(asked("https://hc.example/canary", true), ::testing::ElementsAre("GET https://hc.example/canary"));
  EXPECT_THAT(asked("https://hc.example/canary", false), ::testing::ElementsAre("GET https://hc.example/canary/fail"));
  EXPECT_THAT(asked("https://hc.example/canary?create=1", false),
              ::testing::ElementsAre("GET https://hc.example/canary/fail?create=1"));
  EXPECT_THAT(asked("", true), ::testing::IsEmpty());
}

}  // namespace
}  // namespace sidecert::app
