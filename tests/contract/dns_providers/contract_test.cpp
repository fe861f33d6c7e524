// What every shipped provider keeps, whatever its API looks like. Each is held against the conversation written from its
// vendor's documentation; faults are put before every exchange of every scene in turn.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "contract/dns_providers/conversation.h"
#include "dns/providers/catalogue.h"
#include "dns/providers/definition.h"
#include "dns/providers/embedded.h"
#include "dns/providers/engine.h"
#include "support/manual_clock.h"
#include "support/memory_log.h"

namespace sidecert::testing {
namespace {

struct Outcome {
  std::string result = "done";
  std::string hint;
  std::string said;  // everything logged and reported
  std::string complaint;
  Duration slept{};
};

dns::providers::Definition definitionOf(const std::string& id) {
  for (const auto& one : dns::providers::embeddedDefinitions()) {
    if (one.id != id) continue;
    auto definition = dns::providers::loadDefinition(one.text, one.id);
    if (definition) return *definition;
    throw std::runtime_error(definition.error().what);
  }
  throw std::runtime_error("no definition " + id);
}

enum class Do { WhatTheSceneSays, Look };

Outcome play(const std::string& id, const Scene& scene, ConversationServer& server,
             const std::map<std::string, std::string>& variables, Do what = Do::WhatTheSceneSays) {
  ManualClock clock;
  MemoryLog log;
  PosixFileSystem files;
  config::ProviderVariables given;
  for (const auto& [name, value] : variables) given[name] = Secret(value);
  Outcome out;
  auto provider = dns::providers::makeDefined(definitionOf(id), given, Ports{clock, server, files, Log(log), {}});
  Result<> result;
  if (!provider) {
    result = std::unexpected(provider.error());
  } else {
    for (const Action& action : scene.actions) {
      result = what == Do::Look ? (*provider)->look(action.cut, action.records, Effort(clock, {}))
               : action.add     ? (*provider)->add(action.cut, action.records, Effort(clock, {}))
                                : (*provider)->remove(action.cut, action.records, Effort(clock, {}));
      if (!result) break;
    }
  }
  if (!result) {
    out.result = toString(result.error().code);
    out.hint = result.error().hint;
    out.said = describe(result.error());
  }
  out.said += log.text();
  out.complaint = server.complaint();
  out.slept = clock.slept();
  return out;
}

std::vector<std::string> shipped() {
  std::vector<std::string> out;
  for (const auto& one : dns::providers::embeddedDefinitions()) out.emplace_back(one.id);
  return out;
}

/// Elsewhere values are removed by value, or there is one slot.
bool listsValues(const dns::providers::Definition& definition) {
  return definition.set || (definition.records && definition.records->list);
}

class DnsProviderContract : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const auto folder = std::filesystem::path(__FILE__).parent_path();
    scenes_ = readConversation((folder / (GetParam() + ".http")).string());
    definition_ = definitionOf(GetParam());
  }
  [[nodiscard]] const Scene* scene(const std::string& title) const {
    const auto found = std::ranges::find(scenes_, title, &Scene::title);
    return found == scenes_.end() ? nullptr : &*found;
  }
  void expectNoSecret(const Scene& scene, const std::string& said) const {
    for (const auto& variable : definition_.variables) {
      const auto value = scene.variables.find(variable.name);
      if (variable.secret && value != scene.variables.end()) {
        EXPECT_EQ(said.find(value->second), std::string::npos) << variable.name << " is shown in: " << said;
      }
    }
    for (const std::string& text : scene.never_shown)
      EXPECT_EQ(said.find(text), std::string::npos) << text << " in: " << said;
  }
  void expectRightDespite(Fault fault) const {
    for (const Scene& scene : scenes_) {
      if (scene.expect != "done") continue;
      for (std::size_t at = 0; at < scene.exchanges.size(); ++at) {
        const Exchange& exchange = scene.exchanges[at];
        if (exchange.lost) continue;
        const bool unstructured = definition_.answers == dns::providers::Format::Text || !isStructured(exchange.answer);
        if (fault == Fault::CutShort && (unstructured || exchange.answer.status / 100 != 2)) continue;
        if (fault == Fault::Html && definition_.answers == dns::providers::Format::Text) continue;
        SCOPED_TRACE(scene.title + ", exchange " + std::to_string(at + 1));
        ConversationServer server(scene, fault, at);
        const Outcome outcome = play(GetParam(), scene, server, scene.variables);
        EXPECT_EQ(outcome.result, "done") << outcome.said;
        EXPECT_EQ(outcome.complaint, "");
        expectNoSecret(scene, outcome.said);
        EXPECT_GE(outcome.slept, std::chrono::seconds(fault == Fault::SlowDown ? 7 : 0));
      }
    }
  }

  std::vector<Scene> scenes_;
  dns::providers::Definition definition_;
};

TEST_P(DnsProviderContract, EverySceneGoesAsTheVendorDocumentsIt) {
  for (const Scene& scene : scenes_) {
    SCOPED_TRACE(scene.title);
    ConversationServer server(scene);
    const Outcome outcome = play(GetParam(), scene, server, scene.variables);
    EXPECT_EQ(outcome.result, scene.expect) << outcome.said;
    EXPECT_EQ(outcome.complaint, "");
    expectNoSecret(scene, outcome.said);
    if (scene.title == "two values share one name" || scene.title == "removing one value keeps the other" ||
        scene.title == "one value" || scene.title == "remove the value")
      fmt::print("requests of {}: {}: {}\n", GetParam(), scene.title, server.answered());
  }
}

TEST_P(DnsProviderContract, EverySceneThatAppliesIsThere) {
  std::vector<std::string> wanted = {"wrong key"};
  if (definition_.slot) {
    wanted.insert(wanted.end(), {"one value", "remove the value"});
  } else {
    wanted.insert(wanted.end(),
                  {"two values share one name", "removing one value keeps the other", "the value is there already",
                   "the value is not there", "the answer to the change was lost"});
  }
  if (definition_.zone.list || definition_.zone.walk) wanted.emplace_back("the longest zone wins");
  if (definition_.zone.list && definition_.zone.list->pages) wanted.emplace_back("three pages of zones");
  for (const std::string& title : wanted) EXPECT_TRUE(scene(title)) << "scene: " << title;
}

TEST_P(DnsProviderContract, EveryCredentialSetIsPlayed) {
  std::vector<bool> played(definition_.credentials.size(), false);
  for (const Scene& scene : scenes_) {
    const auto suffices = [&](const dns::providers::Credentials& set) {
      if (!set.use.empty()) return false;  // the other definition's conversation plays it
      return std::ranges::all_of(set.needs, [&](const dns::providers::Need& need) {
        const auto value = scene.variables.find(need.name);
        const auto& variables = definition_.variables;
        const auto declared = std::ranges::find(variables, need.name, &dns::providers::DefinedVariable::name);
        if (value == scene.variables.end()) return declared != variables.end() && !declared->fallback.empty();
        return !need.value || value->second == *need.value;
      });
    };
    const auto chosen = std::ranges::find_if(definition_.credentials, suffices);
    if (chosen != definition_.credentials.end())
      played[static_cast<std::size_t>(chosen - definition_.credentials.begin())] = true;
  }
  for (std::size_t i = 0; i < played.size(); ++i) {
    const std::string& other = definition_.credentials[i].use;
    EXPECT_TRUE(played[i] || !other.empty()) << "no scene uses credential set " << i;
    if (!other.empty()) {
      EXPECT_TRUE(std::ranges::contains(shipped(), other)) << "there is no definition " << other;
    }
  }
}

class DnsProviderThatListsValues : public DnsProviderContract {};

// Whatever else stands at the name has to be in the scene, or nothing shows that it stays.
TEST_P(DnsProviderThatListsValues, AStrangersValueStands) {
  const Scene* removal = scene("removing one value keeps the other");
  ASSERT_TRUE(removal);
  EXPECT_TRUE(std::ranges::any_of(removal->exchanges, [](const Exchange& one) {
    return one.answer.body.contains("v=spf1 -all") || one.answer.body.contains("dj1zcGYxIC1hbGw=");
  })) << "no answer of that scene shows {stranger}";
}

// To take away what is not there is, where values can be listed, to look and no more. Elsewhere a look stops before.
TEST_P(DnsProviderContract, ALookChangesNothing) {
  const Scene* scene_of_absent = scene(definition_.slot ? "remove the value" : "the value is not there");
  ASSERT_TRUE(scene_of_absent);
  ConversationServer server(*scene_of_absent);
  const Outcome outcome = play(GetParam(), *scene_of_absent, server, scene_of_absent->variables, Do::Look);
  EXPECT_EQ(outcome.result, "done") << outcome.said;
  EXPECT_EQ(server.deviation(), "");
  if (!listsValues(definition_)) {
    EXPECT_LE(server.answered() + 1, std::max<std::size_t>(scene_of_absent->exchanges.size(), 1));
  } else {
    EXPECT_GT(server.answered(), 0U);
  }
}

class DnsProviderThatIsAskedForZones : public DnsProviderContract {};

TEST_P(DnsProviderThatIsAskedForZones, ALookNoticesAWrongKey) {
  const Scene* wrong = scene("wrong key");
  ASSERT_TRUE(wrong);
  ConversationServer server(*wrong);
  const Outcome outcome = play(GetParam(), *wrong, server, wrong->variables, Do::Look);
  EXPECT_EQ(outcome.result, toString(ErrorCode::Settings));
  EXPECT_EQ(outcome.complaint, "");
}

TEST_P(DnsProviderContract, NamesInAnotherCaseAreTheSameNames) {
  for (const Scene& scene : scenes_) {
    if (scene.expect != "done") continue;
    SCOPED_TRACE(scene.title);
    ConversationServer server(scene, Fault::OtherCase);
    const Outcome outcome = play(GetParam(), scene, server, scene.variables);
    EXPECT_EQ(outcome.result, "done") << outcome.said;
    EXPECT_EQ(outcome.complaint, "");
  }
}

TEST_P(DnsProviderContract, AWrongKeyNamesTheVariableToCheck) {
  const Scene* wrong = scene("wrong key");
  ASSERT_TRUE(wrong);
  ConversationServer server(*wrong);
  const Outcome outcome = play(GetParam(), *wrong, server, wrong->variables);
  EXPECT_EQ(outcome.result, toString(ErrorCode::Settings));
  const bool named = std::ranges::any_of(definition_.variables, [&](const auto& variable) {
    return variable.secret && outcome.hint.find(variable.name) != std::string::npos;
  });
  EXPECT_TRUE(named) << outcome.hint;
}

TEST_P(DnsProviderContract, TheServerOfThisTestNoticesAWrongSecret) {
  const Scene& scene = scenes_.front();
  for (const auto& variable : definition_.variables) {
    if (!variable.secret || !scene.variables.contains(variable.name)) continue;
    auto wrong = scene.variables;
    wrong[variable.name] = "something-else";
    ConversationServer server(scene);
    EXPECT_NE(play(GetParam(), scene, server, wrong).complaint, "") << variable.name;
  }
}

TEST_P(DnsProviderContract, AskedToSlowDownItWaitsAndGoesOn) {
  expectRightDespite(Fault::SlowDown);
}
TEST_P(DnsProviderContract, AServerErrorIsOvercome) {
  expectRightDespite(Fault::ServerError);
}
TEST_P(DnsProviderContract, HtmlInPlaceOfAnAnswerIsOvercome) {
  expectRightDespite(Fault::Html);
}
TEST_P(DnsProviderContract, AnAnswerCutShortIsOvercome) {
  expectRightDespite(Fault::CutShort);
}

// Every test is a process that asks this at its start, so the definitions are only skimmed.
std::vector<std::string> shippedWith(std::initializer_list<const char*> any_of_these) {
  std::vector<std::string> out;
  for (const auto& one : dns::providers::embeddedDefinitions()) {
    const auto tree = nlohmann::json::parse(one.text);
    if (std::ranges::any_of(any_of_these, [&](const char* at) { return tree.contains(nlohmann::json::json_pointer(at)); }))
      out.emplace_back(one.id);
  }
  return out;
}

TEST(DnsProviderConversations, BelongToADefinitionAndNameTheVendorsPage) {
  const auto ids = shipped();
  for (const auto& file : std::filesystem::directory_iterator(std::filesystem::path(__FILE__).parent_path())) {
    if (file.path().extension() != ".http") continue;
    SCOPED_TRACE(file.path().filename());
    EXPECT_TRUE(std::ranges::contains(ids, file.path().stem().string())) << "there is no such definition";
    std::ifstream text(file.path());
    const std::string content((std::istreambuf_iterator<char>(text)), {});
    EXPECT_TRUE(content.substr(0, content.find("\nscene:")).contains("vendor: http")) << "the page is not cited in the head";
  }
}

INSTANTIATE_TEST_SUITE_P(Shipped, DnsProviderContract, ::testing::ValuesIn(shipped()),
                         [](const auto& given) { return given.param; });
INSTANTIATE_TEST_SUITE_P(Shipped, DnsProviderThatIsAskedForZones,
                         ::testing::ValuesIn(shippedWith({"/zone/walk", "/zone/list"})),
                         [](const auto& given) { return given.param; });
INSTANTIATE_TEST_SUITE_P(Shipped, DnsProviderThatListsValues, ::testing::ValuesIn(shippedWith({"/set", "/records/list"})),
                         [](const auto& given) { return given.param; });

}  // namespace
}  // namespace sidecert::testing
