#include "dns/providers/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "dns/providers/definition.h"
#include "dns/providers/embedded.h"
#include "support/manual_clock.h"
#include "support/memory_log.h"
#include "support/scripted_http.h"
#include "support/temp_directory.h"

namespace sidecert::dns::providers {
namespace {

using sidecert::testing::ManualClock;
using sidecert::testing::MemoryLog;
using sidecert::testing::ScriptedHttp;
using sidecert::testing::TempDirectory;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::string definition(const std::string& id, const std::string& name = "My own API") {
  return R"({"id": ")" + id + R"(", "name": ")" + name + R"(", "docs": "d", "base": "https://dns.home.example",
    "aliases": ["mine"], "rights": "one record",
    "variables": [{"name": "MINE_Token", "secret": true, "meaning": "the token"}],
    "credentials": [{"needs": ["MINE_Token"], "headers": {"X-Token": "{MINE_Token}"}}], "zone": {"given": "{cut}"},
    "records": {"add": {"post": "/txt", "json": {"name": "{fqdn}", "value": "{value}"}},
                "remove": {"delete": "/txt/{fqdn}/{value}"}}})";
}

class MountedDefinitions : public ::testing::Test {
 protected:
  ~MountedDefinitions() override { static_cast<void>(loadMounted(files_, folder_ / "nowhere", data_.path())); }
  void write(const std::string& name, const std::string& text) const { std::ofstream(folder_ / name) << text; }
  Mounted load() { return loadMounted(files_, folder_.path(), data_.path()); }
  const Entry* entry(const std::string& id) {
    const auto found = std::ranges::find(catalogue(), id, &Entry::id);
    return found == catalogue().end() ? nullptr : &*found;
  }

  PosixFileSystem files_;
  TempDirectory folder_, data_;
};

TEST_F(MountedDefinitions, JoinTheCatalogue) {
  write("mine.json", definition("dns_mine"));
  const Mounted mounted = load();
  EXPECT_EQ(mounted.loaded, 1U);
  EXPECT_THAT(mounted.mistakes, IsEmpty());
  ASSERT_NE(entry("dns_mine"), nullptr);
  EXPECT_EQ(entry("dns_mine")->title, "My own API");
  EXPECT_THAT(entry("dns_mine")->variables, ElementsAre("MINE_Token"));
  for (const char* word : {"dns_mine", "mine", "DNS_Mine"}) {
    const Description* found = find(word);
    ASSERT_NE(found, nullptr) << word;
    EXPECT_EQ(found->rights, "one record");
  }
}

TEST_F(MountedDefinitions, AreUsed) {
  write("mine.json", definition("dns_mine"));
  ASSERT_EQ(load().loaded, 1U);
  ScriptedHttp http;
  std::vector<std::string> seen;
  http.always([&](const HttpRequest& request) -> Result<HttpResponse> {
    seen.push_back(request.method + " " + request.url + " " + request.headers.first("X-Token").value_or("") + " " +
                   request.body);
    return HttpResponse{.status = 200, .headers = {}, .body = "{}", .peer_sha256 = {}};
  });
  ManualClock clock;
  MemoryLog sink;
  const auto resolver = makeResolver({}, Log(sink));
  auto provider =
      make(*find("dns_mine"), {{"MINE_Token", Secret("letmein")}}, *resolver, {clock, http, files_, Log(sink), {}});
  ASSERT_TRUE(provider) << provider.error().what;
  const std::vector<TxtRecord> records = {{"_acme-challenge.home.example", "value"}};
  const auto added = (*provider)->add("home.example", records, Effort(clock, {}));
  ASSERT_TRUE(added) << describe(added.error());
  EXPECT_THAT(
      seen,
      ElementsAre(R"(POST https://dns.home.example/txt letmein {"name":"_acme-challenge.home.example","value":"value"})"));
}

TEST_F(MountedDefinitions, TakeThePlaceOfOneThatShips) {
  write("dns_cf.json", definition("dns_cf", "Cloudflare by way of ours"));
  ASSERT_EQ(load().loaded, 1U);
  EXPECT_EQ(find("cloudflare"), nullptr);  // an alias of the one that shipped
  EXPECT_EQ(find("cf")->title, "Cloudflare by way of ours");
  EXPECT_EQ(std::ranges::count(catalogue(), "dns_cf", &Entry::id), 1);
}

TEST_F(MountedDefinitions, NameFilePointerAndWhatWasExpectedForEveryMistake) {
  std::string wrong = definition("dns_wrong");
  wrong.replace(wrong.find("\"docs\": \"d\""), 11, "\"docs\": 7, \"pase\": 3");
  write("wrong.json", wrong);
  write("half.json", "{\"id\": ");
  write("good.json", definition("dns_good"));
  const Mounted mounted = load();
  EXPECT_EQ(mounted.loaded, 1U);
  const std::string folder = folder_.path().string();
  EXPECT_THAT(mounted.mistakes, Contains(folder + "/wrong.json: /docs: expected a text"));
  EXPECT_THAT(mounted.mistakes, Contains(AllOf(StartsWith(folder + "/wrong.json: /pase: "), HasSubstr("\"base\""))));
  EXPECT_THAT(mounted.mistakes, Contains(StartsWith(folder + "/half.json, line 1: not JSON: ")));
  EXPECT_NE(find("dns_good"), nullptr);
  EXPECT_EQ(find("dns_wrong"), nullptr);
}

// One of them stopped every provider.
TEST_F(MountedDefinitions, StopNoProviderButTheirOwn) {
  std::string wrong = definition("dns_cf");
  wrong.replace(wrong.find("\"docs\": \"d\""), 11, "\"docs\": 7");
  write("cloudflare.json", wrong);
  static_cast<void>(load());
  EXPECT_NE(find("dns_aws"), nullptr);
  EXPECT_EQ(find("dns_cf"), nullptr) << "the owner wants another one than the one that ships";
  const auto entry = std::ranges::find(catalogue(), "dns_cf", &Entry::id);
  ASSERT_NE(entry, catalogue().end());
  EXPECT_THAT(entry->mistake, HasSubstr("cloudflare.json: /docs: expected a text"));
  EXPECT_EQ(std::ranges::count(catalogue(), "dns_cf", &Entry::id), 1);
}

TEST_F(MountedDefinitions, MayNotDefineOneIdTwiceNorWhatIsNoDefinition) {
  write("a.json", definition("dns_mine"));
  write("b.json", definition("dns_mine"));
  write("c.json", definition("dns_nsupdate"));
  const Mounted mounted = load();
  EXPECT_EQ(mounted.loaded, 1U);
  EXPECT_THAT(mounted.mistakes, ElementsAre(HasSubstr("b.json: /id: dns_mine is defined by"), HasSubstr("c.json: /id: ")));
}

TEST_F(MountedDefinitions, HandOverToOneThatIsThereOnly) {
  const auto handingOver = [](std::string text, const std::string& to) {
    const std::string needs = R"({"needs": ["MINE_Token"])";
    return text.replace(text.find(needs), needs.size(), needs + R"(, "use": ")" + to + '"');
  };
  write("a.json", handingOver(definition("dns_mine"), "dns_cf"));
  write("b.json", handingOver(definition("dns_other"), "dns_nowhere"));
  EXPECT_THAT(load().mistakes,
              ElementsAre(folder_.path().string() + "/b.json: /credentials/0/use: there is no definition dns_nowhere"));
}

// A definition posts what it declares to where it likes. It once could declare the administrator's password, another
// provider's token, or a file whose default was /proc/self/environ.
TEST_F(MountedDefinitions, ReachForNothingOfOthers) {
  const auto declaring = [](const std::string& name, const std::string& more = "") {
    std::string text = definition("dns_mine");
    const std::string token = R"("variables": [)";
    return text.replace(text.find(token), token.size(),
                        token + R"({"name": ")" + name + R"(", "meaning": "m")" + more + "}, ");
  };
  for (const char* name : {"SYNO_PASSWORD", "syno_password", "SYNO_PASSWORD_FILE", "NAS_A_SYNO_PASSWORD", "CERT_A_CF_Token",
                           "NOTIFY_URLS", "HTTPS_PROXY", "SYNO_Host", "CF_Token", "NSUPDATE_KEY", "CF_Token_FILE"}) {
    write("mine.json", declaring(name));
    const Mounted mounted = load();
    EXPECT_EQ(mounted.loaded, 0U) << name;
    EXPECT_THAT(mounted.mistakes,
                ElementsAre(AllOf(HasSubstr("mine.json: /variables/0/name: "), HasSubstr(" belongs to "))));
  }
  write("mine.json", declaring("MINE_File", R"(, "file": true, "default": "/proc/self/environ")"));
  EXPECT_THAT(load().mistakes, ElementsAre(HasSubstr("/variables/0: a file has no default")));
  std::string alias = definition("dns_mine");
  write("mine.json", alias.replace(alias.find(R"("mine")"), 6, R"("cloudflare")"));
  EXPECT_THAT(load().mistakes, ElementsAre(HasSubstr("/aliases/0: cloudflare means dns_cf")));
}

TEST_F(MountedDefinitions, SayWhatTheyAddAndWhatTheyReplace) {
  write("mine.json", definition("dns_mine"));
  std::string cloudflare = definition("dns_cf");
  for (auto at = cloudflare.find("MINE_Token"); at != std::string::npos; at = cloudflare.find("MINE_Token"))
    cloudflare.replace(at, 10, "CF_Token");
  write("dns_cf.json", cloudflare);
  EXPECT_THAT(load().news, ElementsAre(HasSubstr("dns_cf.json replaces the definition of dns_cf that ships"),
                                       HasSubstr("mine.json adds dns_mine (My own API)")));
}

TEST_F(MountedDefinitions, ReadNoFileOfSidecertOrOfTheKernel) {
  std::string text = definition("dns_mine");
  const std::string plain = R"("secret": true, "meaning")";
  write("mine.json", text.replace(text.find(plain), plain.size(), R"("secret": true, "file": true, "meaning")"));
  ASSERT_EQ(load().loaded, 1U);
  std::ofstream(data_ / "account.json") << "a key";
  std::ofstream(folder_ / "token") << "letmein";
  std::filesystem::create_symlink(data_ / "account.json", folder_ / "link");
  ScriptedHttp http;
  ManualClock clock;
  MemoryLog sink;
  const auto resolver = makeResolver({}, Log(sink));
  const auto made = [&](const Path& path) {
    return make(*find("dns_mine"), {{"MINE_Token", Secret(path.string())}}, *resolver, {clock, http, files_, Log(sink), {}});
  };
  for (const Path& path :
       {Path("/proc/self/environ"), Path("/sys/kernel/notes"), data_ / "account.json", data_ / "x" / ".." / "account.json",
        folder_ / "link", folder_ / ".." / ".." / "proc/self/environ"}) {
    const auto provider = made(path);
    ASSERT_FALSE(provider) << path;
    EXPECT_THAT(provider.error().what, HasSubstr("is no file for a DNS provider to read"));
  }
  EXPECT_TRUE(made(folder_ / "token"));
}

TEST_F(MountedDefinitions, AreNoOtherFiles) {
  write("README.txt", "not JSON");
  write("._mine.json", "what a Mac leaves behind");
  EXPECT_THAT(load().mistakes, IsEmpty());
  EXPECT_THAT(loadMounted(files_, folder_ / "nowhere", data_.path()).mistakes, IsEmpty());
}

TEST(Catalogue, KnowsOfEveryDefinitionWhatTheDefinitionSays) {
  for (const EmbeddedDefinition& one : embeddedDefinitions()) {
    const auto loaded = loadDefinition(one.text, one.id);
    ASSERT_TRUE(loaded) << loaded.error().what;
    const auto entry = std::ranges::find(catalogue(), one.id, &Entry::id);
    ASSERT_NE(entry, catalogue().end()) << one.id;
    EXPECT_EQ(entry->title, loaded->name);
    EXPECT_EQ(entry->aliases, loaded->aliases);
    std::vector<std::string> names;
    for (const DefinedVariable& variable : loaded->variables) names.push_back(variable.name);
    EXPECT_EQ(entry->variables, names) << one.id;
    for (const DefinedVariable& variable : loaded->variables) {
      const auto also = entry->also.find(variable.name);
      EXPECT_EQ(also == entry->also.end() ? std::vector<std::string>() : also->second, variable.also) << one.id;
    }
  }
}

}  // namespace
}  // namespace sidecert::dns::providers
