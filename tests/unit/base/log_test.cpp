#include "base/log.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <thread>

#include "base/descriptor.h"
#include "base/result.h"
#include "base/secret.h"
#include "support/manual_clock.h"
#include "support/temp_directory.h"

namespace sidecert {
namespace {

static_assert(!fmt::is_formattable<Secret>::value, "logging a secret must not compile");
static_assert(!std::is_convertible_v<Secret, std::string> && !std::is_convertible_v<Secret, std::string_view>);

class LogLines : public ::testing::Test {
 protected:
  StreamLogSink sink(LogLevel least = LogLevel::Debug, LogFormat format = LogFormat::Text) {
    return StreamLogSink(clock_, file_.get(), least, format);
  }
  std::string written() const {
    std::ifstream in(directory_ / "log");
    return {std::istreambuf_iterator<char>(in), {}};
  }

  testing::TempDirectory directory_;
  testing::ManualClock clock_;
  Descriptor file_{::open((directory_ / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600)};
};

TEST_F(LogLines, ShowTimeLevelSubjectAndMessage) {
  auto out = sink();
  Log(out, "certificate home").info("issued until {}", 7);
  Log(out).error("bad");
  EXPECT_EQ(written(), "2026-03-01T12:00:00Z info    certificate home: issued until 7\n2026-03-01T12:00:00Z error   bad\n");
}

TEST_F(LogLines, BelowTheLevelAreNotWritten) {
  auto out = sink(LogLevel::Warning);
  Log(out).debug("a");
  Log(out).info("b");
  Log(out).warning("c");
  EXPECT_EQ(written(), "2026-03-01T12:00:00Z warning c\n");
}

TEST_F(LogLines, CannotBeForgedByWhatAServerSent) {
  auto out = sink();
  Log(out, "nas\r\n").info("{}", "x\n2026-03-01T12:00:00Z info    all is well\x1B[2J\xE2\x80\xAE");
  EXPECT_EQ(
      written(),
      "2026-03-01T12:00:00Z info    nas\\x0D\\x0A: x\\x0A2026-03-01T12:00:00Z info    all is well\\x1B[2J\\xE2\\x80\\xAE\n");
}

TEST_F(LogLines, AreJsonWhenAsked) {
  auto out = sink(LogLevel::Debug, LogFormat::Json);
  Log(out, "a\"b").warning("say \"{}\" \\ \xFF\n", "hi");
  EXPECT_EQ(written(),
            R"({"time":"2026-03-01T12:00:00Z","level":"warning","subject":"a\"b","message":"say \"hi\" \\ \\xFF\\x0A"})"
            "\n");
}

TEST_F(LogLines, OfManyThreadsStayWhole) {
  auto out = sink();
  const std::string text(5000, 'x');
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 20; ++i) Log(out).info("{}", text);
      });
  }
  std::ifstream in(directory_ / "log");
  int lines = 0;
  for (std::string line; std::getline(in, line); ++lines) EXPECT_EQ(line, "2026-03-01T12:00:00Z info    " + text);
  EXPECT_EQ(lines, 80);
}

TEST(Secret, ComparesAndRevealsOnlyOnRequest) {
  const Secret secret("pw");
  EXPECT_EQ(secret.reveal(), "pw");
  EXPECT_TRUE(secret == Secret("pw"));
  EXPECT_FALSE(secret == Secret("pW"));
  Secret moved = secret;
  const Secret taken = std::move(moved);
  EXPECT_EQ(taken.reveal(), "pw");
}

TEST(Error, TellsTheStoryFromTheOutsideIn) {
  Error inner{ErrorCode::RateLimited, "too many", "wait", std::chrono::seconds{7}};
  const Error outer = within("ordering", inner).error();
  EXPECT_EQ(describe(outer), "ordering: too many (wait)");
  EXPECT_EQ(outer.code, ErrorCode::RateLimited);
  EXPECT_EQ(outer.retry_after, std::chrono::seconds{7});
}

}  // namespace
}  // namespace sidecert
