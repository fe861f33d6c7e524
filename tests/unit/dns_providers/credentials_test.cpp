// How what the owner typed gets into requests.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dns/providers/definition.h"
#include "dns/providers/engine.h"
#include "support/manual_clock.h"
#include "support/memory_log.h"
#include "support/scripted_http.h"

namespace sidecert::dns::providers {
namespace {

using sidecert::testing::ManualClock;
using sidecert::testing::MemoryLog;
using sidecert::testing::ScriptedHttp;
using ::testing::HasSubstr;

class TypedCredentials : public ::testing::Test {
 protected:
  Result<> add(const std::string& text, const config::ProviderVariables& given) {
    auto definition = loadDefinition(text, "x.json");
    if (!definition) return std::unexpected(definition.error());
    auto provider = makeDefined(*definition, given, Ports{clock_, http_, files_, Log(log_), {}});
    if (!provider) return std::unexpected(provider.error());
    const std::vector<TxtRecord> records = {{"_acme-challenge.example.com", "ours"}};
    return (*provider)->add("example.com", records, Effort(clock_, {}));
  }
  ManualClock clock_;
  ScriptedHttp http_;
  PosixFileSystem files_;
  MemoryLog log_;
};

constexpr char kAsked[] = R"({"id": "dns_x", "name": "X", "docs": "d", "base": "https://x.example",
  "variables": [{"name": "X_IP", "meaning": "address", "asked": true}], "credentials": [{"needs": ["X_IP"]}],
  "zone": {"given": "{cut}"}, "records": {"add": {"post": "/add", "query": {"ip": "{X_IP}"}, "json": {"{fqdn}": "{value}"}},
              "remove": {"post": "/remove", "json": {"{fqdn}": "{value}"}}}})";

TEST_F(TypedCredentials, AreAskedForAtTheAddressThatIsGivenInstead) {
  http_.answer(200, "<html>busy</html>").answer(200, "192.0.2.7\n").answer(200, "{}");
  ASSERT_TRUE(add(kAsked, {{"X_IP", Secret("https://ip.example/")}}));
  EXPECT_EQ(http_.requests()[0].url, "https://ip.example/");
  EXPECT_EQ(http_.requests()[2].url, "https://x.example/add?ip=192.0.2.7");
}

TEST_F(TypedCredentials, AreTakenAsTheyAreWhenTheyAreNoAddress) {
  http_.answer(200, "{}");
  ASSERT_TRUE(add(kAsked, {{"X_IP", Secret("192.0.2.8")}}));
  EXPECT_EQ(http_.requests()[0].url, "https://x.example/add?ip=192.0.2.8");
}

TEST_F(TypedCredentials, ThatCannotBeAskedForNowAreNoMistakeOfTheOwner) {
  http_.always([](const HttpRequest&) { return fail(ErrorCode::Unreachable, "no route"); });
  const auto done = add(kAsked, {{"X_IP", Secret("https://ip.example/")}});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::Unreachable);
  EXPECT_THAT(describe(done.error()), HasSubstr("X_IP"));
}

TEST_F(TypedCredentials, LogInByBasicAndGoOnWithTheToken) {
  http_.answer(200, R"({"access_token":"t0ken-of-the-day"})").answer(200, "{}");
  ASSERT_TRUE(add(R"({"id": "dns_x", "name": "X", "docs": "d", "base": "https://x.example",
    "variables": [{"name": "X_Id", "meaning": "id"}, {"name": "X_Secret", "secret": true, "meaning": "secret"}],
    "credentials": [{"needs": ["X_Id", "X_Secret"], "headers": {"Authorization": "Bearer {token}"}}],
    "login": {"get": "/token", "basic_auth": "{X_Id}:{X_Secret}", "capture": {"token": "/access_token"}},
    "zone": {"given": "{cut}"}, "records": {"add": {"post": "/add", "json": {"{fqdn}": "{value}"}}, "remove": {"post": "/remove", "json": {"{fqdn}": "{value}"}}}})",
                  {{"X_Id", Secret("me")}, {"X_Secret", Secret("hush")}}));
  EXPECT_EQ(http_.requests()[0].headers.first("Authorization"), "Basic bWU6aHVzaA==");
  EXPECT_EQ(http_.requests()[1].headers.first("Authorization"), "Bearer t0ken-of-the-day");
}

}  // namespace
}  // namespace sidecert::dns::providers
