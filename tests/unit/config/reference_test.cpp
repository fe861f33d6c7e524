// The pages in the tree are what the registry renders. A failure says which command renders them again.
#include "config/reference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "config/variables.h"

namespace sidecert::config {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string fileInTree(const std::string& name) {
  std::ifstream file(std::string(SIDECERT_SOURCE) + "/" + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(EnvironmentPage, IsWhatTheRegistryRenders) {
  EXPECT_TRUE(fileInTree("docs/environment.md") == environmentPage())
      << "docs/environment.md is stale; write it again with\n  sidecert variables --markdown > docs/environment.md";
}

TEST(ExampleEnvironment, IsWhatTheRegistryRenders) {
  EXPECT_TRUE(fileInTree("compose/.env.example") == exampleEnvironment())
      << "compose/.env.example is stale; write it again with\n  sidecert variables --env > compose/.env.example";
}

TEST(EnvironmentPage, NamesEveryVariableOnce) {
  const std::string page = environmentPage();
  for (const Variable* variable : registry()) {
    const std::string row = "\n| `" + std::string(variable->name) + "` |";
    EXPECT_THAT(page, HasSubstr(row));
    EXPECT_EQ(page.find(row), page.rfind(row)) << variable->name;
  }
}

TEST(ExampleEnvironment, SetsNoSecretAndOnlyWhatABeginnerNeeds) {
  const std::string file = "\n" + exampleEnvironment();
  for (const Variable* variable : registry()) {
    const std::string set = "\n" + std::string(variable->name) + "=";
    if (!variable->secret && variable->beginner) continue;
    EXPECT_THAT(file, Not(HasSubstr(set))) << variable->name;
  }
}

}  // namespace
}  // namespace sidecert::config
