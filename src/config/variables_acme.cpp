// What to certify, the CA and the challenge.
#include "config/variables.h"

namespace sidecert::config {
namespace {

constexpr std::string_view kWhat = "What to certify";
constexpr std::string_view kCa = "The CA";
constexpr std::string_view kChallenge = "The challenge";

}  // namespace

namespace variables {

const Variable kDomains{.name = "ACME_DOMAINS",
                        .group = kWhat,
                        .meaning = "The names to certify, comma separated; wildcards (*.home.example) and IDN are welcome.",
                        .fallback = "",
                        .scope = Scope::Certificate,
                        .beginner = true,
                        .example = "home.example,*.home.example",
                        .effect = Effect::Issuing};
const Variable kKeyLength{.name = "ACME_KEYLENGTH",
                          .group = kWhat,
                          .meaning = "Kind of key: ec-256, ec-384, 2048, 3072 or 4096. DSM 6.2 takes RSA only.",
                          .fallback = "ec-256",
                          .scope = Scope::Certificate,
                          .effect = Effect::Issuing};
const Variable kReuseKey{.name = "ACME_REUSE_KEY",
                         .group = kWhat,
                         .meaning = "Keep the certificate's key at renewal instead of making a new one.",
                         .fallback = "no",
                         .scope = Scope::Certificate,
                         .effect = Effect::Issuing};
const Variable kServer{
    .name = "ACME_SERVER",
    .group = kCa,
    .meaning =
        "The CA: a short name (letsencrypt, letsencrypt_test, zerossl, google, google_test, sslcom, actalis) or "
        "the URL of an ACME directory; a list is an order of preference.",
    .fallback = "letsencrypt",
    .scope = Scope::Certificate,
    .beginner = true,
    .example = "letsencrypt_test",
    .effect = Effect::Issuing};
const Variable kEmail{.name = "ACME_EMAIL",
                      .group = kCa,
                      .meaning = "Contact address for the CA; Let's Encrypt has no use for it, others want one.",
                      .fallback = "",
                      .scope = Scope::Certificate,
                      .older = "ACCOUNT_EMAIL",
                      .effect = Effect::Issuing};
const Variable kEabKid{.name = "ACME_EAB_KID",
                       .group = kCa,
                       .meaning = "Key identifier of the external account binding, for CAs that demand one.",
                       .fallback = "",
                       .scope = Scope::Certificate,
                       .effect = Effect::Issuing};
const Variable kEabHmacKey{.name = "ACME_EAB_HMAC_KEY",
                           .group = kCa,
                           .meaning = "HMAC key of the external account binding, as the CA shows it.",
                           .fallback = "",
                           .scope = Scope::Certificate,
                           .secret = true,
                           .effect = Effect::Issuing};
const Variable kEabAlgorithm{
    .name = "ACME_EAB_ALGORITHM",
    .group = kCa,
    .meaning = "MAC of the external account binding: HS256, HS384 or HS512; nearly all CAs want HS256.",
    .fallback = "HS256",
    .scope = Scope::Certificate,
    .effect = Effect::Issuing};
const Variable kProfile{.name = "ACME_PROFILE",
                        .group = kCa,
                        .meaning = "Certificate profiles in order of preference; !name insists on it.",
                        .fallback = "",
                        .scope = Scope::Certificate,
                        .effect = Effect::Issuing};
const Variable kPreferredChain{.name = "ACME_PREFERRED_CHAIN",
                               .group = kCa,
                               .meaning = "Choose the chain whose last certificate was issued by this common name.",
                               .fallback = "",
                               .scope = Scope::Certificate,
                               .effect = Effect::Issuing};
const Variable kRenewDays{.name = "ACME_RENEW_DAYS",
                          .group = kCa,
                          .meaning = "Renew this many days before the end, where the CA gives no advice of its own (ARI).",
                          .fallback = "",
                          .scope = Scope::Certificate,
                          .effect = Effect::None};
const Variable kDns{.name = "ACME_DNS",
                    .group = kChallenge,
                    .meaning = "The DNS provider by acme.sh's name (dns_cf) or lego's; zone=provider pairs for several.",
                    .fallback = "",
                    .scope = Scope::Certificate,
                    .beginner = true,
                    .example = "dns_cf",
                    .effect = Effect::Issuing};
const Variable kChallengeKind{
    .name = "ACME_CHALLENGE",
    .group = kChallenge,
    .meaning =
        "dns-01; dns-account-01 (under a label of the account's own); or dns-persist-01 (a record set "
        "once and by hand, needs no provider: `sidecert check` prints it).",
    .fallback = "dns-01",
    .scope = Scope::Certificate,
    .effect = Effect::Issuing};
const Variable kChallengeAlias{
    .name = "ACME_CHALLENGE_ALIAS",
    .group = kChallenge,
    .meaning =
        "Write the record at _acme-challenge.<this name>, to which a CNAME of yours points; a list goes by the order "
        "of ACME_DOMAINS, \"no\" means none.",
    .fallback = "",
    .scope = Scope::Certificate,
    .effect = Effect::Issuing};
const Variable kDomainAlias{.name = "ACME_DOMAIN_ALIAS",
                            .group = kChallenge,
                            .meaning = "As ACME_CHALLENGE_ALIAS, but the record is written at exactly this name.",
                            .fallback = "",
                            .scope = Scope::Certificate,
                            .effect = Effect::Issuing};
const Variable kDnsSleep{.name = "ACME_DNSSLEEP",
                         .group = kChallenge,
                         .meaning = "Wait this many seconds instead of asking the authoritative servers for the record.",
                         .fallback = "",
                         .scope = Scope::Certificate,
                         .effect = Effect::Issuing};
const Variable kDnsTimeout{.name = "ACME_DNS_TIMEOUT",
                           .group = kChallenge,
                           .meaning =
                               "How many seconds the record may take to reach every authoritative server. Left out: "
                               "longer for DNS providers known to publish slowly.",
                           .fallback = "600",
                           .scope = Scope::Certificate,
                           .effect = Effect::Issuing};
const Variable kDnsResolvers{
    .name = "ACME_DNS_RESOLVERS",
    .group = kChallenge,
    .meaning =
        "DNS servers (host:port, comma separated) to ask instead of the system's; an https:// URL among them "
        "is the DNS-over-HTTPS service for networks that close or intercept port 53.",
    .fallback = "",
    .effect = Effect::Issuing};
const Variable kProviders{.name = "SIDECERT_PROVIDERS",
                          .group = kChallenge,
                          .meaning = "Folder with definitions (*.json) of DNS providers of your own.",
                          .fallback = "/providers",
                          .effect = Effect::Issuing,
                          .names_files = true};

}  // namespace variables
}  // namespace sidecert::config
