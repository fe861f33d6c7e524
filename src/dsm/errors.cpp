#include "dsm/errors.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace sidecert::dsm {

namespace {

struct Meaning {
  int code;
  std::string_view what;
  std::string_view hint;
};

constexpr std::string_view kOurBug =
    "this is a fault of Sidecert or a DSM it does not know yet: please report it with this line";
constexpr std::string_view kMakeAdministrator =
    "DSM: Control Panel > User & Group > edit the account > User Groups: tick administrators; > Applications: allow DSM";
constexpr std::string_view kDsmIssuer = "this is about DSM's own Let's Encrypt and no answer to an import";

constexpr auto kCallMeanings = std::to_array<Meaning>({
    {100, "unknown error", "look into DSM's Log Center, or restart the NAS if it persists"},
    {101, "a parameter is missing", kOurBug},
    {102, "the API does not exist there", "not DSM, or a DSM older than 6.2: check SYNO_HOSTNAME and SYNO_PORT"},
    {103, "the method does not exist, or the session's token was not accepted",
     "check that SYNO_PORT is DSM's own port and that no proxy stands between"},
    {104, "the version is not supported", "update DSM"},
    {105, "the account may not do this", kMakeAdministrator},
    {106, "the session timed out", "DSM: Control Panel > Security > General: raise the logout timer"},
    {107, "the session was ended by another login of the same account", "give Sidecert an account of its own"},
    {108, "DSM could not take the upload", kOurBug},
    {109, "the network is unstable or DSM is busy", "it is tried again later"},
    {110, "the network is unstable or DSM is busy", "it is tried again later"},
    {111, "the network is unstable or DSM is busy", "it is tried again later"},
    {112, "DSM gave a reserved error number", kOurBug},
    {113, "DSM gave a reserved error number", kOurBug},
    {114, "a parameter was lost", kOurBug},
    {115, "this account may not upload", kMakeAdministrator},
    {116, "this is a demonstration site", "point SYNO_HOSTNAME at your own NAS"},
    {117, "the network is unstable or DSM is busy", "it is tried again later"},
    {118, "the network is unstable or DSM is busy", "it is tried again later"},
    {119, "DSM does not know the session or its token",
     "if it persists: DSM: Control Panel > Security > General, and check that no proxy stands between"},
    {120, "a parameter is wrong or missing", kOurBug},
    {150, "DSM saw the call come from another address than the login",
     "use one fixed address as SYNO_HOSTNAME, for instance 127.0.0.1, or DSM: Control Panel > Security > General: \"Enhance "
     "browser compatibility by skipping IP checking\""},
    {160, "the account lacks the privilege for the application", kMakeAdministrator},
    {5503, "DSM refused the content", kOurBug},
    {5510, "DSM says the certificate file is no certificate", "check the file that was to be deployed"},
    {5511, "DSM says the private key file is not valid", "check the key file that was to be deployed"},
    {5512, "DSM says the intermediate certificate is not valid",
     "check the chain file: intermediates only, without the leaf"},
    {5513, "DSM does not know the key's cipher", "set ACME_KEYLENGTH=2048"},
    {5514, "DSM says the key does not belong to the certificate", "issue again: sidecert renew --force"},
    {5515, "DSM does not trust the issuer or could not copy its certificate", "check the chain file"},
    {5516, "DSM says a file is not UTF-8", "check the files that were to be deployed"},
    {5517, "DSM says certificate and intermediate do not fit together", "the chain is of another issuer: issue again"},
    {5518, "DSM does not take DSA keys", "set ACME_KEYLENGTH=2048"},
    {5519, "DSM says the signing request is not valid", kOurBug},
    {5520, "DSM's own certificate service failed", kDsmIssuer},
    {5521, "DSM's own certificate service could not validate the domain", kDsmIssuer},
    {5522, "DSM's own certificate service failed", kDsmIssuer},
    {5523, "DSM's own certificate service has too many accounts", kDsmIssuer},
    {5524, "DSM's own certificate service met a limit of the CA", kDsmIssuer},
    {5525, "DSM's own certificate service refused the mail address", kDsmIssuer},
    {5526, "DSM's own certificate service refused a parameter", kDsmIssuer},
    {5527, "DSM's own certificate service found the CA busy", kDsmIssuer},
    {5528, "DSM's own certificate service makes wildcards only for Synology DDNS names", kDsmIssuer},
    {5529, "DSM could not resolve the name, or refuses the key", kDsmIssuer},
    {5530, "DSM's own certificate service had its challenge refused", kDsmIssuer},
    {5531, "DSM's vendor certificates need a verified name", kDsmIssuer},
    {5532, "DSM's vendor certificates are used up", kDsmIssuer},
    {5533, "DSM's vendor certificates refused the token", kDsmIssuer},
    {5534, "DSM refuses keys of 1024 bits or less", "set ACME_KEYLENGTH=2048"},
});

constexpr auto kLoginMeanings = std::to_array<Meaning>({
    {400, "no such account, or the password is wrong",
     "check SYNO_USERNAME and SYNO_PASSWORD; in a compose file every $ of the password is written $$"},
    {401, "the account is disabled or a guest", "DSM: Control Panel > User & Group: enable the account"},
    {402, "the account may not use DSM, or is root",
     "DSM: Control Panel > User & Group > edit the account > Applications: allow DSM; root can never log in here"},
    {403, "a second factor is asked for",
     "set SYNO_TOTP_SECRET (best), or SYNO_OTP_CODE once with a fresh code, or SYNO_DEVICE_ID with SYNO_DEVICE_NAME"},
    {404, "the one-time code is wrong or was used before",
     "with SYNO_TOTP_SECRET: check the secret and the clocks of NAS and container; with SYNO_OTP_CODE: set a fresh code"},
    {405, "this port belongs to an application portal, not to DSM",
     "set SYNO_PORT to DSM's own port (5000 or 5001 by default)"},
    {406, "DSM enforces two-factor login, but this account has none",
     "log in to DSM once as this account and enrol an authenticator app; put its secret into SYNO_TOTP_SECRET"},
    {407, "DSM has blocked the address Sidecert comes from, after failed logins",
     "DSM: Control Panel > Security > Protection > Allow/Block List: remove the address (127.0.0.1 or the NAS's own, or "
     "172.17.0.1) from the block list; better, put it on the allow list"},
    {408, "the password has expired and may not be changed",
     "DSM: Control Panel > User & Group: set a new password, tick \"password never expires\", and put it into "
     "SYNO_PASSWORD"},
    {409, "the password has expired",
     "DSM: log in as this account and change it, tick \"password never expires\", and put it into SYNO_PASSWORD"},
    {410, "the password must be changed first",
     "DSM: log in as this account and change it, tick \"password never expires\", and put it into SYNO_PASSWORD"},
    {411, "the account is locked after too many failed logins",
     "wait, or DSM: Control Panel > Security > Account: end the lock; then check SYNO_PASSWORD"},
});

template <std::size_t N>
const Meaning* find(const std::array<Meaning, N>& table, int code) {
  const auto* found = std::ranges::find(table, code, &Meaning::code);
  return found == table.end() ? nullptr : found;
}

/// "errors" of 108 and 120 name the culprit.
std::string particulars(const Json& details) {
  std::string text;
  const auto add = [&text](std::string_view name, const std::string& value) {
    if (!value.empty()) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, excerpt(value, 60));
  };
  add("parameter", textOf(details, "name"));
  add("reason", textOf(details, "reason"));
  if (const Json& upload = memberOf(details, "upload_err"); upload.is_number_integer()) {
    add("upload error", std::to_string(upload.get<int>()));
  }
  if (details.is_string()) add("saying", details.get<std::string>());
  return text.empty() ? text : " (" + text + ")";
}

bool offersOneTimeCode(const Json& details) {
  const Json& types = memberOf(details, "types");
  if (!types.is_array() || types.empty()) return true;
  return std::ranges::any_of(types, [](const Json& type) { return textOf(type, "type") == "otp"; });
}

}  // namespace

bool sessionLost(int code) {
  return code == 106 || code == 107 || code == 119 || code == 150;
}

bool busy(int code) {
  return code == 100 || code == 109 || code == 110 || code == 111 || code == 117 || code == 118;
}

bool refusesCredentials(int login_code) {
  return login_code >= 400 && login_code < 500;
}

Error explainCall(std::string_view doing, const Refusal& refusal, bool ec_key) {
  const Meaning* meaning = find(kCallMeanings, refusal.code);
  const bool of_certificates = refusal.code >= 5500 && refusal.code < 5600;
  const bool wants_rsa = ec_key && (refusal.code == 5511 || refusal.code == 5513 || refusal.code == 5529 ||
                                    (of_certificates && meaning == nullptr));
  // A session that ended is trouble of the moment and no final word.
  return {.code = sessionLost(refusal.code) ? ErrorCode::BadAnswer : ErrorCode::Refused,
          .what = fmt::format("{}: DSM answered error {}: {}{}", doing, refusal.code,
                              meaning ? meaning->what : "an error Sidecert does not know", particulars(refusal.details)),
          .hint = std::string(wants_rsa ? "this DSM does not take EC keys: set ACME_KEYLENGTH=2048 for an RSA key"
                              : meaning ? meaning->hint
                                        : "look into DSM's Log Center")};
}

Error explainLogin(std::string_view account, const Refusal& refusal) {
  const Meaning* meaning = find(kLoginMeanings, refusal.code);
  if (!meaning) return explainCall(fmt::format("logging in to DSM as {}", account), refusal);
  std::string hint(meaning->hint);
  if (refusal.code == 403 && !offersOneTimeCode(refusal.details)) {
    hint =
        "DSM offers only approval by hand or a hardware key for this account, which no program can answer: log in as this "
        "account, Personal > Security > 2-Factor Authentication: add an authenticator app; put its secret into "
        "SYNO_TOTP_SECRET";
  }
  return {.code = ErrorCode::Refused,
          .what = fmt::format("logging in to DSM as {}: DSM answered error {}: {}", account, refusal.code, meaning->what),
          .hint = std::move(hint)};
}

std::chrono::hours holdAfter(int login_code) {
  switch (login_code) {
    case 401:
    case 402:
    case 405:
    case 406:
    case 408:
    case 409:
    case 410: return std::chrono::hours(6);
    default: return std::chrono::hours(24);
  }
}

}  // namespace sidecert::dsm
