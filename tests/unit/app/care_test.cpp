// The weeks after a deployment, lived through in a blink: what is asked of DSM, how often, and what is done about the
// answers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "app/pass/certificate_pass.h"
#include "app/pass/pass.h"
#include "support/temp_directory.h"
#include "unit/dsm/fake_dsm.h"

namespace sidecert::app {
namespace {

using std::chrono::hours;
using testing::certificateOf;
using testing::FakeDsm;

/// A certificate made elsewhere is deployed without a question to any name server.
class NoDns final : public dns::Resolver {
 public:
  Result<dns::Response> ask(const dns::Server&, const std::string&, dns::RecordType, dns::Recursion,
                            const Effort&) override {
    ADD_FAILURE() << "a name server was asked";
    return fail(ErrorCode::Internal, "asked");
  }
  Result<std::vector<dns::Server>> recursiveServers(const Effort&) override { return fail(ErrorCode::Internal, "asked"); }
  Result<std::vector<std::string>> addressesOf(const std::string&, const Effort&) override {
    return fail(ErrorCode::Internal, "asked");
  }
};

class Care : public ::testing::Test {
 protected:
  Care() {
    certificate.deploy_from = folder / "certs";
    certificate.targets.push_back(testing::nasSettings());
    std::filesystem::create_directories(certificate.deploy_from);
    std::ofstream(certificate.deploy_from / "all.pem") << testing::kOurLeaf << testing::kIssuer << testing::kOurKey;
    dsm.entries.push_back(testing::entryObject("mine", "home", testing::kOldLeaf, true));
    dsm.entries[0]["services"].push_back(testing::serviceObject("DSM Desktop Service", "system", "default"));
    serve(testing::kOurLeaf);
  }
  void serve(std::string_view pem) { dsm.http.showCertificate(certificateOf(pem).toDer()); }
  void list(std::string_view pem) {
    auto services = dsm.entries[0]["services"];
    dsm.entries[0] = testing::entryObject("mine", "home", pem, true);
    dsm.entries[0]["services"] = services;
  }
  PassResult pass(Force force = Force::No) {
    const Memory memory = memoryIn(folder / "data", dsm.ports());
    LedgerMemory ledger(memory, dsm.ports());
    return passCertificate(certificate, memory,
                           {.resolver = dns, .draw = [] { return 0.5; }, .ports = dsm.ports(), .outside = {}}, ledger,
                           force);
  }
  void expectCounts(int logins, int imports) {
    EXPECT_EQ(dsm.count["login"], logins);
    EXPECT_EQ(dsm.count["import"], imports);
    EXPECT_EQ(dsm.count["logout"], dsm.count["login"]);
  }

  testing::TempDirectory folder;
  FakeDsm dsm;
  NoDns dns;
  config::CertificateSettings certificate;
};

TEST_F(Care, LooksWithoutALoginAtEveryStartAndLogsInOnceADay) {
  EXPECT_FALSE(pass().failed);
  expectCounts(1, 1);
  for (int start = 0; start < 20; ++start) {
    dsm.clock.advance(hours(1));
    EXPECT_FALSE(pass().failed);
  }
  expectCounts(1, 1);
  for (int day = 0; day < 30; ++day) {
    dsm.clock.advance(hours(24));
    EXPECT_FALSE(pass().failed);
  }
  expectCounts(31, 1);
}

class CountingSender final : public notify::Sender {
 public:
  Result<> send(const notify::Address&, const notify::Message& message, const Effort&) override {
    events.push_back(message.event);
    return {};
  }
  std::vector<std::string> events;
};

// It lists what it is given and goes on serving the old one, whatever is imported.
TEST_F(Care, ADsmThatNeverServesItIsOneAlarmWithinADayAndNoFurtherImport) {
  serve(testing::kOldLeaf);
  CountingSender sender;
  config::Settings settings;
  settings.data = folder / "data";
  settings.certificates = {certificate};
  settings.notify_urls = {Secret("ntfy://topic")};
  const auto passAll = [&] {
    return app::pass(settings,
                     {.resolver = dns, .draw = [] { return 0.5; }, .ports = dsm.ports(), .sender = &sender, .outside = {}},
                     Force::No);
  };
  PassResult outcome = passAll();
  EXPECT_LT(worstOf(outcome.facts), Severity::Alarm) << "before it was imported once more";
  const TimePoint begun = dsm.clock.now();
  while (dsm.clock.now() < begun + hours(24)) {
    dsm.clock.jumpTo(outcome.wake);
    outcome = passAll();
  }
  EXPECT_EQ(worstOf(outcome.facts), Severity::Alarm);
  EXPECT_THAT(sender.events, ::testing::ElementsAre("not-served"));
  EXPECT_EQ(dsm.count["import"], 2);
  for (int day = 0; day < 7; ++day) {
    dsm.clock.jumpTo(outcome.wake);
    outcome = passAll();
  }
  EXPECT_THAT(sender.events, ::testing::ElementsAre("not-served"));
  EXPECT_EQ(dsm.count["import"], 2);
}

TEST_F(Care, WakesForTheDailyLook) {
  EXPECT_EQ(pass().wake, dsm.clock.now() + hours(24));
}

TEST_F(Care, BringsBackWhatDsmNoLongerLists) {
  ASSERT_FALSE(pass().failed);
  list(testing::kOldLeaf);
  dsm.clock.advance(hours(24));
  EXPECT_FALSE(pass().failed);
  expectCounts(2, 2);
  EXPECT_EQ(dsm.entries[0]["valid_till"], testing::listedTime(certificateOf(testing::kOurLeaf).notAfter()));
}

TEST_F(Care, SeesAtAStartThatDsmServesSomethingElseAndImportsOnce) {
  ASSERT_FALSE(pass().failed);
  serve(testing::kOldLeaf);
  dsm.clock.advance(std::chrono::minutes(5));
  pass();
  expectCounts(2, 2);
  EXPECT_TRUE(dsm.log.contains("no longer shows the certificate"));
  // It did not help, which is no reason to do it at every start.
  for (int start = 0; start < 10; ++start) {
    dsm.clock.advance(std::chrono::minutes(5));
    pass();
  }
  expectCounts(2, 2);
}

TEST_F(Care, ARepairThatHeldForADayMayBeNeededAgain) {
  ASSERT_FALSE(pass().failed);
  for (int drift = 1; drift <= 3; ++drift) {
    serve(testing::kOldLeaf);
    dsm.instead = [&](const std::string& method, const HttpRequest&) -> std::optional<Result<HttpResponse>> {
      if (method == "import") serve(testing::kOurLeaf);
      return {};
    };
    dsm.clock.advance(std::chrono::minutes(5));
    pass();
    EXPECT_EQ(dsm.count["import"], 1 + drift);
    dsm.clock.advance(hours(25));
    pass();
  }
  EXPECT_EQ(dsm.count["import"], 4);
}

TEST_F(Care, ANasThatDoesNotAnswerTheGlanceIsLeftUntilItsDay) {
  ASSERT_FALSE(pass().failed);
  dsm.http.showCertificate(fail(ErrorCode::Unreachable, "refused"));
  dsm.clock.advance(hours(1));
  EXPECT_FALSE(pass().failed);
  expectCounts(1, 1);
}

TEST_F(Care, TellsOfARefusedLoginLongBeforeTheRenewalAndAsksOnceADay) {
  ASSERT_FALSE(pass().failed);
  dsm.instead = [](const std::string& method, const HttpRequest&) -> std::optional<Result<HttpResponse>> {
    if (method == "login") return FakeDsm::refusal(400);
    return {};
  };
  dsm.clock.advance(hours(24));
  EXPECT_TRUE(pass().failed);
  EXPECT_EQ(dsm.count["login"], 2);
  EXPECT_TRUE(dsm.log.contains("failure 1 in a row"));
  for (int start = 0; start < 20; ++start) {
    dsm.clock.advance(hours(1));
    pass();
  }
  EXPECT_EQ(dsm.count["login"], 2);
  // By hand it is asked at once.
  dsm.instead = nullptr;
  EXPECT_FALSE(pass(Force::Deploy).failed);
  EXPECT_EQ(dsm.count["login"], 3);
}

TEST_F(Care, ImportsInTheWindowAndNotBefore) {
  // kTestStart is noon.
  certificate.targets.front().deploy_window = {.begin = hours(14), .end = hours(15)};
  const PassResult waits = pass();
  EXPECT_FALSE(waits.failed);
  EXPECT_EQ(waits.wake, dsm.clock.now() + hours(2));
  EXPECT_TRUE(dsm.http.requests().empty());
  dsm.clock.advance(hours(2));
  EXPECT_FALSE(pass().failed);
  expectCounts(1, 1);
}

TEST_F(Care, TakesNewFilesAndKeepsTheOldCertificateWhenTheyAreNoGood) {
  ASSERT_FALSE(pass().failed);
  std::filesystem::remove(certificate.deploy_from / "all.pem");
  EXPECT_TRUE(pass().failed);
  EXPECT_TRUE(dsm.log.contains("DEPLOY_FROM"));
  dsm.clock.advance(hours(24));
  pass();
  expectCounts(2, 1);  // the daily look goes on
  std::ofstream(certificate.deploy_from / "all.pem") << testing::kOurLeaf << testing::kIssuer << testing::kOurKey;
  EXPECT_FALSE(pass().failed);
}

}  // namespace
}  // namespace sidecert::app
