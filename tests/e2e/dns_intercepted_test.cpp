// A router between here and the zone's name servers answers every DNS question itself, as some do: from a resolver's cache,
// without authority.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dns/exchange.h"
#include "dns_world.h"
#include "support/effort.h"
#include "support/knot_server.h"
#include "support/scripted_dns.h"
#include "support/test_ca.h"
#include "support/web_server.h"

namespace sidecert::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// What that resolver says to the same question.
std::string asked(const std::string& resolver, std::string query) {
  constexpr unsigned kRecursionDesired = 1;
  query.at(2) = static_cast<char>(static_cast<unsigned char>(query.at(2)) | kRecursionDesired);
  std::string answer;
  const auto exchanged = dns::exchangeUdp({.address = resolver}, query, testing::effort(std::chrono::seconds(20)),
                                          [&](std::string_view octets) {
                                            answer = octets;
                                            return true;
                                          });
  return exchanged ? answer : std::string();
}

class DnsIntercepted : public DnsWorld {
 protected:
  DnsIntercepted() {
    begin({{"home.example", {knot_.address()}}});
    std::ofstream(caFile()) << ca_.pem();
    set({{"ACME_DNS", "dns_nsupdate"},
         {"NSUPDATE_SERVER", knot_.address()},
         {"NSUPDATE_KEY", key_.clause()},
         {"SSL_CERT_FILE", pebble_->caFile() + "," + caFile()},
         {"ACME_DNS_RESOLVERS", resolver_->address() + "," + https_.url("/dns-query")}});
  }
  std::string caFile() const { return (files_ / "https-ca.pem").string(); }

  DnsKey key_{.name = "acme-key"};
  ScriptedDns router_{[this](const std::string& query, ScriptedDns::Via) {
                        const std::string answer = asked(resolver_->address(), query);
                        return answer.empty() ? std::vector<std::string>() : std::vector{answer};
                      },
                      freeLoopbackAddress({53}), 53};
  // The zone's own NS record leads to where the router answers.
  KnotServer knot_{{.zones = {{.name = "home.example", .name_servers = {router_.address()}, .update_keys = {key_.name}}},
                    .keys = {key_}}};
  TestCa ca_{"CA of the HTTPS service"};
  WebServer https_{[this](const WebRequest& request) -> WebAnswer {
                     HttpHeaders headers;
                     headers.set("Content-Type", "application/dns-message");
                     return {.status = 200, .headers = headers, .body = asked(resolver_->address(), request.body)};
                   },
                   ca_.issue()};
};

TEST_F(DnsIntercepted, IsSaidAndGoneRoundByHttps) {
  const Run run = sidecert({"renew"});
  EXPECT_EQ(run.code, 0) << run.output;
  EXPECT_TRUE(issued());
  EXPECT_EQ(orders(), 1U);
  EXPECT_THAT(run.output, AllOf(HasSubstr("answers DNS questions in their place"), HasSubstr("DNS over HTTPS")));
  EXPECT_THAT(https_.requests(), Not(IsEmpty()));
  EXPECT_THAT(txtAt(knot_.address(), "_acme-challenge.home.example"), IsEmpty());
}

TEST_F(DnsIntercepted, IsNoMatterToAFixedWait) {
  set({{"ACME_DNSSLEEP", "1"}});
  const Run run = sidecert({"renew"});
  EXPECT_EQ(run.code, 0) << run.output;
  EXPECT_TRUE(issued());
  EXPECT_THAT(https_.requests(), IsEmpty());
}

}  // namespace
}  // namespace sidecert::testing
