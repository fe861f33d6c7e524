// What the owner is told, by the program that ships, over real HTTP and real SMTP.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "owners_world.h"
#include "support/mail_server.h"
#include "support/web_server.h"

namespace sidecert::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class Messages : public OwnersWorld {
 protected:
  Messages() { environment_["NOTIFY_URLS"] = "json://127.0.0.1:" + std::to_string(hook_.port()) + "/canary-hook"; }

  std::vector<std::string> events() const {
    std::vector<std::string> all;
    for (const WebRequest& request : hook_.requests())
      all.push_back(nlohmann::json::parse(request.body).at("event").get<std::string>());
    return all;
  }

  WebServer hook_{[](const WebRequest&) { return WebAnswer{}; }};
};

TEST_F(Messages, ADeploymentIsToldOnceHoweverOftenItStarts) {
  const Run run = sidecert({"renew"});
  ASSERT_EQ(run.code, 0) << run.output;
  EXPECT_EQ(sidecert({"renew"}).code, 0);
  ASSERT_THAT(events(), ElementsAre("deployed"));
  const auto body = nlohmann::json::parse(hook_.requests().front().body);
  EXPECT_EQ(body["certificate"], "home.example");
  EXPECT_THAT(body["message"].get<std::string>(), HasSubstr("DSM was seen serving it."));
  EXPECT_THAT(run.output, Not(HasSubstr("canary")));
}

TEST_F(Messages, AWrongPasswordAsksForActionOnceAndItsMendingIsToldByTheDeployment) {
  environment_["SYNO_PASSWORD"] = "wrong";
  for (int i = 0; i < 3; ++i) EXPECT_EQ(sidecert({"renew"}).code, 1);
  EXPECT_THAT(events(), ElementsAre("action-needed"));
  EXPECT_THAT(nlohmann::json::parse(hook_.requests().front().body)["message"].get<std::string>(),
              HasSubstr("SYNO_PASSWORD"));
  environment_["SYNO_PASSWORD"] = kPassword;
  EXPECT_EQ(sidecert({"renew"}).code, 0);
  EXPECT_THAT(events(), ElementsAre("action-needed", "deployed"));
}

TEST_F(Messages, AnAddressThatDoesNotAnswerNeitherFailsThePassNorLosesTheMessage) {
  environment_["NOTIFY_URLS"] += " gotify://127.0.0.1:" + std::to_string(freePort()) + "/canary-token";
  const Run run = sidecert({"renew"});
  EXPECT_EQ(run.code, 0) << run.output;
  EXPECT_THAT(run.output, HasSubstr("could not be sent, it is tried again later: Gotify at 127.0.0.1"));
  EXPECT_THAT(run.output, Not(HasSubstr("canary")));
  EXPECT_THAT(events(), ElementsAre("deployed"));
  std::ifstream kept(data() + "/notify.json");
  EXPECT_THAT((std::string{std::istreambuf_iterator<char>(kept), {}}), HasSubstr("has the new certificate"));
}

TEST_F(Messages, WrongSettingsAreToldToo) {
  environment_.erase("SYNO_PASSWORD");
  ChildProcess process(
      {.command = {SIDECERT_PROGRAM}, .environment = environment_, .clean_environment = true, .directory = {}});
  ASSERT_TRUE(process.waitForLine("nothing is done until the settings above are right")) << process.output();
  process.signal(SIGTERM);
  EXPECT_TRUE(process.wait());
  EXPECT_THAT(events(), ElementsAre("action-needed"));
  EXPECT_THAT(hook_.requests().front().body, HasSubstr("SYNO_PASSWORD: is not set"));
}

TEST_F(Messages, CheckSendsATestToEveryAddressAndNeedsNoOtherSetting) {
  const MailServer mail({});
  environment_ = {{"NOTIFY_URLS", environment_["NOTIFY_URLS"] + " smtp://localhost:" + std::to_string(mail.port()) +
                                      "/?from=nas@example.net&to=me@example.net"}};
  const Run run = sidecert({"check", "--notify"});
  EXPECT_EQ(run.code, 0) << run.output;
  EXPECT_THAT(run.output, HasSubstr("ok       messages: a test was sent: webhook at 127.0.0.1"));
  EXPECT_THAT(run.output, HasSubstr("ok       messages: a test was sent: mail by localhost"));
  EXPECT_THAT(events(), ElementsAre("test"));
  ASSERT_EQ(mail.received().size(), 1U);
  EXPECT_THAT(mail.received().front().text, HasSubstr("Subject: Sidecert can reach you\r\n"));
}

TEST_F(Messages, CheckSaysWhichAddressDoesNotWork) {
  environment_ = {{"NOTIFY_URLS", "gotify://127.0.0.1:" + std::to_string(freePort()) + "/canary-token"}};
  const Run run = sidecert({"check", "--notify"});
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.output, HasSubstr("failed   messages: Gotify at 127.0.0.1"));
  EXPECT_THAT(run.output, Not(HasSubstr("canary")));
}

TEST_F(Messages, AnAddressThatIsNoneIsAFaultOfTheSettings) {
  environment_["NOTIFY_URLS"] = "tgram://canary-token";
  const Run run = sidecert({"renew"});
  EXPECT_EQ(run.code, 2);
  EXPECT_THAT(run.output, HasSubstr("NOTIFY_URLS: address 1: the tgram:// address lacks"));
  EXPECT_THAT(run.output, Not(HasSubstr("canary")));
}

}  // namespace
}  // namespace sidecert::testing
