#include "config/variables.h"

#include <array>

namespace sidecert::config {
namespace {

constexpr std::string_view kWhat = "What to certify";
constexpr std::string_view kCa = "The CA";
constexpr std::string_view kChallenge = "The challenge";
constexpr std::string_view kDsm = "DSM";
constexpr std::string_view kLife = "Life";
constexpr std::string_view kNetwork = "The network";

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
                               "600, and more for DNS providers known to publish slowly.",
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
const Variable kSynoScheme{.name = "SYNO_SCHEME",
                           .group = kDsm,
                           .meaning = "http or https.",
                           .fallback = "http",
                           .scope = Scope::Nas,
                           .older = "SYNO_Scheme",
                           .effect = Effect::Target};
const Variable kSynoHostname{.name = "SYNO_HOSTNAME",
                             .group = kDsm,
                             .meaning = "Where DSM is; localhost needs the container to use the host's network.",
                             .fallback = "localhost",
                             .scope = Scope::Nas,
                             .older = "SYNO_Hostname,SYNO_Host",
                             .effect = Effect::Target};
const Variable kSynoPort{.name = "SYNO_PORT",
                         .group = kDsm,
                         .meaning = "DSM's port.",
                         .fallback = "5000, or 5001 with https",
                         .scope = Scope::Nas,
                         .older = "SYNO_Port",
                         .effect = Effect::Target};
const Variable kSynoHttpsPort{
    .name = "SYNO_HTTPS_PORT",
    .group = kDsm,
    .meaning =
        "The port of DSM's https, where Sidecert looks whether DSM shows the certificate; needed only where DSM does "
        "not tell it, or tells another than leads there.",
    .fallback = "asked of DSM",
    .scope = Scope::Nas,
    .effect = Effect::Target};
const Variable kSynoUsername{.name = "SYNO_USERNAME",
                             .group = kDsm,
                             .meaning = "A DSM account in the group administrators.",
                             .fallback = "",
                             .scope = Scope::Nas,
                             .beginner = true,
                             .older = "SYNO_Username",
                             .example = "certificates",
                             .effect = Effect::Target};
const Variable kSynoPassword{.name = "SYNO_PASSWORD",
                             .group = kDsm,
                             .meaning = "Its password; write $$ for $ in a compose file, or use SYNO_PASSWORD_FILE.",
                             .fallback = "",
                             .scope = Scope::Nas,
                             .secret = true,
                             .beginner = true,
                             .older = "SYNO_Password",
                             .effect = Effect::Target};
const Variable kSynoCertificate{.name = "SYNO_CERTIFICATE",
                                .group = kDsm,
                                .meaning = "Description of the certificate in Control Panel to replace.",
                                .fallback = "empty: the default certificate",
                                .scope = Scope::Nas,
                                .beginner = true,
                                .older = "SYNO_Certificate",
                                .example = "home.example",
                                .effect = Effect::Target};
const Variable kSynoCreate{.name = "SYNO_CREATE",
                           .group = kDsm,
                           .meaning = "Make the certificate in DSM when there is none of that description.",
                           .fallback = "no",
                           .scope = Scope::Nas,
                           .beginner = true,
                           .older = "SYNO_Create",
                           .example = "1",
                           .effect = Effect::Target};
const Variable kSynoAsDefault{.name = "SYNO_AS_DEFAULT",
                              .group = kDsm,
                              .meaning = "Make it DSM's default certificate.",
                              .fallback = "no",
                              .scope = Scope::Nas,
                              .effect = Effect::Target};
const Variable kSynoDeviceName{.name = "SYNO_DEVICE_NAME",
                               .group = kDsm,
                               .meaning = "Name of the trusted device, when two-factor login goes by a device token.",
                               .fallback = "CertRenewal",
                               .scope = Scope::Nas,
                               .older = "SYNO_Device_Name",
                               .effect = Effect::Target};
const Variable kSynoDeviceId{.name = "SYNO_DEVICE_ID",
                             .group = kDsm,
                             .meaning = "Token of the trusted device.",
                             .fallback = "",
                             .scope = Scope::Nas,
                             .secret = true,
                             .older = "SYNO_Device_ID,SYNO_DID",
                             .effect = Effect::Target};
const Variable kSynoOtpCode{.name = "SYNO_OTP_CODE",
                            .group = kDsm,
                            .meaning = "A six-digit code, used once to obtain a device token.",
                            .fallback = "",
                            .scope = Scope::Nas,
                            .secret = true,
                            .effect = Effect::Target};
const Variable kSynoTotpSecret{.name = "SYNO_TOTP_SECRET",
                               .group = kDsm,
                               .meaning = "The secret behind the two-factor codes (base32); the most lasting way.",
                               .fallback = "",
                               .scope = Scope::Nas,
                               .secret = true,
                               .effect = Effect::Target};
const Variable kSynoServices{
    .name = "SYNO_SERVICES",
    .group = kDsm,
    .meaning =
        "Which services use the certificate: keep (as they are), inherit (what the former default had), default, covered, "
        "all, or their names or keys.",
    .fallback = "inherit for a new certificate where the former default is the NAS's own or ours, else keep",
    .scope = Scope::Nas,
    .effect = Effect::Target};
const Variable kSynoTlsFingerprint{.name = "SYNO_TLS_FINGERPRINT",
                                   .group = kDsm,
                                   .meaning = "SHA-256 of the certificate DSM shows; trusts exactly that one.",
                                   .fallback = "",
                                   .scope = Scope::Nas,
                                   .effect = Effect::Target};
const Variable kSynoInsecure{.name = "SYNO_INSECURE",
                             .group = kDsm,
                             .meaning =
                                 "Trust whatever certificate DSM shows, and send the password by plain http to another "
                                 "machine where SYNO_SCHEME is http.",
                             .fallback = "no",
                             .scope = Scope::Nas,
                             .effect = Effect::Target};
const Variable kSynoDeployWindow{
    .name = "SYNO_DEPLOY_WINDOW",
    .group = kDsm,
    .meaning =
        "When DSM may be changed, as 02:00-05:00 in the time zone TZ; at the latest a third into the certificate's life.",
    .fallback = "any time",
    .scope = Scope::Nas,
    .effect = Effect::None};
const Variable kTimeZone{.name = "TZ",
                         .group = kDsm,
                         .meaning =
                             "The time zone of SYNO_DEPLOY_WINDOW, by name (Europe/Berlin) or as a rule "
                             "(CET-1CEST,M3.5.0,M10.5.0/3).",
                         .fallback = "UTC",
                         .scope = Scope::Nas,
                         .effect = Effect::None};
const Variable kSynoLocalHostname{
    .name = "SYNO_LOCAL_HOSTNAME",
    .group = kDsm,
    .meaning =
        "SYNO_HOSTNAME is this NAS itself, under another name: its certificate need not be trusted. The name has to lead "
        "to an address of this machine.",
    .fallback = "no",
    .scope = Scope::Nas,
    .effect = Effect::Target};
const Variable kSynoUseTempAdmin{
    .name = "SYNO_USE_TEMP_ADMIN",
    .group = kDsm,
    .meaning =
        "Without any account, through the NAS's own programs: needs a privileged container with the host's pid, which "
        "is root on the NAS.",
    .fallback = "no",
    .scope = Scope::Nas,
    .effect = Effect::Target};
const Variable kDeployFrom{
    .name = "DEPLOY_FROM",
    .group = kDsm,
    .meaning =
        "In place of ordering: a folder of certificate, key and chain made elsewhere, deployed whenever they change. Where "
        "certificates for several names lie there, ACME_DOMAINS selects.",
    .fallback = "",
    .scope = Scope::Certificate,
    .effect = Effect::Issuing,
    .names_files = true};
const Variable kNas{.name = "NAS",
                    .group = kDsm,
                    .meaning = "As CERT_<LABEL>_NAS: the labels of the NAS this certificate goes to.",
                    .fallback = "all",
                    .scope = Scope::Certificate,
                    .effect = Effect::None};
const Variable kRenewalDriver{
    .name = "RENEWAL_DRIVER",
    .group = kLife,
    .meaning =
        "restart: end once per renewal, when an order becomes due, and let the restart policy begin "
        "that pass; resident: never end. Everything else happens in place with both.",
    .fallback = "restart",
    .effect = Effect::None};
const Variable kData{.name = "SIDECERT_DATA",
                     .group = kLife,
                     .meaning = "The folder for everything that must survive a restart.",
                     .fallback = "/data",
                     .effect = Effect::None};
const Variable kEphemeral{.name = "SIDECERT_EPHEMERAL",
                          .group = kLife,
                          .meaning =
                              "Order although SIDECERT_DATA lies in the container's own layer or in memory and is lost "
                              "with it: for trying things out.",
                          .fallback = "no",
                          .effect = Effect::None};
const Variable kLogLevel{.name = "LOG_LEVEL",
                         .group = kLife,
                         .meaning = "debug, info, warning or error.",
                         .fallback = "info",
                         .effect = Effect::None};
const Variable kLogFormat{
    .name = "LOG_FORMAT", .group = kLife, .meaning = "text or json.", .fallback = "text", .effect = Effect::None};
const Variable kStatusListen{.name = "STATUS_LISTEN",
                             .group = kLife,
                             .meaning =
                                 "Serve a status page at this address, for example 127.0.0.1:8090, [::1]:8090, or 8090 for "
                                 "every address of the NAS; docs/status-page.md. Off when empty.",
                             .fallback = "",
                             .effect = Effect::None};
const Variable kStatusHost{
    .name = "STATUS_HOST",
    .group = kLife,
    .meaning =
        "Names under which browsers may open the status page, separated by blanks or commas, for example "
        "status.example.net behind a reverse proxy. Addresses, names without a dot and names "
        "below local, home.arpa and internal need no mention.",
    .fallback = "",
    .effect = Effect::None};
const Variable kNotifyUrls{.name = "NOTIFY_URLS",
                           .group = kLife,
                           .meaning =
                               "Where to send messages when something changes or needs you, separated by blanks or commas: "
                               "ntfys://host/topic, smtps://user:password@host/?to=me@example.net, tgram://token/chat …; "
                               "docs/notifications.md lists all. `sidecert check --notify` sends a test.",
                           .fallback = "",
                           .secret = true,
                           .beginner = true,
                           .effect = Effect::None};
const Variable kHeartbeatUrl{
    .name = "HEARTBEAT_URL",
    .group = kLife,
    .meaning =
        "A service that tells you when Sidecert itself is gone (healthchecks.io and the like): asked by "
        "GET after each good pass, with /fail behind it after a bad one.",
    .fallback = "",
    .secret = true,
    .effect = Effect::None};
const Variable kSslCertFile{.name = "SSL_CERT_FILE",
                            .group = kNetwork,
                            .meaning = "A file of CA certificates (PEM) to trust beside the public ones.",
                            .fallback = "",
                            .older = "CA_BUNDLE",
                            .effect = Effect::Both,
                            .names_files = true};
const Variable kHttpsProxy{.name = "HTTPS_PROXY",
                           .group = kNetwork,
                           .meaning = "Proxy for https, as http://[user:password@]host:port.",
                           .fallback = "",
                           .secret = true,
                           .effect = Effect::Both};
const Variable kHttpProxy{.name = "HTTP_PROXY",
                          .group = kNetwork,
                          .meaning = "Proxy for http.",
                          .fallback = "",
                          .secret = true,
                          .effect = Effect::Both};
const Variable kAllProxy{.name = "ALL_PROXY",
                         .group = kNetwork,
                         .meaning = "Proxy for both, where HTTPS_PROXY or HTTP_PROXY is not set.",
                         .fallback = "",
                         .secret = true,
                         .effect = Effect::Both};
const Variable kNoProxy{.name = "NO_PROXY",
                        .group = kNetwork,
                        .meaning =
                            "Hosts, domains, addresses and networks (192.168.0.0/16) to reach without the proxy, each "
                            "with :port where only that port is meant; DSM on localhost always is.",
                        .fallback = "",
                        .effect = Effect::Both};

}  // namespace variables

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
