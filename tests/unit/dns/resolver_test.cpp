#include "dns/resolver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/text.h"
#include "support/effort.h"
#include "support/memory_log.h"
#include "support/scripted_dns.h"

namespace sidecert::dns {
namespace {

using sidecert::testing::MemoryLog;
using sidecert::testing::ScriptedDns;
using ::testing::ElementsAre;
using Via = ScriptedDns::Via;

constexpr Duration kLimit{5000};

struct Asking {
  MemoryLog sink;
  std::unique_ptr<Resolver> resolver = makeResolver({}, Log(sink));

  Result<Response> ask(const ScriptedDns& server, Duration limit = kLimit) const {
    return resolver->ask({server.address(), server.port()}, "home.example", RecordType::Txt, Recursion::NotDesired,
                         testing::effort(limit));
  }
};

std::vector<std::string> values(const Response& answer) {
  std::vector<std::string> found;
  for (const Record& record : answer.answers) found.push_back(record.data);
  return found;
}

std::string withCount(std::string message, std::size_t at, char count) {
  message[at + 1] = count;
  return message;
}

TEST(Resolver, JoinsTheStringsOfOneTxtRecord) {
  ScriptedDns server([](const std::string& query, Via) {
    return std::vector{ScriptedDns::answerTo(query, 0, {ScriptedDns::txt({"one ", "value"}), ScriptedDns::txt({"other"})})};
  });
  const auto answer = Asking().ask(server);
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_TRUE(answer->authoritative);
  EXPECT_THAT(values(*answer), ElementsAre("one value", "other"));
  EXPECT_EQ(answer->answers.front().owner, "home.example");  // in lower case, though it was asked in random case
}

TEST(Resolver, AsksOverTcpWhenTheAnswerWasCut) {
  ScriptedDns server([](const std::string& query, Via via) {
    std::string answer = ScriptedDns::answerTo(query, 0, {ScriptedDns::txt({via == Via::Tcp ? "whole" : "cut"})});
    if (via == Via::Udp) answer[2] = static_cast<char>(static_cast<unsigned char>(answer[2]) | 2U);
    return std::vector{answer};
  });
  const auto answer = Asking().ask(server);
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_THAT(values(*answer), ElementsAre("whole"));
}

TEST(Resolver, AsksOverTcpWhereDatagramsAreDropped) {
  ScriptedDns server([](const std::string& query, Via via) {
    return via == Via::Tcp ? std::vector{ScriptedDns::answerTo(query, 0, {ScriptedDns::txt({"value"})})}
                           : std::vector<std::string>();
  });
  const auto answer = Asking().ask(server, Duration{2000});
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_THAT(values(*answer), ElementsAre("value"));
}

TEST(Resolver, ToleratesAServerThatLowersTheName) {
  ScriptedDns server([](const std::string& query, Via via) {
    return std::vector{ScriptedDns::answerTo(lower(query.substr(12)).insert(0, query.substr(0, 12)), 0,
                                             {ScriptedDns::txt({via == Via::Tcp ? "over TCP" : "over UDP"})})};
  });
  // Twelve letters in random case: that none of them is a capital happens once in two thousand runs, and then UDP is right.
  const auto answer = Asking().ask(server);
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(values(*answer).size(), 1U);
}

TEST(Resolver, AsksAgainInPlainLettersWhenMixedOnesGetNoAnswer) {
  ScriptedDns server([](const std::string& query, Via) -> std::vector<std::string> {
    if (query.substr(12) != lower(query.substr(12))) return {};
    return {ScriptedDns::answerTo(query, 0, {ScriptedDns::txt({"value"})})};
  });
  const auto answer = Asking().ask(server, Duration{2500});
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_THAT(values(*answer), ElementsAre("value"));
}

TEST(Resolver, AsksWithoutEdnsWhereItIsNotUnderstood) {
  ScriptedDns server([](const std::string& query, Via) -> std::vector<std::string> {
    const bool edns = query[11] != 0;
    if (edns) return {query.substr(0, 2) + std::string("\x80\x01\x00\x00\x00\x00\x00\x00\x00\x00", 10)};  // FORMERR, bare
    return {ScriptedDns::answerTo(query, 0, {ScriptedDns::txt({"value"})})};
  });
  const auto answer = Asking().ask(server);
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(answer->code, ResponseCode::NoError);
  EXPECT_THAT(values(*answer), ElementsAre("value"));
}

TEST(Resolver, DropsForgedAnswersAndTakesTheRealOne) {
  ScriptedDns server([](const std::string& query, Via) {
    const std::string real = ScriptedDns::answerTo(query, 0, {ScriptedDns::txt({"real"})});
    std::string wrong_id = ScriptedDns::answerTo(query, 0, {ScriptedDns::txt({"forged"})});
    wrong_id[0] = static_cast<char>(wrong_id[0] + 1);
    std::string wrong_name = ScriptedDns::answerTo(query, 0, {ScriptedDns::txt({"forged"})});
    wrong_name[13] = 'x';
    std::string wrong_type = wrong_id;
    wrong_type[0] = query[0];
    wrong_type[query.find('\0', 12) + 2] = 1;
    std::string a_query = query;
    return std::vector{std::string("x"), wrong_id, wrong_name, wrong_type, a_query, real};
  });
  const auto answer = Asking().ask(server);
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_THAT(values(*answer), ElementsAre("real"));
}

TEST(Resolver, SaysBadAnswerWhenOnlyNonsenseCame) {
  for (const std::string& nonsense : {std::string(), std::string("\0", 1), std::string(40, '\xC0'), std::string(600, 'a')}) {
    ScriptedDns server([&](const std::string& query, Via) { return std::vector{query.substr(0, 2) + nonsense}; });
    const auto answer = Asking().ask(server, Duration{500});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::BadAnswer);
  }
}

TEST(Resolver, DoesNotFollowCountsThatLie) {
  ScriptedDns server([](const std::string& query, Via) {
    return std::vector{withCount(ScriptedDns::answerTo(query, 0, {ScriptedDns::txt({"value"})}), 6, 9)};
  });
  EXPECT_FALSE(Asking().ask(server, Duration{500}));
}

TEST(Resolver, IsUnreachableWhenNothingComesInTime) {
  ScriptedDns server([](const std::string&, Via) { return std::vector<std::string>{}; });
  const auto answer = Asking().ask(server, Duration{3000});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::Unreachable);
  std::vector<Via> ways;
  for (const auto& [via, query] : server.queries()) ways.push_back(via);
  EXPECT_THAT(ways, ElementsAre(Via::Udp, Via::Udp, Via::Tcp));  // one datagram may be lost
}

TEST(Resolver, IsUnreachableAtOnceWhereNobodyListens) {
  MemoryLog sink;
  const auto resolver = makeResolver({}, Log(sink));
  const auto answer =
      resolver->ask({"127.0.0.1", 1}, "home.example", RecordType::Txt, Recursion::NotDesired, testing::effort(kLimit));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::Unreachable);
}

TEST(Resolver, UsesAnotherIdAndOtherLettersEachTime) {
  ScriptedDns server([](const std::string& query, Via) { return std::vector{ScriptedDns::answerTo(query, 3, {})}; });
  const Asking asking;
  std::set<std::string> heads;
  std::set<std::string> names;
  for (int i = 0; i < 8; ++i) {
    ASSERT_TRUE(asking.ask(server));
    heads.insert(server.queries().back().second.substr(0, 2));
    names.insert(server.queries().back().second.substr(12, 14));
  }
  EXPECT_GE(heads.size(), 7U);
  EXPECT_GE(names.size(), 6U);
}

TEST(Resolver, GivesTheResponseCodeOfARefusal) {
  ScriptedDns server([](const std::string& query, Via) { return std::vector{ScriptedDns::answerTo(query, 5, {})}; });
  const auto answer = Asking().ask(server);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->code, ResponseCode::Refused);
}

TEST(Resolver, TakesTheOwnersServersByNameAndPort) {
  MemoryLog sink;
  const auto resolver = makeResolver({"127.0.0.1:5353", "[::1]:5300", "::1", "127.0.0.2"}, Log(sink));
  const auto servers = resolver->recursiveServers(testing::effort());
  ASSERT_TRUE(servers) << servers.error().what;
  EXPECT_THAT(*servers,
              ElementsAre(Server{"127.0.0.1", 5353}, Server{"::1", 5300}, Server{"::1", 53}, Server{"127.0.0.2", 53}));
}

TEST(Resolver, TakesHttpsServicesFromAmongTheOwnersServers) {
  MemoryLog sink;
  const auto resolver = makeResolver({"https://dns.home.example/dns-query", "127.0.0.2"}, Log(sink));
  EXPECT_THAT(resolver->httpsServices(), ElementsAre("https://dns.home.example/dns-query"));
  EXPECT_THAT(*resolver->recursiveServers(testing::effort()), ElementsAre(Server{"127.0.0.2", 53}));
  EXPECT_EQ(makeResolver({"127.0.0.2"}, Log(sink))->httpsServices(), publicHttpsServices());
}

TEST(Resolver, NamesTheVariableOfAServerThatIsNone) {
  MemoryLog sink;
  const auto servers = makeResolver({"127.0.0.1:0"}, Log(sink))->recursiveServers(testing::effort());
  ASSERT_FALSE(servers);
  EXPECT_EQ(servers.error().code, ErrorCode::Settings);
  EXPECT_THAT(servers.error().hint, ::testing::HasSubstr("ACME_DNS_RESOLVERS"));
}

TEST(LookUp, GoesToTheNextServerWhenOneRefuses) {
  ScriptedDns first([](const std::string& query, Via) { return std::vector{ScriptedDns::answerTo(query, 5, {})}; });
  ScriptedDns second([](const std::string& query, Via) {
    return std::vector{ScriptedDns::answerTo(query, 0, {ScriptedDns::txt({"value"})})};
  });
  MemoryLog sink;
  const auto resolver =
      makeResolver({"127.0.0.1:" + std::to_string(first.port()), "127.0.0.1:" + std::to_string(second.port())}, Log(sink));
  const auto answer = lookUp(*resolver, "home.example", RecordType::Txt, testing::effort());
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_THAT(values(*answer), ElementsAre("value"));
  EXPECT_EQ(static_cast<unsigned char>(second.queries().front().second[2]) & 1U, 1U);  // RD
}

TEST(LookUp, SaysWhatEachServerSaid) {
  ScriptedDns server([](const std::string& query, Via) { return std::vector{ScriptedDns::answerTo(query, 2, {})}; });
  MemoryLog sink;
  const auto resolver = makeResolver({"127.0.0.1:" + std::to_string(server.port())}, Log(sink));
  const auto answer = lookUp(*resolver, "home.example", RecordType::Soa, testing::effort());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::BadAnswer);
  EXPECT_THAT(answer.error().what, ::testing::HasSubstr("SERVFAIL"));
}

TEST(ParseHostAndPort, TakesNamesAddressesAndPorts) {
  EXPECT_EQ(parseHostAndPort("dns.example")->port, 53);
  EXPECT_EQ(parseHostAndPort(" dns.example:5353 ")->host, "dns.example");
  EXPECT_EQ(parseHostAndPort("[2001:db8::1]:5353")->port, 5353);
  EXPECT_EQ(parseHostAndPort("2001:db8::1")->host, "2001:db8::1");
  for (const char* text : {"", ":53", "a:", "a:0", "a:65536", "a:b", "[::1", "[::1]x", "a b", "udp://1.1.1.1"}) {
    EXPECT_FALSE(parseHostAndPort(text)) << text;
  }
}

}  // namespace
}  // namespace sidecert::dns
