#include "acme/known_cas.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "acme/directory.h"
#include "acme/issuance.h"
#include "acme/json_members.h"
#include "acme/problem.h"
#include "base/encoding.h"
#include "base/http/http.h"
#include "base/ports.h"
#include "base/text.h"

namespace sidecert::acme {
namespace {

constexpr std::array kKnown{
    KnownCa{.short_name = "letsencrypt",
            .name = "Let's Encrypt",
            .directory = "https://acme-v02.api.letsencrypt.org/directory",
            .caa_name = "letsencrypt.org"},
    KnownCa{.short_name = "letsencrypt_test",
            .name = "Let's Encrypt (staging)",
            .directory = "https://acme-staging-v02.api.letsencrypt.org/directory",
            .caa_name = "letsencrypt.org",
            .test = true},
    KnownCa{.short_name = "zerossl",
            .name = "ZeroSSL",
            .directory = "https://acme.zerossl.com/v2/DV90",
            .caa_name = "sectigo.com",
            .needs_eab = true,
            .eab_by_email = "https://api.zerossl.com/acme/eab-credentials-email",
            .wants_email = true},
    KnownCa{.short_name = "google",
            .name = "Google Trust Services",
            .directory = "https://dv.acme-v02.api.pki.goog/directory",
            .caa_name = "pki.goog",
            .needs_eab = true,
            .wants_email = true},
    KnownCa{.short_name = "google_test",
            .name = "Google Trust Services (staging)",
            .directory = "https://dv.acme-v02.test-api.pki.goog/directory",
            .caa_name = "pki.goog",
            .test = true,
            .needs_eab = true,
            .wants_email = true},
    KnownCa{.short_name = "sslcom",
            .name = "SSL.com",
            .directory = "https://acme.ssl.com/sslcom-dv-ecc",
            .caa_name = "ssl.com",
            .needs_eab = true,
            .wants_email = true,
            .wildcards = false,
            .most_names = 2,
            .rsa_directory = "https://acme.ssl.com/sslcom-dv-rsa"},
    KnownCa{.short_name = "actalis",
            .name = "Actalis",
            .directory = "https://acme-api.actalis.com/acme/directory",
            .caa_name = "actalis.it",
            .needs_eab = true,
            .wildcards = false,
            .most_names = 1},
};

}  // namespace

std::span<const KnownCa> knownCas() {
  return kKnown;
}

const KnownCa* findKnownCa(std::string_view short_name_or_url) {
  const auto found = std::ranges::find_if(kKnown, [short_name_or_url](const KnownCa& ca) {
    return equalsIgnoringCase(ca.short_name, short_name_or_url) || ca.directory == short_name_or_url ||
           (!ca.rsa_directory.empty() && ca.rsa_directory == short_name_or_url);
  });
  return found == kKnown.end() ? nullptr : &*found;
}

std::string caName(std::string_view directory) {
  if (const KnownCa* ca = findKnownCa(directory)) return std::string(ca->name);
  const auto url = parseUrl(directory);
  return url ? url->host : std::string(directory);
}

Result<ExternalAccount> fetchExternalAccount(const KnownCa& ca, const std::vector<std::string>& contacts,
                                             const Ports& ports) {
  constexpr std::string_view kMailto = "mailto:";
  constexpr std::string_view kHint = "set ACME_EMAIL, or ACME_EAB_KID and ACME_EAB_HMAC_KEY";
  const auto mail = std::ranges::find_if(contacts, [&](const std::string& contact) { return contact.starts_with(kMailto); });
  if (mail == contacts.end()) {
    return fail(ErrorCode::Settings, fmt::format("{} wants an external account or an e-mail address", ca.name),
                std::string(kHint));
  }
  const std::string doing = fmt::format("asking {} for an external account", ca.name);
  HttpRequest request = requestTo("POST", std::string(ca.eab_by_email));
  request.headers.set("Content-Type", "application/x-www-form-urlencoded");
  request.body = "email=" + formEncode(mail->substr(kMailto.size()));
  const auto answer = ports.http.send(request, ports.effort());
  if (!answer) return within(doing, answer.error());
  const auto object = parseObject(answer->body);
  if (answer->status >= 500 || answer->status == 429) {
    return within(doing, toError(readProblem(answer->status, answer->body), std::nullopt));
  }
  const std::string kid = object ? textMember(*object, "eab_kid") : std::string();
  Secret key(object ? textMember(*object, "eab_hmac_key") : std::string());
  if (kid.empty() || key.empty()) {
    const Json* error = object ? member(*object, "error") : nullptr;
    const std::string said = error != nullptr ? textMember(*error, "type") : std::string();
    return fail(ErrorCode::Settings, fmt::format("{}: status {} {}", doing, answer->status, excerpt(said)),
                fmt::format("check ACME_EMAIL; {}", kHint));
  }
  ports.log.info("{} gave an external account for {}", ca.name, mail->substr(kMailto.size()));
  return ExternalAccount{.kid = kid, .hmac_key = std::move(key)};
}

}  // namespace sidecert::acme
