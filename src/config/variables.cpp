#include "config/variables.h"

#include <array>

namespace sidecert::config {

std::span<const Variable* const> registry() {
  using namespace variables;
  static constexpr std::array kAll{&kDomains,
                                   &kKeyLength,
                                   &kReuseKey,
                                   &kServer,
                                   &kEmail,
                                   &kEabKid,
                                   &kEabHmacKey,
                                   &kEabAlgorithm,
                                   &kProfile,
                                   &kPreferredChain,
                                   &kRenewDays,
                                   &kDns,
                                   &kChallengeKind,
                                   &kChallengeAlias,
                                   &kDomainAlias,
                                   &kDnsSleep,
                                   &kDnsTimeout,
                                   &kDnsResolvers,
                                   &kProviders,
                                   &kSynoScheme,
                                   &kSynoHostname,
                                   &kSynoPort,
                                   &kSynoHttpsPort,
                                   &kSynoUsername,
                                   &kSynoPassword,
                                   &kSynoCertificate,
                                   &kSynoCreate,
                                   &kSynoAsDefault,
                                   &kSynoServices,
                                   &kSynoTotpSecret,
                                   &kSynoOtpCode,
                                   &kSynoDeviceName,
                                   &kSynoDeviceId,
                                   &kSynoTlsFingerprint,
                                   &kSynoInsecure,
                                   &kSynoLocalHostname,
                                   &kSynoDeployWindow,
                                   &kTimeZone,
                                   &kSynoUseTempAdmin,
                                   &kDeployFrom,
                                   &kNas,
                                   &kRenewalDriver,
                                   &kData,
                                   &kEphemeral,
                                   &kLogLevel,
                                   &kLogFormat,
                                   &kStatusListen,
                                   &kStatusHost,
                                   &kNotifyUrls,
                                   &kHeartbeatUrl,
                                   &kSslCertFile,
                                   &kHttpsProxy,
                                   &kHttpProxy,
                                   &kAllProxy,
                                   &kNoProxy};
  return kAll;
}

}  // namespace sidecert::config
