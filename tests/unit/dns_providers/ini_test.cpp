// Credentials out of INI files.
#include "dns/providers/ini.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "dns/providers/definition.h"
#include "dns/providers/mounted_check.h"
#include "dns/providers/owners_choice.h"
#include "support/manual_clock.h"
#include "support/memory_log.h"
#include "support/scripted_http.h"
#include "support/temp_directory.h"

namespace sidecert::dns::providers {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Ini, OfASectionWhatItSaysAndWhatHoldsForAll) {
  const auto members = readIni(
      "# a comment\n[DEFAULT]\nuser = ocid1.user\nRegion: home\r\n\n;more\n[other]\nregion=away\nurl = a=b\n", "other");
  ASSERT_TRUE(members) << members.error();
  EXPECT_EQ(toText(*members->find("user")), "ocid1.user");
  EXPECT_EQ(toText(*members->find("region")), "away");
  EXPECT_EQ(toText(*members->find("url")), "a=b");
}

TEST(Ini, ASectionThatIsNotThereIsNamedWithThoseThatAre) {
  const auto members = readIni("[DEFAULT]\nuser=u\n[work]\n", "home");
  ASSERT_FALSE(members);
  EXPECT_EQ(members.error(), "there is no section [home]; there are DEFAULT, work");
}

TEST(Ini, ALineThatCannotBeReadIsNamedByItsNumberAlone) {
  for (const char* text : {"[DEFAULT]\nuser=u\nhush-hush\n", "hush-hush=1\n[DEFAULT]\n"}) {
    const auto members = readIni(text, "DEFAULT");
    ASSERT_FALSE(members);
    EXPECT_THAT(members.error(), HasSubstr("line "));
    EXPECT_THAT(members.error(), Not(HasSubstr("hush")));
  }
}

class IniVariable : public ::testing::Test {
 protected:
  static Definition definition() {
    auto loaded = loadDefinition(R"({"id": "dns_x", "name": "X", "docs": "d", "base": "https://x.example",
      "variables": [{"name": "X_Config", "file": true, "ini": {"section": "X_Profile", "files": ["key_file"]}, "meaning": "file"},
                    {"name": "X_Profile", "default": "DEFAULT", "meaning": "section"}],
      "credentials": [{"needs": ["X_Config"], "let": {"user": "{X_Config/user}", "key": "{X_Config/key_file}"}}],
      "zone": {"given": "{cut}"}, "records": {"add": {"post": "/add", "json": {"{fqdn}": "{value}", "u": "{user}", "k": "{key}"}},
                  "remove": {"post": "/remove", "json": {"{fqdn}": "{value}"}}}})",
                                 "x.json");
    EXPECT_TRUE(loaded) << loaded.error().what;
    return *loaded;
  }
  Result<OwnersChoice> choose(const std::string& profile = "") {
    config::ProviderVariables given = {{"X_Config", Secret((folder_ / "config").string())}};
    if (!profile.empty()) given["X_Profile"] = Secret(profile);
    return readOwnersChoice(definition(), given, Ports{clock_, http_, files_, Log(log_), {}});
  }
  testing::TempDirectory folder_;
  testing::ManualClock clock_;
  testing::ScriptedHttp http_;
  PosixFileSystem files_;
  testing::MemoryLog log_;
};

TEST_F(IniVariable, GivesTheSectionThatAnotherVariableNames) {
  std::ofstream(folder_ / "config") << "[DEFAULT]\nuser=one\n[second]\nuser=two\n";
  EXPECT_EQ(toText(*choose()->variables.find("user")), "one");
  EXPECT_EQ(toText(*choose("second")->variables.find("user")), "two");
  const auto none = choose("third");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::Settings);
  EXPECT_THAT(none.error().what, HasSubstr("[third]"));
}

TEST_F(IniVariable, ReadsTheFileItNamesThereOrBesideIt) {
  std::ofstream(folder_ / "key.pem") << "the key itself";
  for (const std::string& path :
       {(folder_ / "key.pem").string(), std::string("~/.oci/key.pem"), std::string("/home/me/key.pem")}) {
    std::ofstream(folder_ / "config") << "[DEFAULT]\nuser=one\nkey_file=" << path << "\n";
    const auto choice = choose();
    ASSERT_TRUE(choice) << choice.error().what;
    EXPECT_EQ(toText(*choice->variables.find("key")), "the key itself");
    EXPECT_THAT(choice->secrets, ::testing::Contains("the key itself"));
  }
  std::ofstream(folder_ / "config") << "[DEFAULT]\nkey_file=/home/me/other.pem\n";
  const auto none = choose();
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().what, HasSubstr("/home/me/other.pem"));
}

TEST_F(IniVariable, OfAMountedDefinitionReadsNoFurtherFile) {
  EXPECT_THAT(reachesFor(definition(), {}), ::testing::Contains(HasSubstr("/variables/0/ini/files")));
}

TEST(IniRules, AnIniIsAFileAndItsSectionAVariable) {
  const auto load = [](const std::string& variable) {
    return loadDefinition(R"({"id": "dns_x", "name": "X", "docs": "d", "base": "https://x.example", "variables": [)" +
                              variable +
                              R"(], "credentials": [{"needs": ["X_C"]}], "zone": {"given": "{cut}"},
                              "records": {"add": {"post": "/a", "json": {"{fqdn}": "{value}"}}, "remove": {"post": "/r", "json": {"{fqdn}": "{value}"}}}})",
                          "x.json");
  };
  const auto no_file = load(R"({"name": "X_C", "ini": {"section": "X_C"}, "meaning": "m"})");
  ASSERT_FALSE(no_file);
  EXPECT_THAT(no_file.error().what, HasSubstr("/variables/0/ini"));
  const auto no_section = load(R"({"name": "X_C", "file": true, "ini": {"section": "X_P"}, "meaning": "m"})");
  ASSERT_FALSE(no_section);
  EXPECT_THAT(no_section.error().what, HasSubstr("\"X_P\" is not among the variables"));
}

}  // namespace
}  // namespace sidecert::dns::providers
