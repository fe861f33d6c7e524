// Many questions in one loop, against servers on loopback.
#include "dns/questions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <thread>

#include "support/effort.h"
#include "support/scripted_dns.h"

namespace sidecert::dns {
namespace {

using sidecert::testing::ScriptedDns;
using ::testing::Each;
using ::testing::SizeIs;
using Via = ScriptedDns::Via;

constexpr Duration kLong = std::chrono::minutes(10);

std::vector<std::string> answerNothing(const std::string&, Via) {
  return {};
}

std::vector<std::string> answerValue(const std::string& query, Via) {
  return {ScriptedDns::answerTo(query, 0, {ScriptedDns::txt({"value"})})};
}

std::vector<Query> questionsFor(const ScriptedDns& server, std::size_t count) {
  std::vector<Query> queries;
  for (std::size_t i = 0; i < count; ++i) {
    queries.push_back({.server = {.address = server.address(), .port = server.port()},
                       .name = "h" + std::to_string(i) + ".home.example",
                       .type = RecordType::Txt});
  }
  return queries;
}

TEST(Questions, AreAllAnsweredOnceAndToTheRightQuestion) {
  ScriptedDns server(answerValue);
  const auto queries = questionsFor(server, kMostQuestionsAtOnce + 100);
  std::vector<int> times(queries.size(), 0);
  askTogether(queries, kLong, testing::effort(), [&](std::size_t index, Result<Response> answer) {
    ++times.at(index);
    ASSERT_TRUE(answer) << answer.error().what;
    ASSERT_THAT(answer->answers, SizeIs(1));
    EXPECT_EQ(answer->answers.front().owner, queries[index].name);
  });
  EXPECT_THAT(times, Each(1));
}

TEST(Questions, HaveIdsOfTheirOwn) {
  ScriptedDns server(answerValue);
  askTogether(questionsFor(server, 50), kLong, testing::effort(), [](std::size_t, const Result<Response>&) {});
  std::set<std::string> ids;
  for (const auto& [via, query] : server.queries()) ids.insert(query.substr(0, 2));
  EXPECT_GT(ids.size(), 40U);  // of 65536, two alike among fifty are rare, ten are not chance
}

TEST(Questions, DoNotWaitForTheSilenceOfAnother) {
  ScriptedDns silent(answerNothing);
  ScriptedDns server(answerValue);
  std::vector<Query> queries = questionsFor(silent, 1);
  for (Query& query : questionsFor(server, 3)) queries.push_back(std::move(query));
  std::vector<std::size_t> order;
  askTogether(queries, Duration(500), testing::effort(), [&](std::size_t index, const Result<Response>& answer) {
    order.push_back(index);
    EXPECT_EQ(answer.has_value(), index != 0);
  });
  ASSERT_THAT(order, SizeIs(4));
  EXPECT_EQ(order.back(), 0U);
}

TEST(Questions, EndWhenAStopIsRequested) {
  ScriptedDns silent(answerNothing);
  std::stop_source stop;
  SystemClock clock;
  std::size_t stopped = 0;
  const std::jthread stopper([&] {
    while (silent.queries().empty()) std::this_thread::yield();
    stop.request_stop();
  });
  askTogether(questionsFor(silent, kMostQuestionsAtOnce + 5), kLong, Effort(clock, stop.get_token()),
              [&](std::size_t, const Result<Response>& answer) {
                if (!answer && answer.error().code == ErrorCode::Stopped) ++stopped;
              });
  EXPECT_EQ(stopped, kMostQuestionsAtOnce + 5);
}

TEST(Questions, GoOnOverTcpWhereTheyAreCut) {
  ScriptedDns server([](const std::string& query, Via via) {
    std::string answer = ScriptedDns::answerTo(query, 0, {ScriptedDns::txt({via == Via::Tcp ? "whole" : "cut"})});
    if (via == Via::Udp) answer[2] = static_cast<char>(static_cast<unsigned char>(answer[2]) | 2U);
    return std::vector{answer};
  });
  askTogether(questionsFor(server, 5), kLong, testing::effort(), [](std::size_t, const Result<Response>& answer) {
    ASSERT_TRUE(answer) << answer.error().what;
    EXPECT_EQ(answer->answers.front().data, "whole");
  });
}

TEST(Questions, NameTheServerThatDoesNotAnswer) {
  ScriptedDns silent(answerNothing);
  askTogether(questionsFor(silent, 2), Duration(300), testing::effort(), [&](std::size_t, const Result<Response>& answer) {
    ASSERT_FALSE(answer);
    EXPECT_THAT(answer.error().what, ::testing::HasSubstr(silent.address()));
  });
}

}  // namespace
}  // namespace sidecert::dns
