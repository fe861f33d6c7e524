// What each of DSM's error numbers makes the client do: once, again, or never.
#include <gmock/gmock.h>

#include "dsm/inspection.h"
#include "fake_dsm.h"

namespace sidecert::dsm {
namespace {

using testing::FakeDsm;
using ::testing::HasSubstr;
using testing::nasSettings;
using Answer = std::optional<Result<HttpResponse>>;

class Codes : public ::testing::TestWithParam<int> {
 protected:
  Result<Inspection> look() { return inspect(nas, state, dsm.ports()); }
  Result<Deployment> run() { return deploy(nas, state, testing::ourMaterial(), dsm.ports()); }
  void refuse(const std::string& which, int code, int times = 1000) {
    dsm.instead = [which, code, left = times](const std::string& method, const HttpRequest&) mutable -> Answer {
      if (method != which || left == 0) return {};
      --left;
      return FakeDsm::refusal(code);
    };
  }

  FakeDsm dsm;
  config::NasSettings nas = nasSettings();
  TargetState state;
};

std::string byNumber(const ::testing::TestParamInfo<int>& code) {
  return std::to_string(code.param);
}

class FinalCode : public Codes {};

TEST_P(FinalCode, OfAListIsNotRepeated) {
  refuse("list", GetParam());
  const auto done = look();
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().what, HasSubstr(std::to_string(GetParam())));
  EXPECT_FALSE(done.error().hint.empty());
  EXPECT_EQ(dsm.count["list"], 1);
  EXPECT_EQ(dsm.count["login"], 1);
  EXPECT_EQ(dsm.count["logout"], 1);
}

TEST_P(FinalCode, OfAnImportIsNotRepeated) {
  dsm.entries.push_back(testing::entryObject("mine", "home", testing::kOldLeaf, true));
  refuse("import", GetParam());
  const auto done = run();
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().what, HasSubstr(std::to_string(GetParam())));
  EXPECT_EQ(dsm.count["import"], 1);
  EXPECT_EQ(dsm.count["logout"], 1);
}

INSTANTIATE_TEST_SUITE_P(Common, FinalCode, ::testing::Values(101, 103, 104, 105, 108, 112, 113, 114, 115, 116, 120, 160),
                         byNumber);
INSTANTIATE_TEST_SUITE_P(Certificate, FinalCode,
                         ::testing::Values(5503, 5510, 5511, 5512, 5513, 5514, 5515, 5516, 5517, 5518, 5519, 5520, 5521,
                                           5522, 5523, 5524, 5525, 5526, 5527, 5528, 5529, 5530, 5531, 5532, 5533, 5534),
                         byNumber);

class BusyCode : public Codes {};

TEST_P(BusyCode, OfAListIsAskedAgainAfterAPause) {
  refuse("list", GetParam(), 2);
  EXPECT_TRUE(look());
  EXPECT_EQ(dsm.count["list"], 3);
  EXPECT_GE(dsm.clock.slept(), Duration(10'000));
}

TEST_P(BusyCode, OfAListThatNeverPassesIsGivenUp) {
  refuse("list", GetParam());
  EXPECT_FALSE(look());
  EXPECT_LE(dsm.count["list"], 5);
}

TEST_P(BusyCode, OfALoginIsTriedAgainAndHoldsNothing) {
  refuse("login", GetParam(), 2);
  EXPECT_TRUE(look());
  EXPECT_FALSE(state.refused_until);
}

TEST_P(BusyCode, OfALoginThatNeverPassesIsNoRefusalOfTheCredentials) {
  refuse("login", GetParam());
  const auto done = look();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::Unreachable);
  EXPECT_FALSE(state.refused_until);
}

TEST_P(BusyCode, OfAnImportIsLookedUpBeforeASecondOne) {
  dsm.entries.push_back(testing::entryObject("mine", "home", testing::kOldLeaf, true));
  bool first = true;
  dsm.instead = [&](const std::string& method, const HttpRequest& request) -> Answer {
    if (method != "import" || !first) return {};
    first = false;
    dsm.doImport(request);
    return FakeDsm::refusal(GetParam());
  };
  EXPECT_TRUE(run());
  EXPECT_EQ(dsm.count["import"], 1);
}

INSTANTIATE_TEST_SUITE_P(Common, BusyCode, ::testing::Values(109, 110, 111, 117, 118), byNumber);

TEST_F(Codes, AnUnknownErrorOfAListIsTriedOnceMore) {
  refuse("list", 100);
  EXPECT_FALSE(look());
  EXPECT_EQ(dsm.count["list"], 2);
}

TEST_F(Codes, AnUnknownErrorOfALoginIsTriedOnceMoreAndHoldsNothing) {
  refuse("login", 100);
  EXPECT_FALSE(look());
  EXPECT_EQ(dsm.count["login"], 2);
  EXPECT_FALSE(state.refused_until);
}

TEST_F(Codes, AnApiThatIsNotThereIsDiscoveredAgainOnce) {
  refuse("list", 102, 1);
  EXPECT_TRUE(look());
  EXPECT_EQ(dsm.count["query"], 2);
  EXPECT_EQ(dsm.count["login"], 1);
}

TEST_F(Codes, AnApiThatStaysAwayIsNoDsmOrTooOld) {
  refuse("list", 102);
  const auto done = look();
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().hint, HasSubstr("older than 6.2"));
  EXPECT_EQ(dsm.count["list"], 2);
}

TEST_F(Codes, AnotherAddressThanAtTheLoginIsWorthOneFreshLogin) {
  refuse("list", 150, 1);
  EXPECT_TRUE(look());
  EXPECT_EQ(dsm.count["login"], 2);
}

TEST_F(Codes, AnotherAddressThanAtTheLoginIsNoFinalWord) {
  refuse("list", 150);
  const auto done = look();
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().code, ErrorCode::Refused);
  EXPECT_THAT(done.error().hint, HasSubstr("skipping IP checking"));
  EXPECT_EQ(dsm.count["login"], 2);
}

TEST_F(Codes, ANumberThatIsNoRefusalOfTheLoginHoldsNothing) {
  for (const int code : {101, 102, 103, 104, 119, 120, 150}) {
    refuse("login", code);
    const auto done = look();
    ASSERT_FALSE(done);
    EXPECT_NE(done.error().code, ErrorCode::Refused) << code;
    EXPECT_FALSE(state.refused_until) << code;
  }
}

TEST_F(Codes, ANumberMayBeAText) {
  dsm.instead = [](const std::string& method, const HttpRequest&) -> Answer {
    if (method != "login") return {};
    return HttpResponse{
        .status = 200, .headers = {}, .body = R"({"success":false,"error":{"code":"407","errors":[]}})", .peer_sha256 = {}};
  };
  EXPECT_THAT(look().error().hint, HasSubstr("Allow/Block List"));
}

TEST_F(Codes, ARefusedSessionMayBeNoMoreThanAHeader) {
  bool first = true;
  dsm.instead = [&](const std::string& method, const HttpRequest&) -> Answer {
    if (method != "list" || !first) return {};
    first = false;
    return HttpResponse{.status = 403, .headers = {{"x-request-error", "unauth"}}, .body = "", .peer_sha256 = {}};
  };
  EXPECT_TRUE(look());
  EXPECT_EQ(dsm.count["login"], 2);
}

TEST_F(Codes, AnErrorWithoutANumberIsNoCrash) {
  for (const auto* body : {R"({"success":false})", R"({"success":false,"error":null})", R"({"success":false,"error":{}})",
                           R"({"success":false,"error":{"code":[]}})", R"({"success":"no"})", "[]", "null", "7", ""}) {
    dsm.instead = [&](const std::string& method, const HttpRequest&) -> Answer {
      if (method != "list") return {};
      return HttpResponse{.status = 200, .headers = {}, .body = body, .peer_sha256 = {}};
    };
    EXPECT_FALSE(look()) << body;
  }
}

}  // namespace
}  // namespace sidecert::dsm
