#include "dns/providers/provider_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "dns/providers/embedded.h"

namespace sidecert::dns::providers {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::filesystem::path& folder() {
  static const auto path = std::filesystem::path(__FILE__).parent_path() / "../../../docs/providers";
  return path;
}

std::string fileIn(const std::string& name) {
  std::ifstream file(folder() / name);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(ProviderPages, AreWhatTheDefinitionsSay) {
  const bool write = std::getenv("SIDECERT_WRITE_PAGES") != nullptr;
  std::set<std::string> names = {"README.md"};
  if (write) std::ofstream(folder() / "README.md") << providerIndex(catalogue());
  EXPECT_EQ(fileIn("README.md"), providerIndex(catalogue())) << "SIDECERT_WRITE_PAGES=1 unit_dns_providers writes it";
  for (const Entry& entry : catalogue()) {
    const Description* provider = find(entry.id);
    ASSERT_NE(provider, nullptr) << entry.id;
    const std::string name = entry.id + ".md";
    names.insert(name);
    if (write) std::ofstream(folder() / name) << providerPage(*provider);
    EXPECT_EQ(fileIn(name), providerPage(*provider)) << name << ": SIDECERT_WRITE_PAGES=1 unit_dns_providers writes it";
  }
  for (const auto& file : std::filesystem::directory_iterator(folder()))
    EXPECT_TRUE(names.contains(file.path().filename())) << file.path() << " belongs to no provider";
}

TEST(ProviderPages, TellWhatAnOwnerNeeds) {
  for (const Entry& entry : catalogue()) {
    const Description* provider = find(entry.id);
    ASSERT_NE(provider, nullptr) << entry.id;
    if (!provider->unusable.empty()) continue;
    const std::string page = providerPage(*provider);
    EXPECT_THAT(page, HasSubstr("**Where to get it:** " + provider->keys_at)) << entry.id;
    EXPECT_THAT(page, HasSubstr("**Least privilege:** " + provider->rights)) << entry.id;
    EXPECT_THAT(page, HasSubstr("ACME_DNS: " + entry.id)) << entry.id;
  }
}

TEST(ProviderPages, HaveAComposeFileWithThatProviderAlone) {
  const std::string file = composeFileFor(*find("dns_linode_v4"));
  EXPECT_THAT(file, HasSubstr("      LINODE_V4_API_KEY_FILE: /secrets/linode_v4_api_key"));
  EXPECT_THAT(file, Not(HasSubstr("CF_Token")));
  EXPECT_THAT(file, HasSubstr("SYNO_PASSWORD_FILE: /secrets/dsm-password"));
  EXPECT_THAT(composeFileFor(*find("dns_nsupdate")), HasSubstr("      NSUPDATE_KEY: /secrets/nsupdate_key"));
  const Description* cloudflare = find("dns_cf");
  EXPECT_THAT(providerPage(*cloudflare), HasSubstr("* `CF_Token` and `CF_Zone_ID`\n"));
}

TEST(ProviderPages, SayWhatToUseInsteadOfWhatNobodyCanUse) {
  EXPECT_THAT(providerPage(*find("dns_googledomains")), HasSubstr("It cannot be used: the service ended"));
  EXPECT_THAT(providerIndex(catalogue()), HasSubstr("[dns_googledomains](dns_googledomains.md)"));
}

}  // namespace
}  // namespace sidecert::dns::providers
