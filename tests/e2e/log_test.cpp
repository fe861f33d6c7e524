// What the log of a whole life looks like: complete, said once, readable by programs, and without a secret at any level.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "owners_world.h"
#include "support/web_server.h"

namespace sidecert::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> linesOf(const std::string& output) {
  std::vector<std::string> lines;
  std::istringstream stream(output);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string fileBytes(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

class LogOfALife : public OwnersWorld {
 protected:
  /// First run, a quiet one, a wrong password, a wrong TSIG key, status, health and check.
  std::string live() {
    std::string all = sidecert({"renew"}).output + sidecert({"renew"}).output;
    environment_["SYNO_PASSWORD"] = "canary-wrong-password";
    all += sidecert({"renew"}).output;
    environment_["SYNO_PASSWORD"] = kPassword;
    writeKey("Y2FuYXJ5LXdyb25nLTAxMjM0NTY3ODlhYmNkZWZnaGk=");
    all += sidecert({"renew", "--force"}).output;
    for (const char* command : {"status", "health", "check", "variables"}) all += sidecert({command}).output;
    return all + sidecert({"status", "--json"}).output + sidecert({"check", "--json"}).output;
  }
};

TEST_F(LogOfALife, NoSecretIsInItAtAnyLevel) {
  WebServer hook([](const WebRequest&) { return WebAnswer{}; });
  environment_["NOTIFY_URLS"] = "json://canary-user:canary-pass@127.0.0.1:" + std::to_string(hook.port()) + "/canary-hook";
  environment_["SYNO_DEVICE_ID"] = "canary-device-id";
  std::string all = live();
  auto other = environment_;
  other["SIDECERT_DATA"] = (files_ / "other").string();
  other["ACME_EAB_KID"] = "kid";
  other["ACME_EAB_HMAC_KEY"] = "Y2FuYXJ5LWVhYi0wMTIzNDU2Nzg5YWJjZGVmZ2hpams";
  std::swap(environment_, other);
  all += sidecert({"renew"}).output;
  std::swap(environment_, other);
  for (const char* canary : {"canary", kTsigSecret, "Y2FuYXJ5", "PRIVATE KEY"}) EXPECT_THAT(all, Not(HasSubstr(canary)));
  // What was made on the way is as secret as what was given.
  const auto account = nlohmann::json::parse(
      fileBytes(std::filesystem::directory_iterator(data() + "/accounts")->path() / "account.json"), nullptr, false);
  ASSERT_TRUE(account.is_object());
  for (const std::string& pem :
       {account["key"].get<std::string>(), fileBytes(data() + "/certificates/home.example/current/key.pem")}) {
    for (const std::string& line : linesOf(pem)) {
      if (line.size() <= 30 || line.starts_with("-----")) continue;
      EXPECT_THAT(all, Not(HasSubstr(line)));
    }
  }
  EXPECT_THAT(all, Not(HasSubstr("SynoToken=")));
  EXPECT_THAT(all, Not(HasSubstr("_sid=")));
}

TEST_F(LogOfALife, EveryLineBeginsWithItsTimeInUtcAndItsLevel) {
  const Run run = sidecert({"renew"});
  static const std::regex kLine(R"(^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ (debug  |info   |warning|error  ) \S.*)");
  for (const std::string& line : linesOf(run.output)) EXPECT_TRUE(std::regex_match(line, kLine)) << line;
}

TEST_F(LogOfALife, AsJsonEveryLineIsAnObject) {
  environment_["LOG_FORMAT"] = "json";
  environment_["LOG_LEVEL"] = "debug";
  const Run run = sidecert({"renew"});
  ASSERT_EQ(run.code, 0) << run.output;
  for (const std::string& line : linesOf(run.output)) {
    const auto object = nlohmann::json::parse(line, nullptr, false);
    ASSERT_TRUE(object.is_object()) << line;
    for (const char* member : {"time", "level", "message"}) EXPECT_TRUE(object.contains(member)) << line;
  }
}

TEST_F(LogOfALife, AFailureIsOneErrorWithItsMendAndItsNextTry) {
  environment_["LOG_LEVEL"] = "info";
  environment_["SYNO_PASSWORD"] = "wrong";
  const Run run = sidecert({"renew"});
  EXPECT_EQ(run.code, 1);
  std::vector<std::string> errors;
  for (const std::string& line : linesOf(run.output)) {
    if (line.contains(" error ")) errors.push_back(line);
  }
  ASSERT_EQ(errors.size(), 1U) << run.output;
  EXPECT_THAT(errors.front(), HasSubstr("SYNO_PASSWORD"));
  EXPECT_THAT(run.output, HasSubstr("next try at"));
}

TEST_F(LogOfALife, NothingIsSaidTwiceInOnePass) {
  environment_["LOG_LEVEL"] = "info";
  std::set<std::string> seen;
  for (const std::string& line : linesOf(sidecert({"renew"}).output)) {
    const std::string said = line.substr(std::min<std::size_t>(line.size(), 21));
    EXPECT_TRUE(seen.insert(said).second) << "said twice: " << said;
  }
}

TEST_F(LogOfALife, APassWithNothingToDoIsAHandfulOfLines) {
  environment_["LOG_LEVEL"] = "info";
  ASSERT_EQ(sidecert({"renew"}).code, 0);
  const Run quiet = sidecert({"renew"});
  EXPECT_LE(linesOf(quiet.output).size(), 3U) << quiet.output;
}

}  // namespace
}  // namespace sidecert::testing
