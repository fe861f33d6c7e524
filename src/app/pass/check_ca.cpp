#include "app/pass/check_ca.h"

#include <fmt/format.h>

#include "acme/known_cas.h"
#include "base/text.h"

namespace sidecert::app {

Finding findingOn(const config::CertificateSettings& certificate, const acme::Directory& directory) {
  Finding finding{.step = "CA", .about = certificate.subject(), .what = {}, .mend = {}};
  std::vector<std::string> profiles;
  profiles.reserve(directory.profiles.size());
  for (const auto& [name, description] : directory.profiles) profiles.push_back(name);
  finding.what =
      fmt::format("{} answers; {}; {}", acme::caName(directory.url),
                  profiles.empty() ? "it has no profiles" : "its profiles: " + join(profiles, ", "),
                  directory.renewal_info.empty() ? "it does not advise when to renew" : "it advises when to renew");
  const acme::KnownCa* known = acme::findKnownCa(directory.url);
  const bool by_email = known != nullptr && !known->eab_by_email.empty();
  if (directory.external_account_required && certificate.eab_kid.empty() && !by_email) {
    finding.verdict = Verdict::Bad;
    finding.what += "; it wants an external account";
    finding.mend = "set ACME_EAB_KID and ACME_EAB_HMAC_KEY from the CA's web site";
  } else if (by_email && certificate.eab_kid.empty() && certificate.email.empty()) {
    finding.verdict = Verdict::Bad;
    finding.what += "; it wants an e-mail address";
    finding.mend = "set ACME_EMAIL";
  }
  for (const std::string& wanted : certificate.profiles) {
    if (!wanted.starts_with("!") || directory.offersProfile(wanted.substr(1))) continue;
    finding.verdict = Verdict::Bad;
    finding.what += fmt::format("; it does not offer the profile {}", wanted.substr(1));
    finding.mend = "choose another in ACME_PROFILE, or leave out the !";
  }
  if (known != nullptr && known->test && finding.verdict == Verdict::Good)
    finding.what += "; its certificates are for trying out, no browser trusts them";
  return finding;
}

}  // namespace sidecert::app
