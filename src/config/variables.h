// The registry of environment variables: each is declared once, and parsing, `sidecert variables`, the reference page,
// `.env.example` and "did you mean" come from here. Names are acme.sh's wherever acme.sh has one.
#pragma once

#include <span>
#include <string_view>

namespace sidecert::config {

enum class Scope { Global, Certificate, Nas };

/// What a change of the value may turn from failure to success: a hold is over when something that affects it has changed.
enum class Effect {
  Unsaid,   // nobody has thought about it: a test fails
  None,     // neither
  Issuing,  // an order, or a look at the DNS provider
  Target,   // a visit of a NAS
  Both,
};

struct Variable {
  std::string_view name;
  std::string_view group;     // heading on the reference page
  std::string_view meaning;   // one sentence
  std::string_view fallback;  // what an owner gets who sets nothing; empty: nothing
  Scope scope = Scope::Global;
  bool secret = false;
  bool beginner = false;          // belongs into a first compose file
  std::string_view older = {};    // comma list of older spellings, accepted with a note
  std::string_view example = {};  // for .env.example
  Effect effect = Effect::Unsaid;
  bool names_files = false;  // the value is a path, or several: what lies there counts as part of it
};

namespace variables {
extern const Variable kDomains, kKeyLength, kReuseKey, kServer, kEmail, kEabKid, kEabHmacKey, kEabAlgorithm, kProfile,
    kPreferredChain, kRenewDays, kDns, kChallengeKind, kChallengeAlias, kDomainAlias, kDnsSleep, kDnsTimeout, kDnsResolvers,
    kProviders, kSynoScheme, kSynoHostname, kSynoPort, kSynoHttpsPort, kSynoUsername, kSynoPassword, kSynoCertificate,
    kSynoCreate, kSynoAsDefault, kSynoDeviceName, kSynoDeviceId, kSynoOtpCode, kSynoTotpSecret, kSynoServices,
    kSynoTlsFingerprint, kSynoInsecure, kSynoDeployWindow, kSynoLocalHostname, kSynoUseTempAdmin, kDeployFrom, kNas,
    kRenewalDriver, kTimeZone, kData, kEphemeral, kLogLevel, kLogFormat, kStatusListen, kStatusHost, kNotifyUrls,
    kHeartbeatUrl, kSslCertFile, kHttpsProxy, kHttpProxy, kAllProxy, kNoProxy;
}  // namespace variables

/// Every variable but the DNS providers' own, in the order of the reference page.
[[nodiscard]] std::span<const Variable* const> registry();

}  // namespace sidecert::config
