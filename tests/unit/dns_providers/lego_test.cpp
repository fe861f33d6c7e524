// lego's names too, for every provider both have: users of lego, Traefik and Caddy may paste what they have.
// lego_providers.json holds lego's code of each such provider with the variables of its credentials.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/text.h"
#include "dns/providers/catalogue.h"

namespace sidecert::dns::providers {
namespace {

nlohmann::json lego() {
  std::ifstream file(std::filesystem::path(__FILE__).parent_path() / "lego_providers.json");
  return nlohmann::json::parse(file);
}

constexpr std::string_view kNoneHere = "acme.sh has no such setting, and nothing is lost without it";
constexpr std::string_view kOtherForm = "holds the same in another form, so it cannot be taken as it is";
constexpr std::string_view kOtherWay = "another way to log in than acme.sh's";

/// Variables of lego that are not read, and why.
const std::map<std::string_view, std::string_view>& notRead() {
  static const std::map<std::string_view, std::string_view> all = {
      {"ACME_DNS_API_BASE", "lego keeps the accounts in a file; here they are variables"},
      {"ACME_DNS_STORAGE_PATH", "lego keeps the accounts in a file; here they are variables"},
      {"ACME_DNS_STORAGE_BASE_URL", "lego keeps the accounts in a file; here they are variables"},
      {"ALICLOUD_RAM_ROLE", kOtherWay},
      {"ALICLOUD_SECURITY_TOKEN", kOtherWay},
      {"AKAMAI_EDGERC", kOtherWay},
      {"AKAMAI_EDGERC_SECTION", kOtherWay},
      {"AWS_ASSUME_ROLE_ARN", kOtherWay},
      {"AWS_EXTERNAL_ID", kOtherWay},
      {"AWS_HOSTED_ZONE_ID", kNoneHere},
      {"AWS_PROFILE", kOtherWay},
      {"AWS_REGION", "Route 53 has one region"},
      {"AWS_SDK_LOAD_CONFIG", kOtherWay},
      {"AWS_WAIT_FOR_RECORD_SETS_CHANGED", "it is always waited for"},
      {"AZION_PERSONAL_TOKEN", kOtherWay},
      {"AZURE_CLIENT_CERTIFICATE_PATH", kOtherWay},
      {"CF_ZONE_API_TOKEN", "CF_Token needs both rights here"},
      {"CLOUDFLARE_ZONE_API_TOKEN", "CF_Token needs both rights here"},
      {"CURANET_API_KEY", kOtherWay},
      {"DIRECTADMIN_API_URL", kOtherForm},
      {"DIRECTADMIN_PASSWORD", kOtherForm},
      {"DIRECTADMIN_USERNAME", kOtherForm},
      {"DNSHOMEDE_CREDENTIALS", kOtherForm},
      {"DNSUPDATE_NAMESERVER", kOtherForm},
      {"DYNU_API_KEY", kOtherWay},
      {"EFFICIENTIP_PASSWORD", kOtherForm},
      {"EFFICIENTIP_USERNAME", kOtherForm},
      {"EUSERV_ORDER_ID", kNoneHere},
      {"HTTPREQ_MODE", kNoneHere},
      {"HURRICANE_TOKENS", kOtherForm},
      {"INFOBLOX_HOST", kOtherForm},
      {"INFOBLOX_PASSWORD", kOtherForm},
      {"INFOBLOX_USERNAME", kOtherForm},
      {"IONOS_API_KEY", kOtherForm},
      {"JOKER_API_KEY", kOtherWay},
      {"JOKER_API_MODE", kOtherWay},
      {"OCI_COMPARTMENT_OCID", kNoneHere},
      {"OCI_FINGERPRINT", "it is worked out from the key"},
      {"OCI_PRIVATE_KEY_PASSWORD", kOtherForm},
      {"OS_APPLICATION_CREDENTIAL_NAME", kOtherWay},
      {"OS_USER_ID", kOtherWay},
      {"OVH_ACCESS_TOKEN", kOtherWay},
      {"OVH_CLIENT_ID", kOtherWay},
      {"OVH_CLIENT_SECRET", kOtherWay},
      {"PLESK_SERVER_BASE_URL", kOtherForm},
      {"SCW_PROJECT_ID", kNoneHere},
      {"SELECTELV2_PROJECT_ID", kOtherForm},
      {"YANDEX_CLOUD_IAM_TOKEN", kOtherForm},
  };
  return all;
}

TEST(Lego, EveryCodeMeansAProvider) {
  const auto table = lego();
  for (const auto& [code, variables] : table.items()) EXPECT_NE(find(code), nullptr) << code;
}

TEST(Lego, EveryVariableIsReadOrSaysWhyNot) {
  std::set<std::string> used;
  const auto table = lego();
  for (const auto& [code, variables] : table.items()) {
    const Description* provider = find(code);
    if (provider == nullptr || !provider->unusable.empty()) continue;
    for (const std::string name : variables) {
      const bool read = std::ranges::any_of(provider->variables, [&](const Variable& one) {
        return equalsIgnoringCase(one.name, name) || std::ranges::contains(one.also, name);
      });
      if (!read) used.insert(name);
      EXPECT_TRUE(read || notRead().contains(name)) << code << ": " << name;
    }
  }
  for (const auto& [name, why] : notRead()) EXPECT_TRUE(used.contains(std::string(name))) << name << " is read: " << why;
}

/// A second name means one variable of a provider, and no provider's first name.
TEST(Lego, SecondNamesAreUnambiguous) {
  for (const Entry& entry : catalogue()) {
    std::set<std::string> seen(entry.variables.begin(), entry.variables.end());
    for (const auto& [name, also] : entry.also) {
      for (const std::string& other : also) EXPECT_TRUE(seen.insert(other).second) << entry.id << ": " << other;
    }
  }
}

}  // namespace
}  // namespace sidecert::dns::providers
