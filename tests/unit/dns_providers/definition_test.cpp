#include "dns/providers/definition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <filesystem>
#include <fstream>

#include "dns/providers/embedded.h"

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

TEST(DefinitionSchema, IsWhatThePublishedFileHolds) {
  const auto path = std::filesystem::path(__FILE__).parent_path() / "../../../docs/provider-definition.schema.json";
  if (std::getenv("SIDECERT_WRITE_SCHEMA")) std::ofstream(path) << definitionSchema();
  std::ifstream file(path);
  const std::string published((std::istreambuf_iterator<char>(file)), {});
  EXPECT_EQ(published, definitionSchema()) << "SIDECERT_WRITE_SCHEMA=1 unit_dns_providers writes it";
}

}  // namespace
}  // namespace sidecert::dns::providers
