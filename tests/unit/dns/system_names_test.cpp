#include "dns/system_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <future>
#include <thread>

#include "base/text.h"
#include "support/effort.h"
#include "support/memory_log.h"
#include "support/scripted_dns.h"
#include "support/temp_directory.h"

namespace sidecert::dns {
namespace {

using namespace std::chrono_literals;
using sidecert::testing::MemoryLog;
using sidecert::testing::ScriptedDns;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;
using Via = ScriptedDns::Via;

// The question's name without its letters' random case, and its type.
std::pair<std::string, int> asked(const std::string& query) {
  std::string name;
  std::size_t at = 12;
  for (auto length = static_cast<unsigned char>(query.at(at)); length != 0;
       length = static_cast<unsigned char>(query.at(at))) {
    name += (name.empty() ? "" : ".") + lower(query.substr(at + 1, length));
    at += 1U + length;
  }
  return {name, static_cast<unsigned char>(query.at(at + 2))};
}

constexpr int kTypeA = 1;
constexpr unsigned kNxDomain = 3;

std::string addressAnswer(const std::string& query, const std::string& octets) {
  return asked(query).second == kTypeA ? ScriptedDns::answerTo(query, 0, {ScriptedDns::record(1, octets)})
                                       : ScriptedDns::answerTo(query, 0, {});
}

class SystemNames : public ::testing::Test {
 protected:
  std::unique_ptr<NameLookup> names(const ScriptedDns& server, const std::string& more = {}) {
    std::ofstream(files_.hosts) << "192.0.2.7 nas.home\n";
    std::ofstream(files_.resolv_conf) << "nameserver " << server.address() << "\n" << more << "\n";
    files_.port = server.port();
    return makeSystemNames(Log(sink_), files_);
  }

  static std::vector<std::string> namesAsked(const ScriptedDns& server) {
    std::vector<std::string> seen;
    for (const auto& [via, query] : server.queries()) {
      if (asked(query).second == kTypeA) seen.push_back(asked(query).first);
    }
    return seen;
  }

  SystemClock clock_;
  std::stop_source stop_;
  MemoryLog sink_;
  testing::TempDirectory folder_;
  SystemFiles files_{.hosts = folder_ / "hosts", .resolv_conf = folder_ / "resolv.conf", .port = 0};
};

TEST_F(SystemNames, AsksNobodyForWhatTheMachineKnows) {
  const ScriptedDns server([](const std::string&, Via) { return std::vector<std::string>{}; });
  const auto lookup = names(server);
  EXPECT_THAT(*lookup->addressesOf("nas.home", testing::effort()), ElementsAre("192.0.2.7"));
  EXPECT_THAT(*lookup->addressesOf("dsm.localhost", testing::effort()), ElementsAre("127.0.0.1", "::1"));
  EXPECT_THAT(*lookup->addressesOf("192.0.2.1", testing::effort()), ElementsAre("192.0.2.1"));
  EXPECT_TRUE(server.queries().empty());
}

TEST_F(SystemNames, TakesAddressesOfBothFamilies) {
  const ScriptedDns server([](const std::string& query, Via) {
    const bool v4 = asked(query).second == kTypeA;
    return std::vector{ScriptedDns::answerTo(
        query, 0, {ScriptedDns::record(v4 ? 1 : 28, v4 ? std::string("\xC0\0\2\1", 4) : std::string(15, '\0') + '\1')})};
  });
  const auto found = names(server)->addressesOf("ca.example", testing::effort());
  ASSERT_TRUE(found) << describe(found.error());
  EXPECT_THAT(*found, UnorderedElementsAre("192.0.2.1", "::1"));
}

TEST_F(SystemNames, FindsAShortNameByTheSearchList) {
  const ScriptedDns server([](const std::string& query, Via) {
    if (asked(query).first != "nas.lan") return std::vector{ScriptedDns::answerTo(query, kNxDomain, {})};
    return std::vector{addressAnswer(query, std::string("\xC0\0\2\2", 4))};
  });
  const auto lookup = names(server, "search office.example. lan");
  EXPECT_THAT(*lookup->addressesOf("nas", testing::effort()), ElementsAre("192.0.2.2"));
  EXPECT_THAT(namesAsked(server), ElementsAre("nas.office.example", "nas.lan"));
}

TEST_F(SystemNames, AsksForADottedNameAsItIsFirst) {
  const ScriptedDns server(
      [](const std::string& query, Via) { return std::vector{addressAnswer(query, std::string("\xC0\0\2\2", 4))}; });
  EXPECT_TRUE(names(server, "search lan")->addressesOf("nas.lan", testing::effort()));
  EXPECT_THAT(namesAsked(server), ElementsAre("nas.lan"));
}

TEST_F(SystemNames, ANameThatNobodyKnowsIsUnknownAndNotUnanswered) {
  const ScriptedDns server(
      [](const std::string& query, Via) { return std::vector{ScriptedDns::answerTo(query, kNxDomain, {})}; });
  const auto found = names(server)->addressesOf("nas.local", testing::effort());
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().what, HasSubstr("does not resolve"));
  EXPECT_THAT(found.error().hint, HasSubstr(".local are unknown in containers"));
}

TEST_F(SystemNames, ServersThatFailAreNamedWithWhatTheySaid) {
  const ScriptedDns server([](const std::string& query, Via) { return std::vector{ScriptedDns::answerTo(query, 2, {})}; });
  const auto found = names(server)->addressesOf("ca.example", testing::effort());
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::Unreachable);
  EXPECT_THAT(found.error().what, HasSubstr("SERVFAIL"));
}

// getaddrinfo heard no stop: it went on for its own 20 seconds and more.
TEST_F(SystemNames, AStopEndsTheWaitForASilentServer) {
  const ScriptedDns server([](const std::string&, Via) { return std::vector<std::string>{}; });
  const auto lookup = names(server, "options timeout:30 attempts:5");
  auto waiting = std::async(std::launch::async, [&] {
    return lookup->addressesOf("ca.example", Effort::within(clock_, 10min, stop_.get_token()));
  });
  while (server.queries().empty()) std::this_thread::sleep_for(1ms);
  stop_.request_stop();
  EXPECT_EQ(waiting.get().error().code, ErrorCode::Stopped);
}

TEST_F(SystemNames, TheTimeOfTheEffortEndsTheWaitForASilentServer) {
  const ScriptedDns server([](const std::string&, Via) { return std::vector<std::string>{}; });
  const auto found = names(server, "options timeout:30 attempts:5")
                         ->addressesOf("ca.example", Effort::within(clock_, 100ms, stop_.get_token()));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::Unreachable);
  EXPECT_THAT(found.error().what, HasSubstr("no name server answered for ca.example"));
}

// Cut over UDP, and over TCP a connection that is taken and stays silent.
TEST_F(SystemNames, TheTimeOfTheEffortEndsTheWaitForAWholeAnswer) {
  std::atomic<bool> over = false;
  std::atomic<bool> connected = false;
  const ScriptedDns server([&](const std::string& query, Via via) {
    if (via == Via::Tcp) {
      connected = true;
      while (!over) std::this_thread::sleep_for(1ms);
      return std::vector<std::string>{};
    }
    std::string answer = addressAnswer(query, std::string("\xC0\0\2\1", 4));
    answer[2] = static_cast<char>(static_cast<unsigned char>(answer[2]) | 2U);
    return std::vector{answer};
  });
  const auto found = names(server, "options timeout:30 attempts:5")
                         ->addressesOf("ca.example", Effort::within(clock_, 1500ms, stop_.get_token()));
  over = true;
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::Unreachable);
  EXPECT_TRUE(connected);
}

TEST(ParseResolvConf, TakesWhatTheManualDescribes) {
  const ResolvConf conf = parseResolvConf(
      "# nameserver 192.0.2.9\nsearch old.example\nnameserver\t192.0.2.1\nnameserver nonsense\nnameserver 2001:db8::1\n"
      "search lan home.example\noptions ndots:2 timeout:99 rotate attempts:0\n");
  EXPECT_THAT(conf.servers, ElementsAre(Server{"192.0.2.1", 53}, Server{"2001:db8::1", 53}));
  EXPECT_THAT(conf.search, ElementsAre("lan", "home.example"));
  EXPECT_EQ(conf.ndots, 2U);
  EXPECT_EQ(conf.timeout, 30s);
  EXPECT_EQ(conf.attempts, 1);
}

TEST(ParseResolvConf, WithoutServersItIsTheMachineItself) {
  EXPECT_THAT(parseResolvConf("").servers, ElementsAre(Server{"127.0.0.1", 53}));
  EXPECT_THAT(parseResolvConf("nameserver 127.0.0.11\nnameserver 1.1.1.1\nnameserver 1.1.1.2\nnameserver 1.1.1.3").servers,
              ::testing::SizeIs(3));
}

TEST(NamesToTry, GoesByDotsAndTheSearchList) {
  const ResolvConf conf{.servers = {}, .search = {"lan", "."}};
  EXPECT_THAT(namesToTry("nas", conf), ElementsAre("nas.lan", "nas"));
  EXPECT_THAT(namesToTry("nas.home", conf), ElementsAre("nas.home", "nas.home.lan"));
  EXPECT_THAT(namesToTry("nas.", conf), ElementsAre("nas"));
  EXPECT_THAT(namesToTry("a.b", {.servers = {}, .search = {"lan"}, .ndots = 2}), ElementsAre("a.b.lan", "a.b"));
}

}  // namespace
}  // namespace sidecert::dns
