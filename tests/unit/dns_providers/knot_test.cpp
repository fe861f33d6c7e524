// dns_knot: what acme.sh hands to knsupdate, against Knot itself.
#include "dns/providers/knot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "support/effort.h"
#include "support/knot_server.h"
#include "support/memory_log.h"
#include "support/scripted_http.h"

namespace sidecert::dns::providers {
namespace {

using sidecert::testing::DnsKey;
using sidecert::testing::KnotServer;
using sidecert::testing::MemoryLog;
using sidecert::testing::ScriptedHttp;
using sidecert::testing::TempDirectory;
using ::testing::AllOf;
using ::testing::HasSubstr;

class Knot : public ::testing::Test {
 protected:
  Result<std::unique_ptr<Provider>> make(const std::map<std::string, std::string>& values) {
    config::ProviderVariables variables;
    for (const auto& [name, value] : values) variables.emplace(name, Secret(value));
    return makeKnot(variables, *resolver_, {clock_, http_, files_, Log(sink_), {}});
  }

  SystemClock clock_;
  ScriptedHttp http_;
  PosixFileSystem files_;
  MemoryLog sink_;
  std::unique_ptr<Resolver> resolver_ = makeResolver({}, Log(sink_));
};

TEST_F(Knot, UpdatesByTheKeyAsKnsupdateTakesItAndByAKeyFile) {
  const DnsKey plain{.name = "acme"}, longer{.name = "acme512", .algorithm = "hmac-sha512"};
  KnotServer server(
      {.zones =
           {{.name = "home.example", .records = {}, .name_servers = {}, .update_keys = {"acme", "acme512"}, .primary = {}}},
       .keys = {plain, longer}});
  const TempDirectory folder;
  std::ofstream(folder / "acme.key") << plain.clause();
  for (const std::string& key : {plain.name + " " + plain.secret, "hmac-sha512:" + longer.name + " " + longer.secret,
                                 (folder / "acme.key").string()}) {
    for (const char* port : {"", " 53", "#53"}) {
      auto dns = make({{"KNOT_SERVER", server.address() + port}, {"KNOT_KEY", key}});
      ASSERT_TRUE(dns) << describe(dns.error());
      const std::vector<TxtRecord> records = {{"_acme-challenge.home.example", "value"}};
      const auto added = (*dns)->add("home.example", records, testing::effort());
      ASSERT_TRUE(added) << describe(added.error());
      const auto answer = resolver_->ask({server.address()}, "_acme-challenge.home.example", RecordType::Txt,
                                         Recursion::NotDesired, testing::effort());
      ASSERT_TRUE(answer);
      EXPECT_EQ(answer->answers.size(), 1U);
      ASSERT_TRUE((*dns)->remove("home.example", records, testing::effort()));
    }
  }
}

TEST_F(Knot, NamesTheVariableOfEachFaultAndNoSecret) {
  const auto none = make({});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().what, "KNOT_KEY is not set");
  const auto wrong = make({{"KNOT_SERVER", "ns1.example 53 6"}, {"KNOT_KEY", "acme:no!base64"}});
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().what, AllOf(HasSubstr("KNOT_SERVER: \"ns1.example 53 6\""), HasSubstr("KNOT_KEY")));
  EXPECT_FALSE(describe(wrong.error()).contains("no!base64"));
  const auto algorithm = make({{"KNOT_KEY", "hmac-md6:acme b3RoZXI="}});
  ASSERT_FALSE(algorithm);
  EXPECT_THAT(algorithm.error().what, AllOf(HasSubstr("KNOT_KEY"), HasSubstr("hmac-md6")));
  EXPECT_FALSE(make({{"KNOT_KEY", "/nowhere/key"}}));
}

}  // namespace
}  // namespace sidecert::dns::providers
