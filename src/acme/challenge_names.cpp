#include "acme/challenge_names.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/digest.h"

namespace sidecert::acme {
namespace {

std::string accountLabel(std::string_view account_url) {
  constexpr std::size_t kOctets = 10;
  return lower(base32(crypto::sha256(account_url).substr(0, kOctets)));
}

}  // namespace

std::string_view typeOf(ChallengeKind kind) {
  switch (kind) {
    case ChallengeKind::Dns01: return "dns-01";
    case ChallengeKind::DnsAccount01: return "dns-account-01";
    case ChallengeKind::DnsPersist01: return "dns-persist-01";
  }
  return "dns-01";
}

std::string challengeValue(std::string_view token, std::string_view thumbprint) {
  return base64Url(crypto::sha256(fmt::format("{}.{}", token, thumbprint)));
}

std::string dns01Name(std::string_view identifier) {
  return fmt::format("_acme-challenge.{}", identifier);
}

std::string dnsAccount01Name(std::string_view identifier, std::string_view account_url) {
  return fmt::format("_{}._acme-challenge.{}", accountLabel(account_url), identifier);
}

}  // namespace sidecert::acme
