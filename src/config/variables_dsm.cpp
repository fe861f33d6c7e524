// The NAS.
#include "config/variables.h"

namespace sidecert::config {
namespace {

constexpr std::string_view kDsm = "DSM";

}  // namespace

namespace variables {

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

}  // namespace variables
}  // namespace sidecert::config
