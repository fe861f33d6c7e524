// The same variables as acme.sh, for all of its providers: a user of acme.sh changes without a thought.
// acme_sh_providers.json holds, for each id, acme.sh's variables with their secrecy and the sets of them that suffice.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/text.h"
#include "dns/providers/catalogue.h"
#include "support/manual_clock.h"
#include "support/memory_log.h"
#include "support/scripted_http.h"

namespace sidecert::dns::providers {
namespace {

using ::testing::HasSubstr;

nlohmann::json acmeSh() {
  std::ifstream file(std::filesystem::path(__FILE__).parent_path() / "acme_sh_providers.json");
  return nlohmann::json::parse(file);
}

/// Where we differ on purpose, and why.
const std::map<std::string, std::string>& differences() {
  static const std::map<std::string, std::string> all = {
      {"dns_gcloud CLOUDSDK_ACTIVE_CONFIG_NAME", "names a configuration of the gcloud program; here the key file says it"},
      {"dns_dynv6", "acme.sh's other way is a session of SSH"},
      {"dns_dynv6 KEY", "the path of an SSH key, for acme.sh's other way"},
      {"dns_acmedns", "acme.sh makes an account by itself and prints the CNAME to set; here it is made beforehand"},
      {"dns_efficientip",
       "acme.sh's other way signs with SHA3, by a token of the appliance; name and password do the same here"},
      {"dns_yandex360", "acme.sh shows a code to type into a browser; here the token that comes of it is set"},
      {"dns_gcloud", "acme.sh uses the login of the gcloud program"},
  };
  return all;
}

TEST(AcmeSh, EveryIdIsKnown) {
  std::vector<std::string> missing;
  const auto table = acmeSh();
  for (const auto& [id, wanted] : table.items()) {
    if (find(id) == nullptr) missing.push_back(id);
  }
  EXPECT_THAT(missing, ::testing::IsEmpty());
  EXPECT_EQ(table.size(), 178U);
}

TEST(AcmeSh, EveryVariableIsKnownAndAsSecret) {
  std::set<std::string> used;
  const auto table = acmeSh();
  for (const auto& [id, wanted] : table.items()) {
    const Description* provider = find(id);
    if (provider == nullptr) continue;
    for (const auto& [name, secrecy] : wanted["variables"].items()) {
      const std::string place = fmt::format("{} {}", id, name);
      const auto variable = std::ranges::find(provider->variables, name, &Variable::name);
      const bool same = variable != provider->variables.end() && variable->secret == (secrecy == "secret");
      if (!same && differences().contains(place)) {
        used.insert(place);
        continue;
      }
      EXPECT_TRUE(variable != provider->variables.end()) << place << " is not declared";
      if (variable != provider->variables.end()) EXPECT_EQ(variable->secret, secrecy == "secret") << place;
    }
  }
  for (const auto& [place, why] : differences()) {
    if (place.contains(' ')) EXPECT_TRUE(used.contains(place)) << place << " is no difference any more: " << why;
  }
}

/// What suffices there suffices here: one of our sets asks for nothing else.
TEST(AcmeSh, EveryCredentialSetSuffices) {
  const auto table = acmeSh();
  for (const auto& [id, wanted] : table.items()) {
    const Description* provider = find(id);
    if (provider == nullptr || !provider->unusable.empty()) continue;
    for (const auto& set : wanted["sets"]) {
      const auto given = set.get<std::vector<std::string>>();
      const bool suffices = std::ranges::any_of(provider->credential_sets, [&](const auto& ours) {
        return std::ranges::all_of(ours, [&](const std::string& need) {
          return std::ranges::contains(given, need.substr(0, need.find_first_of("= ")));
        });
      });
      EXPECT_TRUE(suffices || differences().contains(id)) << id << ": " << join(given, " and ");
    }
  }
}

TEST(AcmeSh, WhatNobodyCanUseSaysWhyAndWhatToUseInstead) {
  int unusable = 0;
  for (const Entry& entry : catalogue()) {
    const Description* provider = find(entry.id);
    ASSERT_NE(provider, nullptr) << entry.id;
    if (provider->unusable.empty()) continue;
    ++unusable;
    testing::ManualClock clock;
    testing::MemoryLog sink;
    testing::ScriptedHttp http;
    PosixFileSystem files;
    const auto resolver = makeResolver({}, Log(sink));
    const auto made = make(*provider, {}, *resolver, {clock, http, files, Log(sink), {}});
    ASSERT_FALSE(made) << entry.id;
    EXPECT_EQ(made.error().code, ErrorCode::Settings);
    EXPECT_THAT(made.error().what, HasSubstr(entry.id + " (" + entry.title + ") cannot be used: "));
    EXPECT_FALSE(made.error().hint.empty()) << entry.id;
  }
  EXPECT_GT(unusable, 0);
}

}  // namespace
}  // namespace sidecert::dns::providers
