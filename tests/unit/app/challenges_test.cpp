// Clean-up that always happens, against a real name server: whatever is cut, the next start leaves the zone as it was.
#include "app/pass/challenges.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/crashing_file_system.h"
#include "support/effort.h"
#include "support/knot_server.h"
#include "support/memory_log.h"
#include "support/scripted_http.h"

namespace sidecert::app {
namespace {

using sidecert::testing::CrashingFileSystem;
using sidecert::testing::DnsKey;
using sidecert::testing::KnotServer;
using sidecert::testing::MemoryLog;
using sidecert::testing::ScriptedHttp;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

constexpr char kName[] = "_acme-challenge.home.example";
constexpr char kWrongSecret[] = "d3Jvbmcgd3Jvbmcgd3Jvbmcgd3Jvbmcgd3Jvbmcgd3I=";

class ChallengesTest : public ::testing::Test {
 protected:
  ChallengesTest() {
    settings_.names = settings_.alias_domains = {"home.example", "*.home.example"};
    settings_.providers = {{.zone = {}, .provider = "dns_nsupdate"}};
    useKey(key_);
    EXPECT_TRUE(files_.makeDirectories(folder_, kPrivateDirectory));
  }

  void useKey(const DnsKey& key) {
    settings_.provider_variables.clear();
    settings_.provider_variables.emplace("NSUPDATE_SERVER", Secret(knot_.address()));
    settings_.provider_variables.emplace("NSUPDATE_KEY", Secret(key.clause()));
  }
  std::unique_ptr<Challenges> start() {
    return std::make_unique<Challenges>(settings_, memoryIn("/data", ports()), *resolver_, ports());
  }
  Ports ports() { return {clock_, http_, files_, Log(sink_), {}}; }
  std::vector<std::string> values() {
    const auto answer = resolver_->ask({knot_.address()}, kName, dns::RecordType::Txt, dns::Recursion::NotDesired,
                                       testing::effort(std::chrono::seconds(20)));
    EXPECT_TRUE(answer) << answer.error().what;
    std::vector<std::string> found;
    for (const dns::Record& record : answer->answers) found.push_back(record.data);
    return found;
  }
  bool listIsThere() { return files_.read(folder_ / "txt.json").value().has_value(); }

  const std::vector<acme::ChallengeRecord> records_ = {{"home.example", kName, "apex"}, {"home.example", kName, "wildcard"}};
  DnsKey key_{.name = "acme"};
  KnotServer knot_{
      {.zones = {{.name = "home.example", .records = {R"(_acme-challenge TXT "a stranger's")"}, .update_keys = {"acme"}}},
       .keys = {key_}}};
  config::CertificateSettings settings_;
  const Path folder_ = "/data/certificates/home.example";
  CrashingFileSystem files_;
  SystemClock clock_;
  ScriptedHttp http_;
  MemoryLog sink_;
  std::unique_ptr<dns::Resolver> resolver_ = dns::makeResolver({knot_.address()}, Log(sink_));
};

TEST_F(ChallengesTest, ArePublishedUntilVisibleAndWithdrawnByValue) {
  const auto challenges = start();
  const auto published = challenges->publish(records_);
  ASSERT_TRUE(published) << describe(published.error());
  EXPECT_THAT(values(), UnorderedElementsAre("apex", "wildcard", "a stranger's"));
  EXPECT_TRUE(listIsThere());
  challenges->withdraw();
  EXPECT_THAT(values(), ElementsAre("a stranger's"));
  EXPECT_FALSE(listIsThere());
}

TEST_F(ChallengesTest, AreNotAddedBeforeTheyAreListed) {
  files_.refuseWrites(Error{.code = ErrorCode::Storage, .what = "the disk is full", .hint = {}});
  const auto published = start()->publish(records_);
  ASSERT_FALSE(published);
  EXPECT_THAT(published.error().what, HasSubstr("the disk is full"));
  EXPECT_THAT(values(), ElementsAre("a stranger's"));
}

TEST_F(ChallengesTest, AreGoneAfterTheNextStartWhereverARunIsCut) {
  for (const auto unsynced : {CrashingFileSystem::Unsynced::Dropped, CrashingFileSystem::Unsynced::Kept}) {
    for (int step = 0;; ++step) {
      SCOPED_TRACE("power cut at call " + std::to_string(step));
      files_.cutPowerAt(step);
      {
        const auto challenges = start();
        if (challenges->publish(records_)) challenges->withdraw();
      }
      const bool cut = files_.powerIsCut();
      files_.restart(unsynced);
      start()->withdrawLeftovers();
      EXPECT_THAT(values(), ElementsAre("a stranger's"));
      EXPECT_FALSE(listIsThere());
      if (!cut) break;
    }
  }
}

TEST_F(ChallengesTest, AreTriedAgainAtTheNextStartWhenTheServerRefuses) {
  ASSERT_TRUE(start()->publish(records_));
  useKey({.name = "acme", .secret = kWrongSecret});
  start()->withdraw();
  EXPECT_THAT(values(), UnorderedElementsAre("apex", "wildcard", "a stranger's"));
  EXPECT_TRUE(listIsThere());
  EXPECT_THAT(sink_.text(), HasSubstr("the next pass tries again"));
  useKey(key_);
  start()->withdrawLeftovers();
  EXPECT_THAT(values(), ElementsAre("a stranger's"));
  EXPECT_FALSE(listIsThere());
}

TEST_F(ChallengesTest, OfSeveralRunsAreAllRemembered) {
  ASSERT_TRUE(start()->publish(std::span(records_).first(1)));
  ASSERT_TRUE(start()->publish(std::span(records_).last(1)));
  start()->withdrawLeftovers();
  EXPECT_THAT(values(), ElementsAre("a stranger's"));
}

TEST_F(ChallengesTest, AreWithdrawnThoughAStopWasAskedFor) {
  std::stop_source stop;
  Challenges challenges(settings_, memoryIn("/data", ports()), *resolver_,
                        Ports{clock_, http_, files_, Log(sink_), stop.get_token()});
  ASSERT_TRUE(challenges.publish(records_));
  stop.request_stop();
  challenges.withdraw();
  EXPECT_THAT(values(), ElementsAre("a stranger's"));
}

TEST(ProbesFor, AreOneForEachNameThatIsLookedAtAndNeverTheSame) {
  const auto probes = probesFor({"home.example", "*.home.example", "*.a.example"});
  ASSERT_EQ(probes.size(), 2U);
  EXPECT_EQ(probes[0].name, "_acme-challenge.home.example");
  EXPECT_EQ(probes[1].name, "_acme-challenge.a.example");
  EXPECT_EQ(probes[0].value.size(), 43U);  // as a challenge's: some services take nothing else
  EXPECT_NE(probes[0].value, probesFor({"home.example"})[0].value);
}

TEST(Providers, AreChosenByTheLongestZone) {
  config::CertificateSettings settings;
  settings.providers = {{.zone = {}, .provider = "dns_nsupdate"}, {.zone = "sub.home.example", .provider = "dns_nowhere"}};
  SystemClock clock;
  ScriptedHttp http;
  CrashingFileSystem files;
  MemoryLog sink;
  const auto resolver = dns::makeResolver({}, Log(sink));
  Providers providers(settings, *resolver, {clock, http, files, Log(sink), {}});
  EXPECT_TRUE(providers.of("_acme-challenge.home.example"));
  const auto other = providers.of("_acme-challenge.a.sub.home.example");
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().what, HasSubstr("dns_nowhere"));
  settings.providers = {{.zone = "sub.home.example", .provider = "dns_nsupdate"}};
  EXPECT_THAT(Providers(settings, *resolver, {clock, http, files, Log(sink), {}}).of("home.example").error().hint,
              HasSubstr("ACME_DNS"));
}

}  // namespace
}  // namespace sidecert::app
