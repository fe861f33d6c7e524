#include "dns/providers/definition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <filesystem>
#include <fstream>

#include "dns/providers/embedded.h"
#include "dns/providers/scheme.h"
#include "dns/providers/transform.h"

namespace sidecert::dns::providers {
namespace {

using ::testing::HasSubstr;

TEST(DefinitionLoader, TakesEveryShippedDefinition) {
  for (const auto& one : embeddedDefinitions()) {
    const auto definition = loadDefinition(one.text, one.id);
    ASSERT_TRUE(definition) << definition.error().what;
    EXPECT_EQ(definition->id, one.id);
  }
}

TEST(DefinitionLoader, NamesFilePointerAndNearestKeyOfATypingMistake) {
  const auto definition = loadDefinition(R"({"id": "dns_x", "name": "X", "docs": "d", "base": "https://x.example",
    "variables": [], "credentials": [{"needs": []}], "zone": {"given": "{cut}"},
    "records": {"add": {"pst": "/a"}, "remove": {"delete": "/a"}}})",
                                         "mine.json");
  ASSERT_FALSE(definition);
  EXPECT_THAT(definition.error().what, HasSubstr("mine.json: /records/add/pst: unknown here; did you mean \"post\"?"));
}

TEST(DefinitionLoader, NamesANameThatNothingGives) {
  const auto definition = loadDefinition(R"({"id": "dns_x", "name": "X", "docs": "d", "base": "https://x.example",
    "variables": [], "credentials": [{"needs": []}], "zone": {"given": "{cut}"},
    "records": {"add": {"post": "/a/{valeu}"}, "remove": {"delete": "/a/{value|qoute}"}}})",
                                         "mine.json");
  ASSERT_FALSE(definition);
  EXPECT_THAT(definition.error().what, HasSubstr("/records/add/post: nothing is called \"valeu\"; did you mean \"value\"?"));
  EXPECT_THAT(definition.error().what, HasSubstr("there is no transform \"qoute\""));
}

TEST(DefinitionLoader, RefusesWhatIsNoJson) {
  for (const char* text : {"", "{", "[]", "7", "{\"id\": 7}", "{\"id\": 1e999}", "{\"id\": 22e22222222222"})
    EXPECT_FALSE(loadDefinition(text, "mine.json")) << text;
}

// A definition that is whole but for what a test puts in.
std::string definitionWith(const std::string& members) {
  return R"({"id": "dns_x", "name": "X", "docs": "d", "base": "https://x.example", "variables": [],
    )" + std::string(members.contains("\"credentials\"") ? "" : R"("credentials": [{"needs": []}], )") +
         members + "}";
}

struct Slip {
  const char* members;
  const char* message;
};

class DefinitionSlips : public ::testing::TestWithParam<Slip> {};

TEST_P(DefinitionSlips, AreNamedWithPointer) {
  std::string members = GetParam().members;
  if (!members.contains("\"records\": {") && !members.contains("\"set\": {"))
    members += R"(, "records": {"add": {"post": "/a"}, "remove": {"delete": "/a"}})";
  if (!members.contains("\"zone\": {")) members += R"(, "zone": {"given": "{cut}"})";
  const auto definition = loadDefinition(definitionWith(members), "mine.json");
  ASSERT_FALSE(definition) << members;
  EXPECT_THAT(definition.error().what, HasSubstr(GetParam().message));
}

constexpr Slip kSlips[] = {
    // It was accepted, and nothing was ever found there.
    {R"("zone": {"list": {"get": "/z", "items": "/a/[b={cut}]/c", "name": "/n"}})",
     "/zone/list/items: expected a pointer without {names}"},
    // What is of another type was an exception at run time.
    {R"("denied": {"/a": {"present": "yes"}})", "mine.json: /denied/~1a: expected a value, or {\"contains\": text}"},
    {R"("zone": {"list": {"get": "/z", "name": 5}})", "/zone/list/name: expected a JSON pointer"},
    {R"("denied": {"status": "404"})", "/denied/status: expected a status such as 404"},
    {R"("ttl": "60")",
     "/ttl: expected seconds, or an object with \"use\", \"variable\", \"least\", \"most\" and \"allowed\""},
    {R"("ttl": {"use": 30, "least": 60})", "/ttl/use: 30 is not between 60 and any number"},
    {R"("answers": "yaml")", "/answers: expected json, xml, xmlrpc, html or text"},
    {R"("let": 7)", "/let: expected an object"},
    {R"("credentials": [{"needs": ["NOT_THERE=x"]}])", "/credentials/0/needs: \"NOT_THERE\" is not among the variables"},
    // What fits everything, or nothing.
    {R"("missing": {})", "/missing: expected a condition: an object with at least one test"},
    {R"("missing": [])", "/missing: expected a condition: an object with at least one test"},
    {R"("missing": {"/a": []})", "/missing/~1a: expected at least one value"},
    {R"("message": [{"text": "no value"}])", "/message/0/text: the pattern has no (*)"},
    // What has no effect where it stands.
    {R"("set": {"read": {"get": "/{fqdn}", "records": "/r", "name": "/n"}, "write": {"put": "/a"}})",
     "/set/read/name: has no effect here: there is neither \"items\" nor \"whole_zone\""},
    {R"("set": {"read": {"get": "/{fqdn}", "records": "/r", "pages": {"link": true}}, "write": {"put": "/a"}})",
     "/set/read/pages: has no effect here"},
    {R"("set": {"read": {"get": "/", "records": "/r"}, "write": {"put": "/a"}})",
     "/set/read: neither {fqdn} nor {relative} is used"},
    {R"("records": {"list": {"get": "/l", "value": "/v"}, "add": {"post": "/a"}, "remove": {"delete": "/a"}})",
     "/records/list: \"name\" is missing: the list is of the whole zone"},
    {R"("records": {"add": {"post": "/a", "items": "/a"}, "remove": {"delete": "/a"}})",
     "/records/add/items: has no effect here: this step reads no list"},
    {R"("records": {"add": {"post": "/a", "json": {"l": {"each": "added", "give": "{value}"}}}, "remove": {"delete": "/a"}})",
     "/records/add/json/l/each: expected one of additions"},
    {R"("login": {"post": "/a", "json": {"l": {"each": "records", "give": 1}}})",
     "/login/json/l/each: there is no list here"},
    {R"("zone": {"list": {"get": "/z?offset={offset}", "name": "/n"}})",
     "/zone/list: {offset} has a value only where \"pages\" has \"offset\""},
    {R"("zone": {"list": {"get": "/z", "name": "/n", "pages": {"page": 1}}})",
     "/zone/list/pages: nothing says which page is the last"},
    {R"("zone": {"walk": {"get": "/z"}})", "/zone/walk: {candidate} is used nowhere"},
    {R"("zone": {"ask": {"get": "/z", "name": "/n", "where": {"/a": 1}}})", "/zone/ask/where: has no effect here"},
    {R"("login": {"post": "/a", "every": 3})", "/login/every: has no effect here: there is no \"until\""},
    // Slips of the pen.
    {R"("zone": {"list": {"get": "/z", "name": "n"}})", "/zone/list/name: \"n\" is no JSON pointer"},
    {R"("zone": {"list": {"get": "/z", "name": "/n|lowr"}})", "there is no transform \"lowr\"; did you mean \"lower\"?"},
    {R"("sign": {"scheme": "aws-4"})", "/sign/scheme: there is no scheme \"aws-4\"; did you mean \"aws-v4\"?"},
    {R"("sign": {"scheme": "gname", "with": {"key": "k", "kee": "k"}})",
     "/sign/with/kee: has no effect here: the scheme takes key"},
    {R"("login": {"post": "/a", "capture": {"t": {"header": "A", "cookie": "B"}}})", "/login/capture/t: expected one of"},
    {R"("login": {"post": "/a", "capture": {"t": "/x/a{t}b"}})", "a name in a pointer stands alone"},
};
INSTANTIATE_TEST_SUITE_P(DefinitionLoader, DefinitionSlips, ::testing::ValuesIn(kSlips),
                         [](const auto& given) { return std::to_string(given.index); });

TEST(DefinitionLoader, GivesTheLineWhereItIsNoJson) {
  const auto definition = loadDefinition("{\n\"id\": \"dns_x\",\n\"name\" \"X\"}", "mine.json");
  ASSERT_FALSE(definition);
  EXPECT_THAT(definition.error().what, HasSubstr("mine.json, line 3: not JSON: syntax error"));
}

// An owner who mounts a definition has no source to look into.
TEST(DefinitionPage, ListsEveryTransformAndScheme) {
  std::ifstream file(std::filesystem::path(__FILE__).parent_path() / "../../../docs/provider-definitions.md");
  const std::string page((std::istreambuf_iterator<char>(file)), {});
  for (const Transform& one : transforms()) {
    const std::string argument = one.argument.empty() ? "" : ":" + std::string(one.argument);
    EXPECT_THAT(page, HasSubstr("| `" + std::string(one.name) + argument + "` | " + std::string(one.meaning) + " |"));
  }
  for (const SchemeEntry& one : schemes()) {
    EXPECT_THAT(page, HasSubstr("| `" + std::string(one.name) + "` | "));
    EXPECT_THAT(page, HasSubstr("| " + std::string(one.meaning) + " |"));
  }
}

TEST(DefinitionPage, HasAnExampleThatIsADefinition) {
  std::ifstream file(std::filesystem::path(__FILE__).parent_path() / "../../../docs/provider-definitions.md");
  const std::string page((std::istreambuf_iterator<char>(file)), {});
  const auto begin = page.find("```json\n") + 8;
  const auto definition = loadDefinition(page.substr(begin, page.find("```", begin) - begin), "the example");
  EXPECT_TRUE(definition) << definition.error().what;
}

TEST(DefinitionSchema, IsWhatThePublishedFileHolds) {
  const auto path = std::filesystem::path(__FILE__).parent_path() / "../../../docs/provider-definition.schema.json";
  if (std::getenv("SIDECERT_WRITE_SCHEMA")) std::ofstream(path) << definitionSchema();
  std::ifstream file(path);
  const std::string published((std::istreambuf_iterator<char>(file)), {});
  EXPECT_EQ(published, definitionSchema()) << "SIDECERT_WRITE_SCHEMA=1 unit_dns_providers writes it";
}

}  // namespace
}  // namespace sidecert::dns::providers
