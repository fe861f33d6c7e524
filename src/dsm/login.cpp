#include "dsm/login.h"

#include <fmt/core.h>

#include <algorithm>
#include <vector>

#include "base/encoding.h"
#include "crypto/digest.h"
#include "dsm/envelope.h"
#include "dsm/errors.h"
#include "dsm/form.h"

namespace sidecert::dsm {

namespace {

constexpr std::string_view kApi = "SYNO.API.Auth";
constexpr std::string_view kSessionName = "Certificate";
constexpr int kNewestVersion = 7;
// A login was measured at 62 s on a four-bay NAS whose disks slept; small ARM boxes take longer.
constexpr Duration kLoginLimit{120'000};
constexpr Duration kLogoutLimit{15'000};
constexpr Duration kBetweenTries{5'000};
constexpr std::int64_t kTotpStep = 30;
constexpr int kCodeWrong = 404;
constexpr int kFactorWanted = 403;

std::string fingerprintOf(const Secret& secret) {
  return hex(crypto::sha256(secret.reveal()));
}

std::int64_t secondsOf(TimePoint time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

}  // namespace

struct Login::Attempt {
  std::optional<Refusal> refusal;
  DsmSession session;
  std::string device_token;
  bool portal = false;
};

Login::Login(const config::NasSettings& settings, TargetState& state, const Ports& ports)
    : settings_(settings), state_(state), ports_(ports) {}

std::string Login::credentials() const {
  std::string all;
  for (const auto* part : {&settings_.host, &settings_.username, &settings_.password.reveal(),
                           &settings_.totp_secret.reveal(), &settings_.device_id.reveal(), &settings_.otp_code.reveal()}) {
    all += fmt::format("{}:{},", part->size(), *part);
  }
  return hex(crypto::sha256(all));
}

std::optional<Error> Login::held() const {
  const TimePoint now = ports_.clock.now();
  if (!state_.refused_until || now >= *state_.refused_until || state_.refused_credentials != credentials()) {
    return std::nullopt;
  }
  // A hold that ends later than one begun now was written by a clock that has been set back since.
  if (*state_.refused_until > now + holdAfter(state_.refused_code)) return std::nullopt;
  Error error = explainLogin(settings_.username, {.code = state_.refused_code, .details = nullptr});
  error.what +=
      fmt::format("; not tried again before {}, so that DSM does not block this address", toWords(*state_.refused_until));
  error.retry_after = std::chrono::ceil<std::chrono::seconds>(*state_.refused_until - now);
  return error;
}

std::vector<Login::Factor> Login::factors() const {
  if (!settings_.totp_secret.empty()) return {Factor::Totp};
  std::vector<Factor> usable;
  if (!settings_.device_id.empty() && fingerprintOf(settings_.device_id) != state_.device_id_seen) {
    usable.push_back(Factor::GivenToken);
  }
  if (!state_.device_token.empty()) usable.push_back(Factor::StoredToken);
  if (!settings_.otp_code.empty() && fingerprintOf(settings_.otp_code) != state_.otp_code_used) {
    usable.push_back(Factor::OneTimeCode);
  }
  if (usable.empty()) usable.push_back(Factor::None);
  return usable;
}

Result<std::string> Login::totpCode(Duration clock_offset) {
  const auto secret = fromBase32(settings_.totp_secret.reveal());
  if (!secret || secret->empty()) {
    return fail(ErrorCode::Settings, "SYNO_TOTP_SECRET is not base32",
                "enter the secret DSM shows below the QR code (letters A-Z and digits 2-7), not a six-digit code");
  }
  std::int64_t seconds = secondsOf(ports_.clock.now() + clock_offset);
  if (const std::int64_t step = seconds / kTotpStep; step == state_.totp_step_used) {
    const Duration wait = std::chrono::seconds((step + 1) * kTotpStep - seconds + 1);
    ports_.log.debug("waiting {} for the next one-time code", toWords(wait));
    if (!ports_.clock.sleepFor(wait, ports_.stop))
      return fail(ErrorCode::Stopped, "stopped while waiting for a one-time code");
    seconds = secondsOf(ports_.clock.now() + clock_offset);
  }
  state_.totp_step_used = seconds / kTotpStep;
  if (auto kept = state_.writeDown(); !kept) return within("noting the one-time code", kept.error());
  return crypto::totp(*secret, seconds);
}

Result<Login::Attempt> Login::attempt(Connection& connection, const Discovery& discovery, Factor factor, Duration patience) {
  const ApiInfo& api = discovery.apis.at(std::string(kApi));
  const int version = std::min(kNewestVersion, api.max_version);
  const Duration begin = ports_.clock.monotonic();
  bool lost_before = false;
  bool unknown_before = false;
  for (;;) {
    Form form;
    form.add("api", kApi).add("version", std::to_string(version)).add("method", "login");
    form.add("account", settings_.username).add("passwd", settings_.password.reveal());
    form.add("session", kSessionName).add("format", "sid").add("enable_syno_token", "yes");
    HttpRequest request = formPost(kLoginLimit);
    switch (factor) {
      case Factor::None: break;
      case Factor::Totp: {
        const auto code = totpCode(discovery.clock_offset);
        if (!code) return std::unexpected(code.error());
        form.add("otp_code", *code);
        break;
      }
      case Factor::OneTimeCode:
        form.add("otp_code", settings_.otp_code.reveal());
        form.add("enable_device_token", "yes").add("device_name", settings_.device_name);
        break;
      case Factor::GivenToken:
      case Factor::StoredToken: {
        const Secret& token = factor == Factor::GivenToken ? settings_.device_id : state_.device_token;
        form.add("enable_device_token", "yes").add("device_name", settings_.device_name).add("device_id", token.reveal());
        if (version < kNewestVersion) request.headers.add("Cookie", "did=" + percentEncode(token.reveal()));
        break;
      }
    }
    request.body = form.text();
    const auto response = connection.send("/webapi/" + api.path, std::move(request));
    std::optional<Error> transient;
    if (!response) {
      const auto code = response.error().code;
      const bool may_repeat = code == ErrorCode::Unreachable || (!lost_before && factor != Factor::OneTimeCode);
      if (code != ErrorCode::Unreachable && code != ErrorCode::AnswerLost) return within("logging in", response.error());
      if (!may_repeat) return within("logging in", response.error());
      lost_before = lost_before || code == ErrorCode::AnswerLost;
      transient = response.error();
    } else if (looksLikeStarting(*response)) {
      transient = Error{.code = ErrorCode::Unreachable,
                        .what = fmt::format("{} answers with status {} and no DSM", connection.origin(), response->status),
                        .hint = {}};
    } else if (const auto answer = readEnvelope(response->body); answer && answer->refusal && busy(answer->refusal->code)) {
      Error error = explainCall("logging in", *answer->refusal);
      error.code = ErrorCode::Unreachable;  // DSM is there, its login not yet
      const bool once = answer->refusal->code == kUnknownError;
      if (once && unknown_before) return std::unexpected(std::move(error));
      unknown_before = unknown_before || once;
      transient = std::move(error);
    } else if (answer) {
      const std::string token_v7 = textOf(answer->data, "device_id");
      Attempt result{.refusal = answer->refusal,
                     .session = {.path = api.path,
                                 .version = version,
                                 .id = Secret(textOf(answer->data, "sid")),
                                 .token = Secret(textOf(answer->data, "synotoken"))},
                     .device_token = token_v7.empty() ? textOf(answer->data, "did") : token_v7,
                     .portal = flagOf(answer->data, "is_portal_port")};
      if (!result.refusal && result.session.id.empty()) {
        return fail(ErrorCode::BadAnswer, "DSM accepted the login but gave no session",
                    "check that SYNO_PORT is DSM's own port and that no proxy stands between");
      }
      return result;
    } else {
      return fail(ErrorCode::BadAnswer,
                  fmt::format("logging in: {} answers with status {} and no DSM", connection.origin(), response->status),
                  "check that SYNO_HOSTNAME and SYNO_PORT lead to DSM itself, not to another program or proxy");
    }
    if (ports_.clock.monotonic() - begin + kBetweenTries > patience) return within("logging in", *transient);
    ports_.log.debug("login met no DSM ({}); trying again", transient->what);
    if (!ports_.clock.sleepFor(kBetweenTries, ports_.stop)) return fail(ErrorCode::Stopped, "stopped while logging in");
  }
}

void Login::accepted(Factor factor, const Attempt& attempt) {
  forgetRefusal(state_);
  const bool by_token = factor == Factor::StoredToken || factor == Factor::GivenToken;
  if (factor == Factor::GivenToken) {
    state_.device_token = settings_.device_id;
    state_.device_id_seen = fingerprintOf(settings_.device_id);
  }
  if (factor == Factor::OneTimeCode) state_.otp_code_used = fingerprintOf(settings_.otp_code);
  if (by_token || factor == Factor::OneTimeCode) {
    if (!attempt.device_token.empty()) state_.device_token = Secret(attempt.device_token);
    if (!state_.device_token.empty()) state_.token_proved = ports_.clock.now();
  }
  // A token that came for a one-time code comes only once.
  if (auto kept = state_.writeDown(); !kept)
    ports_.log.warning("what DSM gave at login could not be saved: {}", sidecert::describe(kept.error()));
  ports_.log.info("Logged in to DSM as {}", settings_.username);
  if (factor == Factor::OneTimeCode) {
    if (state_.device_token.empty()) {
      ports_.log.warning(
          "DSM gave no device token for this one-time code: the next login will need another. Better set "
          "SYNO_TOTP_SECRET");
    } else {
      ports_.log.info("DSM now trusts this device as \"{}\"; SYNO_OTP_CODE is spent and may be removed",
                      settings_.device_name);
    }
  }
  if (attempt.portal) {
    ports_.log.warning(
        "This port belongs to an application portal, not to DSM itself: set SYNO_PORT to DSM's own port if "
        "DSM refuses what follows");
  }
}

Error Login::refused(Factor factor, const Attempt& attempt, Duration clock_offset) {
  Error error = explainLogin(settings_.username, *attempt.refusal);
  if (!refusesCredentials(attempt.refusal->code)) {
    error.code = ErrorCode::BadAnswer;
    return error;
  }
  if (factor == Factor::OneTimeCode) state_.otp_code_used = fingerprintOf(settings_.otp_code);
  const auto apart = std::chrono::abs(std::chrono::duration_cast<std::chrono::seconds>(clock_offset));
  if (attempt.refusal->code == kCodeWrong && apart > std::chrono::seconds(kTotpStep)) {
    error.hint += fmt::format("; the clocks of NAS and container are {} s apart", apart.count());
  }
  const auto hold = holdAfter(attempt.refusal->code);
  state_.refused_credentials = credentials();
  state_.refused_code = attempt.refusal->code;
  state_.refused_until = ports_.clock.now() + hold;
  error.retry_after = hold;
  if (auto kept = state_.writeDown(); !kept) error.hint += "; and it could not be saved: " + kept.error().what;
  return error;
}

Result<DsmSession> Login::logIn(Connection& connection, const Discovery& discovery, Duration patience) {
  if (auto error = held()) return std::unexpected(std::move(*error));
  if (connection.base().scheme == "http" && !connection.local()) {
    if (!settings_.insecure) {
      return fail(ErrorCode::Settings,
                  fmt::format("{} is another machine: the password would travel to it unencrypted, so it is not sent",
                              connection.origin()),
                  "set SYNO_SCHEME=https and SYNO_PORT to DSM's https port (5001 by default), or SYNO_INSECURE=1 to send it "
                  "all the same");
    }
    ports_.log.warning("The password travels to {} unencrypted, as SYNO_INSECURE=1 allows", connection.origin());
  }
  const auto usable = factors();
  Factor factor = usable.front();
  auto result = attempt(connection, discovery, factor, patience);
  if (result && result->refusal) {
    const int code = result->refusal->code;
    if (code == kFactorWanted && (factor == Factor::StoredToken || factor == Factor::GivenToken)) {
      ports_.log.warning("DSM no longer accepts the device token (password changed, device removed, or not used for weeks)");
      if (factor == Factor::StoredToken) state_.device_token = Secret();
      if (factor == Factor::GivenToken) state_.device_id_seen = fingerprintOf(settings_.device_id);
      if (usable.size() > 1) {
        factor = usable[1];
        result = attempt(connection, discovery, factor, patience);
      }
    } else if (code == kCodeWrong && factor == Factor::Totp) {
      ports_.log.info("DSM did not take the one-time code; trying once more with the next");
      result = attempt(connection, discovery, factor, patience);
    }
  }
  if (!result) return std::unexpected(result.error());
  if (result->refusal) return std::unexpected(refused(factor, *result, discovery.clock_offset));
  accepted(factor, *result);
  return std::move(result->session);
}

void Login::logOut(Connection& connection, const DsmSession& session) const {
  Form form;
  form.add("api", kApi).add("version", std::to_string(session.version)).add("method", "logout").add("session", kSessionName);
  std::string target = fmt::format("/webapi/{}?_sid={}", session.path, percentEncode(session.id.reveal()));
  HttpRequest request = formPost(kLogoutLimit);
  if (!session.token.empty()) {
    target += "&SynoToken=" + percentEncode(session.token.reveal());
    request.headers.add("X-SYNO-TOKEN", session.token.reveal());
  }
  request.body = form.text();
  if (const auto response = connection.send(target, std::move(request)); !response) {
    ports_.log.debug("logging out: {}", response.error().what);
  }
}

}  // namespace sidecert::dsm
