// A slip in a definition must never cost a record, nor be called a success; and a vendor who changes an answer does the same
// to a good definition. So every shipped definition is played with every slip it could have: each has to be refused when it
// is read, to fail, or to change exactly what the good one changes.
#include <gtest/gtest.h>

#include <fmt/format.h>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <set>

#include "contract/dns_providers/forgiving_server.h"
#include "contract/dns_providers/slips.h"
#include "dns/providers/definition.h"
#include "dns/providers/embedded.h"
#include "dns/providers/engine.h"
#include "support/manual_clock.h"
#include "support/memory_log.h"

namespace sidecert::testing {
namespace {

enum class Verdict { Harmless, Absent, Failed, Harmful };

struct Judgement {
  Verdict verdict = Verdict::Harmless;
  std::string why;
  bool forgiven = false;
};

// What the engine says when a value that shall be removed is not listed.
constexpr std::string_view kAbsent = "nothing to remove";

Judgement judge(const dns::providers::Definition& definition, const Play& play, Temper temper) {
  const Scene& scene = play.scene;
  ManualClock clock;
  MemoryLog log;
  PosixFileSystem files;
  ForgivingServer server(play, temper);
  config::ProviderVariables given;
  for (const auto& [name, value] : scene.variables) given[name] = Secret(value);
  auto provider = dns::providers::makeDefined(definition, given, Ports{clock, server, files, Log(log), {}});
  if (!provider) return {Verdict::Failed, describe(provider.error()), false};
  Result<> result;
  bool adds = false;
  for (const Action& action : scene.actions) {
    adds = adds || action.add;
    result = action.add ? (*provider)->add(action.cut, action.records, Effort(clock, {}))
                        : (*provider)->remove(action.cut, action.records, Effort(clock, {}));
    if (!result) break;
  }
  Judgement out{Verdict::Harmless, {}, server.hadToForgive()};
  if (server.strangerLost()) {
    out.verdict = Verdict::Harmful;
    out.why = "a stranger's value is lost: ";
  } else if (!result) {
    out.verdict = Verdict::Failed;
  } else if (!server.wrongChanges().empty() || server.changesLeft() > 0) {
    const bool said = !adds && server.wrongChanges().empty() && log.text().find(kAbsent) != std::string::npos;
    out.verdict = said ? Verdict::Absent : Verdict::Harmful;
    out.why = fmt::format("called a success, {} change(s) left out; ", server.changesLeft());
  }
  out.why += result ? "" : describe(result.error());
  for (const std::string& wrong : server.wrongChanges()) out.why += "\n      sent: " + wrong;
  return out;
}

std::vector<std::string> shippedIds() {
  std::vector<std::string> out;
  for (const auto& one : dns::providers::embeddedDefinitions()) out.emplace_back(one.id);
  return out;
}

class DnsProviderSlips : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    for (const auto& one : dns::providers::embeddedDefinitions()) {
      if (one.id == GetParam()) good_ = one.text;
    }
    for (Scene& scene :
         readConversation((std::filesystem::path(__FILE__).parent_path() / (GetParam() + ".http")).string())) {
      static const std::set<std::string> telling = {"two values share one name",
                                                    "removing one value keeps the other",
                                                    "removing the last value removes the set",
                                                    "the value is there already",
                                                    "one value",
                                                    "remove the value"};
      if (scene.title == "the value is not there") before_ = scene;
      if (telling.contains(scene.title)) scenes_.push_back(std::move(scene));
    }
    for (const Scene& scene : scenes_) plays_.emplace_back(scene, good_, before_ ? &*before_ : nullptr);
  }

  // Over all scenes the worst; where a removal says that nothing was there, adding must have failed.
  [[nodiscard]] Judgement judgeAll(const dns::providers::Definition& definition) const {
    Judgement worst;
    bool failed = false;
    for (const Play& play : plays_) {
      for (const Temper temper : {Temper::Ignores, Temper::Refuses}) {
        // Where values cannot be listed, only the vendor can tell that it was asked for something else.
        if (!lists_ && temper == Temper::Ignores) continue;
        Judgement one = judge(definition, play, temper);
        failed = failed || one.verdict == Verdict::Failed;
        if (one.verdict > worst.verdict) {
          worst = one;
          worst.why =
              fmt::format("{} ({}): {}", play.scene.title, temper == Temper::Ignores ? "ignores" : "refuses", one.why);
        }
        if (worst.verdict == Verdict::Harmful) return worst;
        if (lists_ && !one.forgiven) break;
      }
    }
    if (worst.verdict == Verdict::Absent) worst.verdict = failed ? Verdict::Failed : Verdict::Harmful;
    return worst;
  }

  std::string_view good_;
  std::vector<Scene> scenes_;
  std::optional<Scene> before_;
  std::vector<Play> plays_;
  bool lists_ = true;
};

// What no engine can know, and how many slips it is.
struct Known {
  std::size_t count;
  std::string_view what;
};
constexpr std::string_view kNotCleared = "a slot that the definition does not clear";
constexpr std::string_view kNotPublished = "a change that the definition does not publish";
constexpr std::string_view kTimesToLive = "times to live, which stand beside each record of a zone that is written whole";

Known notToBeToldFromAPurpose(const std::string& id) {
  static const std::map<std::string, Known> known = {
      {"dns_clouddns", {1, kNotPublished}},
      {"dns_cn", {1, kNotPublished}},
      {"dns_ddnss", {1, kNotCleared}},
      {"dns_dnshome", {1, kNotCleared}},
      {"dns_doapi", {1, kNotCleared}},
      {"dns_duckdns", {1, kNotCleared}},
      {"dns_freemyip", {1, kNotCleared}},
      {"dns_dyn", {6, "that a change of the zone is published, and how: nothing is served before"}},
      {"dns_he_ddns", {1, kNotCleared}},
      {"dns_joker", {1, kNotCleared}},
      {"dns_mijnhost", {5, "times to live of the new values, and how the list of records is called"}},
      {"dns_namecheap", {8, kTimesToLive}},
      {"dns_nic", {1, kNotPublished}},
      {"dns_opnsense", {1, kNotPublished}},
      {"dns_ovh", {1, kNotPublished}},
  };
  const auto found = known.find(id);
  return found == known.end() ? Known{0, "nothing is"} : found->second;
}

// Where requests or logins have an RSA signature, one in eight of the slips is played.
std::size_t strideOf(const std::string& id) {
  static const std::set<std::string> signing = {"dns_gcloud", "dns_oci", "dns_transip", "dns_yc"};
  return signing.contains(id) ? 8 : 1;
}

TEST_P(DnsProviderSlips, AreRefusedOrFailOrChangeNothing) {
  const auto definition = dns::providers::loadDefinition(good_, GetParam());
  ASSERT_TRUE(definition);
  ASSERT_FALSE(scenes_.empty());
  lists_ = definition->set || (definition->records && definition->records->list);
  for (const Play& play : plays_) {
    const bool may_be_idle = play.scene.title == "the value is there already" || play.scene.exchanges.empty();
    EXPECT_TRUE(may_be_idle || std::ranges::contains(play.changes, true))
        << play.scene.title << ": which exchanges change something cannot be told";
  }
  const Judgement right = judgeAll(*definition);
  ASSERT_EQ(right.verdict, Verdict::Harmless) << "the good definition: " << right.why;
  std::size_t refused = 0, failed = 0, harmless = 0;
  std::vector<std::string> harmful;
  const auto slips = slipsOf(good_);
  for (std::size_t i = 0; i < slips.size(); i += strideOf(GetParam())) {
    const Slip& slip = slips[i];
    const auto bad = dns::providers::loadDefinition(slip.definition, GetParam());
    if (!bad) {
      ++refused;
      continue;
    }
    const Judgement judgement = judgeAll(*bad);
    if (judgement.verdict == Verdict::Harmful) {
      harmful.push_back(slip.what + "\n    " + judgement.why);
    } else {
      ++(judgement.verdict == Verdict::Failed ? failed : harmless);
    }
  }
  fmt::print("slips of {}: {}: refused {}, failed clearly {}, harmless {}, harmful {}\n", GetParam(), slips.size(), refused,
             failed, harmless, harmful.size());
  std::string all;
  for (const std::string& one : harmful) all += "\n  " + one;
  const Known known = notToBeToldFromAPurpose(GetParam());
  EXPECT_LE(harmful.size(), known.count) << known.what << " known to be no engine's to tell; harmful are:" << all;
}

INSTANTIATE_TEST_SUITE_P(Shipped, DnsProviderSlips, ::testing::ValuesIn(shippedIds()),
                         [](const auto& given) { return given.param; });

}  // namespace
}  // namespace sidecert::testing
