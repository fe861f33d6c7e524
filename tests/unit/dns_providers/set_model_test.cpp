// Sets whose API adds and removes single values: nothing of anybody else is sent back.
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
using ::testing::SizeIs;

constexpr char kDefinition[] = R"({"id": "dns_x", "name": "X", "docs": "d", "base": "https://x.example", "ttl": 120,
  "variables": [], "credentials": [{"needs": []}], "zone": {"given": "{cut}"},
  "set": {
    "read": {"get": "/sets/{relative}", "missing": {"status": 404}, "records": "/records", "value": "/value"},
    "create": {"post": "/sets/{relative}/add", "json": {"ttl": "{ttl}", "records": {"each": "records", "give": "{value}"}}},
    "add": {"post": "/sets/{relative}/add", "json": {"records": {"each": "added", "give": "{value}"}}},
    "remove": {"post": "/sets/{relative}/remove", "json": {"records": {"each": "removed", "give": "{value}"}}}
  }})";

class SetModel : public ::testing::Test {
 protected:
  Result<> run(bool add, const std::vector<TxtRecord>& records) {
    auto definition = loadDefinition(kDefinition, "x.json");
    if (!definition) return std::unexpected(definition.error());
    auto provider = makeDefined(*definition, {}, Ports{clock_, http_, files_, Log(log_), {}});
    if (!provider) return std::unexpected(provider.error());
    return add ? (*provider)->add("example.com", records, Effort(clock_, {}))
               : (*provider)->remove("example.com", records, Effort(clock_, {}));
  }
  ManualClock clock_;
  ScriptedHttp http_;
  PosixFileSystem files_;
  MemoryLog log_;
};

TEST_F(SetModel, SendsOnlyWhatIsAddedWhereASetStands) {
  http_.answer(200, R"({"records":[{"value":"theirs"}]})").answer(200, "{}");
  http_.answer(200, R"({"records":[{"value":"theirs"},{"value":"ours"}]})");
  ASSERT_TRUE(run(true, {{"_acme-challenge.example.com", "ours"}, {"_acme-challenge.example.com", "theirs"}}));
  ASSERT_THAT(http_.requests(), SizeIs(3));
  EXPECT_EQ(http_.requests()[1].body, R"({"records":["ours"]})");
}

TEST_F(SetModel, CreatesASetWithItsTimeToLive) {
  http_.answer(404).answer(200, "{}").answer(200, R"({"records":[{"value":"ours"}]})");
  ASSERT_TRUE(run(true, {{"_acme-challenge.example.com", "ours"}}));
  EXPECT_EQ(http_.requests()[1].body, R"({"ttl":120,"records":["ours"]})");
}

TEST_F(SetModel, SendsOnlyWhatIsTakenAway) {
  http_.answer(200, R"({"records":[{"value":"theirs"},{"value":"ours"}]})").answer(200, "{}");
  http_.answer(200, R"({"records":[{"value":"theirs"}]})");
  ASSERT_TRUE(run(false, {{"_acme-challenge.example.com", "ours"}}));
  EXPECT_EQ(http_.requests()[1].url, "https://x.example/sets/_acme-challenge/remove");
  EXPECT_EQ(http_.requests()[1].body, R"({"records":["ours"]})");
}

TEST_F(SetModel, IsContentWhenWhatItTakesAwayWasTheLastAndIsGone) {
  http_.answer(200, R"({"records":[{"value":"ours"}]})").answer(404).answer(404);
  EXPECT_TRUE(run(false, {{"_acme-challenge.example.com", "ours"}}));
}

}  // namespace
}  // namespace sidecert::dns::providers
