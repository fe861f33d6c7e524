#include "dns/standing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_resolver.h"
#include "support/manual_clock.h"
#include "support/memory_log.h"
#include "support/scripted_http.h"

namespace sidecert::dns {
namespace {

using sidecert::testing::authoritative;
using sidecert::testing::FakeResolver;
using sidecert::testing::kRecursive;
using sidecert::testing::noSuchName;
using sidecert::testing::record;
using sidecert::testing::recursive;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr char kOne[] = "192.0.2.1";
constexpr char kOther[] = "192.0.2.2";
constexpr char kStanding[] = "_validation-persist.home.example";

class StandingTxt : public ::testing::Test {
 protected:
  StandingTxt() {
    const Record soa = record("home.example", RecordType::Soa, "ns1.home.example");
    net_.setDefault(kRecursive, recursive(noSuchName("home.example")));
    net_.set(kRecursive, "home.example", RecordType::Soa, recursive(authoritative({soa})));
    net_.set(kRecursive, "home.example", RecordType::Ns,
             recursive(authoritative({record("home.example", RecordType::Ns, "ns1.home.example"),
                                      record("home.example", RecordType::Ns, "ns2.home.example")})));
    for (const auto& [host, address] : {std::pair{"ns1.home.example", kOne}, {"ns2.home.example", kOther}}) {
      net_.set(kRecursive, host, RecordType::A, recursive(authoritative({record(host, RecordType::A, address)})));
      net_.set(kRecursive, host, RecordType::Aaaa, recursive(authoritative({})));
    }
    for (const char* server : {kOne, kOther}) net_.setDefault(server, noSuchName("home.example"));
  }
  Result<std::vector<std::vector<std::string>>> look() {
    return standingTxt(net_, kStanding, Effort(clock_, {}), {clock_, http_, files_, Log(log_), {}});
  }
  void show(const std::string& server, const std::string& value) {
    net_.set(server, kStanding, RecordType::Txt, authoritative({record(kStanding, RecordType::Txt, value)}));
  }

  FakeResolver net_;
  sidecert::testing::ScriptedHttp http_;
  sidecert::testing::ManualClock clock_;
  sidecert::testing::MemoryLog log_;
  PosixFileSystem files_;
};

TEST_F(StandingTxt, IsWhatEachServerShows) {
  show(kOne, "ca.example; accounturi=x");
  const auto standing = look();
  ASSERT_TRUE(standing) << describe(standing.error());
  EXPECT_THAT(*standing, UnorderedElementsAre(ElementsAre("ca.example; accounturi=x"), IsEmpty()));
}

TEST_F(StandingTxt, LeavesOutServersThatAreSilentOrHaveNoRoute) {
  show(kOne, "a");
  net_.silence(kOther);
  EXPECT_THAT(look().value(), ElementsAre(ElementsAre("a")));
  net_.wake(kOther);
  net_.cutOff(kOther);
  EXPECT_THAT(look().value(), ElementsAre(ElementsAre("a")));
}

TEST_F(StandingTxt, IsAFailureWhenNobodyCanBeAsked) {
  net_.silence(kOne);
  net_.silence(kOther);
  const auto standing = look();
  ASSERT_FALSE(standing);
  EXPECT_EQ(standing.error().code, ErrorCode::Unreachable);
}

}  // namespace
}  // namespace sidecert::dns
