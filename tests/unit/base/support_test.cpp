// The tools of the other tests.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "support/child_process.h"
#include "support/effort.h"
#include "support/free_address.h"
#include "support/scripted_http.h"

namespace sidecert::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Optional;

TEST(ChildProcess, GivesOutputAndExitCode) {
  ChildProcess child(
      {.command = {"sh", "-c", "echo out; echo $WORD >&2; exit 3"}, .environment = {{"WORD", "err"}}, .directory = {}});
  EXPECT_EQ(child.wait(), 3);
  EXPECT_THAT(child.output(), HasSubstr("out\n"));
  EXPECT_THAT(child.output(), HasSubstr("err\n"));
}

TEST(ChildProcess, WaitsForALine) {
  ChildProcess child(
      {.command = {"sh", "-c", "echo first; echo ready on 7; exec sleep 100"}, .environment = {}, .directory = {}});
  EXPECT_THAT(child.waitForLine("ready"), Optional(std::string("ready on 7")));
  child.signal(SIGTERM);
  EXPECT_EQ(child.wait(), 128 + SIGTERM);
}

TEST(ChildProcess, SaysWhenALineNeverComes) {
  ChildProcess child({.command = {"true"}, .environment = {}, .directory = {}});
  EXPECT_FALSE(child.waitForLine("ready"));
}

TEST(ChildProcess, RefusesAProgramThatIsNone) {
  EXPECT_THROW(ChildProcess({.command = {"/no/such/program"}, .environment = {}, .directory = {}}), std::runtime_error);
}

TEST(FreeAddress, IsALoopbackAddress) {
  EXPECT_THAT(freeLoopbackAddress({freePort()}), ::testing::StartsWith("127."));
}

TEST(ScriptedHttp, AnswersInOrderAndRemembersRequests) {
  ScriptedHttp http;
  http.answer(201, "made").refuse(ErrorCode::AnswerLost, "cut");
  EXPECT_EQ(http.send({.url = "https://a/1"}, testing::effort())->body, "made");
  EXPECT_EQ(http.send({.method = "POST", .url = "https://a/2"}, testing::effort()).error().code, ErrorCode::AnswerLost);
  EXPECT_EQ(http.send({.url = "https://a/3"}, testing::effort()).error().code, ErrorCode::Internal);
  EXPECT_EQ(http.unexpected(), 1U);
  EXPECT_THAT(http.asked(), ElementsAre("GET https://a/1", "POST https://a/2", "GET https://a/3"));
}

}  // namespace
}  // namespace sidecert::testing
