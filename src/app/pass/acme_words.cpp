#include "app/pass/acme_words.h"

namespace sidecert::app {
namespace {

acme::MacAlgorithm macAlgorithm(config::EabAlgorithm algorithm) {
  switch (algorithm) {
    case config::EabAlgorithm::Hs256: return acme::MacAlgorithm::Hs256;
    case config::EabAlgorithm::Hs384: return acme::MacAlgorithm::Hs384;
    case config::EabAlgorithm::Hs512: return acme::MacAlgorithm::Hs512;
  }
  return acme::MacAlgorithm::Hs256;
}

}  // namespace

acme::ChallengeKind challengeIn(const config::CertificateSettings& settings) {
  switch (settings.challenge) {
    case config::ChallengeKind::Dns01: return acme::ChallengeKind::Dns01;
    case config::ChallengeKind::DnsAccount01: return acme::ChallengeKind::DnsAccount01;
    case config::ChallengeKind::DnsPersist01: return acme::ChallengeKind::DnsPersist01;
  }
  return acme::ChallengeKind::Dns01;
}

std::optional<acme::ExternalAccount> externalAccountIn(const config::CertificateSettings& settings) {
  if (settings.eab_kid.empty()) return std::nullopt;
  return acme::ExternalAccount{
      .kid = settings.eab_kid, .hmac_key = settings.eab_hmac_key, .algorithm = macAlgorithm(settings.eab_algorithm)};
}

}  // namespace sidecert::app
