// `docker stop` while somebody has taken the connection and says nothing. The limits of such waits are half a minute and
// more; a run that does not hear the stop meets them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>

#include <chrono>
#include <thread>

#include "dns_world.h"
#include "dsm_world.h"
#include "support/knot_server.h"
#include "support/raw_server.h"
#include "support/scripted_dns.h"

namespace sidecert::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr auto kLongBeforeAnyLimit = 20s;
constexpr auto kUntilItCountsAsSilent = 1200ms;  // dns::kSilence and a little

// Reads and never answers.
void saysNothing(int socket, int /*number*/) {
  char octet = 0;
  while (::recv(socket, &octet, 1, 0) > 0) {
  }
}

std::vector<std::string> noAnswer(const std::string&, ScriptedDns::Via) {
  return {};
}

template <class Server, class Count>
void awaitSomebody(const Server& server, Count count) {
  for (int i = 0; i < 6000 && count(server) == 0; ++i) std::this_thread::sleep_for(10ms);
  ASSERT_GT(count(server), 0) << "nobody came";
}
constexpr auto kConnections = [](const RawServer& server) { return server.connections(); };
constexpr auto kQueries = [](const ScriptedDns& server) { return static_cast<int>(server.queries().size()); };

void stop(ChildProcess& run) {
  run.signal(SIGTERM);
  EXPECT_TRUE(run.wait(kLongBeforeAnyLimit)) << "it does not hear the stop: " << run.output();
}

class DnsThatIsSilent : public DnsWorld {
 protected:
  DnsThatIsSilent()
      : knot_({.zones = {{.name = "home.example", .update_keys = {"acme-key"}}, {.name = "other.example"}},
               .keys = {{.name = "acme-key"}}}) {
    begin({{"home.example", {knot_.address()}}, {"other.example", {knot_.address()}}});
    set({{"ACME_DNS", "dns_nsupdate"},
         {"NSUPDATE_SERVER", knot_.address()},
         {"NSUPDATE_KEY", DnsKey{.name = "acme-key"}.clause()}});
  }
  KnotServer knot_;
};

TEST_F(DnsThatIsSilent, ACaIsLeft) {
  const RawServer silent(saysNothing);
  set({{"ACME_SERVER", "https://127.0.0.1:" + std::to_string(silent.port()) + "/dir"}});
  const auto run = start({"renew"});
  awaitSomebody(silent, kConnections);
  stop(*run);
}

TEST_F(DnsThatIsSilent, AResolverIsLeft) {
  const ScriptedDns silent(noAnswer);
  set({{"ACME_DNS_RESOLVERS", silent.address() + ":" + std::to_string(silent.port())}});
  const auto run = start({"renew"});
  awaitSomebody(silent, kQueries);
  stop(*run);
}

// It was asked again in the clean-up, for 30 s: longer than an engine waits before it kills.
TEST_F(DnsThatIsSilent, AProviderIsLeftAndWhatStandsElsewhereIsTakenAway) {
  const RawServer silent(saysNothing);
  set({{"ACME_DOMAINS", "home.example,www.other.example"},
       {"ACME_DNS", "dns_nsupdate,other.example=pdns"},
       {"PDNS_Url", "http://127.0.0.1:" + std::to_string(silent.port())},
       {"PDNS_ServerId", "localhost"},
       {"PDNS_Token", "token"}});
  const auto run = start({"renew"});
  ASSERT_TRUE(run->waitForLine("added TXT for _acme-challenge.home.example", 60s)) << run->output();
  awaitSomebody(silent, kConnections);
  std::this_thread::sleep_for(kUntilItCountsAsSilent);
  stop(*run);
  EXPECT_THAT(run->output(), HasSubstr("was silent when the stop came"));
  EXPECT_THAT(run->output(), HasSubstr("TXT records could not be removed; the next pass tries again: "
                                       "removing TXT for _acme-challenge.www.other.example"));
  EXPECT_THAT(txtAt(knot_.address(), "_acme-challenge.home.example"), IsEmpty());
}

TEST_F(DnsThatIsSilent, ANameServerThatShouldTakeUpdatesIsLeft) {
  const ScriptedDns silent(noAnswer);
  set({{"NSUPDATE_SERVER", silent.address()}, {"NSUPDATE_SERVER_PORT", std::to_string(silent.port())}});
  const auto run = start({"renew"});
  awaitSomebody(silent, kQueries);
  std::this_thread::sleep_for(kUntilItCountsAsSilent);
  stop(*run);
  EXPECT_THAT(run->output(), HasSubstr("was silent when the stop came"));
}

class DsmThatIsSilent : public DsmWorld {};

TEST_F(DsmThatIsSilent, IsLeft) {
  const RawServer silent(saysNothing);
  write(renew());
  environment_["SYNO_SCHEME"] = "http";
  environment_["SYNO_HOSTNAME"] = "127.0.0.1";
  environment_["SYNO_PORT"] = std::to_string(silent.port());
  auto options = daemon();
  options.command.emplace_back("renew");
  ChildProcess run(options);
  awaitSomebody(silent, kConnections);
  stop(run);
}

}  // namespace
}  // namespace sidecert::testing
