#include "dsm/web_api.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "crypto/digest.h"
#include "dsm/envelope.h"
#include "dsm/errors.h"
#include "dsm/import_form.h"
#include "dsm/reach.h"
#include "dsm/web_server.h"

namespace sidecert::dsm {

namespace {

constexpr std::string_view kCertificate = "SYNO.Core.Certificate";
constexpr std::string_view kList = "SYNO.Core.Certificate.CRT";
constexpr std::string_view kService = "SYNO.Core.Certificate.Service";
constexpr std::string_view kPages = "SYNO.Core.Web.DSM";
constexpr std::string_view kProxy = "SYNO.Core.AppPortal.ReverseProxy";
constexpr Duration kBusyWait{5'000};
constexpr int kMostReads = 4;
constexpr Duration kReloginPatience{30'000};
constexpr int kNoSuchApi = 102;
constexpr int kNoSession = 119;
constexpr int kLoginOfDsm7 = 7;  // the highest version of SYNO.API.Auth; DSM 6 has 6 at most
constexpr std::string_view kRefusedSession = "x-request-error";

}  // namespace

struct WebApi::Call {
  std::string_view api;
  std::string_view method;
  std::string_view doing;  // for messages
  std::string query;       // beyond the session's; begins with &
  std::string content_type = "application/x-www-form-urlencoded";
  std::string body = {};
  Duration limit = kReadLimit;
  bool ec_key = false;
  bool ends_session = true;  // a refusal may be for want of a session
};

struct WebApi::Failure {
  Error error;
  int code = 0;  // DSM's own; 0: none was given
};

WebApi::WebApi(const config::NasSettings& settings, TargetState& state, std::string own_leaf, const Ports& ports)
    : settings_(settings),
      ports_(ports),
      connection_(settings, state, std::move(own_leaf), ports),
      login_(settings, state, ports) {}

WebApi::~WebApi() {
  WebApi::close();
}

Result<> WebApi::open(Duration patience) {
  if (auto error = login_.held()) return std::unexpected(std::move(*error));
  if (settings_.username.empty() || settings_.password.empty()) {
    return fail(ErrorCode::Settings, "SYNO_USERNAME or SYNO_PASSWORD is missing",
                "set both to an account of DSM's administrators group made for Sidecert");
  }
  const Duration begin = ports_.clock.monotonic();
  auto discovered = discover(connection_, ports_, patience);
  if (!discovered) return std::unexpected(discovered.error());
  discovery_ = std::move(*discovered);
  close();
  const Duration spent = ports_.clock.monotonic() - begin;
  auto session = login_.logIn(connection_, discovery_, std::max(Duration(0), patience - spent));
  if (!session) return std::unexpected(session.error());
  session_ = std::move(*session);
  return {};
}

void WebApi::close() {
  if (auto session = std::exchange(session_, std::nullopt)) login_.logOut(connection_, *session);
}

std::expected<Json, WebApi::Failure> WebApi::once(const Call& call) {
  if (!session_) {
    return std::unexpected(
        Failure{.error = {.code = ErrorCode::Unreachable, .what = "the session with DSM has ended", .hint = {}}});
  }
  std::string target =
      fmt::format("/webapi/{}?_sid={}", discovery_.pathOf(std::string(call.api)), percentEncode(session_->id.reveal()));
  HttpRequest request;
  request.method = "POST";
  request.headers.add("Content-Type", call.content_type);
  request.body = call.body;
  if (!session_->token.empty()) {
    target += "&SynoToken=" + percentEncode(session_->token.reveal());
    request.headers.add("X-SYNO-TOKEN", session_->token.reveal());
  }
  request.silence_limit = request.total_limit = call.limit;
  const auto response = connection_.send(target + call.query, std::move(request));
  if (!response) return std::unexpected(Failure{.error = within(call.doing, response.error()).error()});
  auto answer = readEnvelope(response->body);
  // A refused session was also seen as no more than this header.
  if (!answer && response->headers.first(kRefusedSession))
    answer = Envelope{.data = nullptr, .refusal = Refusal{.code = kNoSession}};
  if (!answer) {
    const bool may_have_happened = response->status >= 500 || response->status == 200;
    return std::unexpected(Failure{.error = {.code = may_have_happened ? ErrorCode::AnswerLost : ErrorCode::BadAnswer,
                                             .what = fmt::format("{}: {} answers with status {} and no DSM", call.doing,
                                                                 connection_.origin(), response->status),
                                             .hint = {}}});
  }
  if (!answer->refusal) return answer->data;
  const int code = answer->refusal->code;
  if (call.ends_session && sessionLost(code)) close();
  return std::unexpected(Failure{.error = explainCall(call.doing, *answer->refusal, call.ec_key), .code = code});
}

Result<std::vector<Entry>> WebApi::list() {
  const Call call{.api = kList,
                  .method = "list",
                  .doing = "listing the certificates",
                  .query = {},
                  .body = fmt::format("api={}&method=list&version=1", kList)};
  bool logged_in_again = false;
  bool discovered_again = false;
  for (int attempt = 1;; ++attempt) {
    const auto data = once(call);
    if (data) return readList(*data);
    const Error& error = data.error().error;
    if (!session_) {
      if (logged_in_again) return std::unexpected(error);
      logged_in_again = true;
      ports_.log.debug("{}; logging in again", error.what);
      if (auto opened = open(kReloginPatience); !opened) return std::unexpected(opened.error());
      continue;
    }
    const int code = data.error().code;
    if (code == kNoSuchApi && !discovered_again) {
      // DSM may have moved the path, as an update does.
      discovered_again = true;
      auto discovered = discover(connection_, ports_, kReloginPatience);
      if (!discovered) return std::unexpected(discovered.error());
      discovery_ = std::move(*discovered);
      continue;
    }
    const bool passing = error.code == ErrorCode::Unreachable || error.code == ErrorCode::AnswerLost || busy(code);
    if (!passing || attempt == (code == kUnknownError ? 2 : kMostReads)) return std::unexpected(error);
    if (!ports_.clock.sleepFor(kBusyWait, ports_.stop)) return fail(ErrorCode::Stopped, "stopped while asking DSM");
  }
}

/// What is good to know and no reason to fail: null when DSM has no such API or does not answer.
Json WebApi::tell(std::string_view api, std::string_view method) {
  if (!session_ || !discovery_.apis.contains(std::string(api))) return nullptr;
  auto data = once({.api = api,
                    .method = method,
                    .doing = "asking where DSM answers https",
                    .query = {},
                    .body = fmt::format("api={}&method={}&version=1", api, method),
                    .ends_session = false});
  if (data) return std::move(*data);
  ports_.log.debug("{}", data.error().error.what);
  return nullptr;
}

bool WebApi::refusesEcKeys() const {
  const auto login = discovery_.apis.find("SYNO.API.Auth");
  return login != discovery_.apis.end() && login->second.max_version < kLoginOfDsm7;
}

WebServer WebApi::webServer() {
  const std::string& host = connection_.base().host;
  if (!web_server_) {
    const auto connected = connection_.base().scheme == "https" ? std::optional(connection_.base().port) : std::nullopt;
    web_server_ = readWebServer(settings_, tell(kPages, "get"), tell(kProxy, "list"), connected);
  }
  web_server_->address = connection_.address();
  web_server_->server_name = !isAddressLiteral(host) && !isLoopback(host) ? host : std::string();
  return *web_server_;
}

/// A call that changes something: whatever leaves its fate open is AnswerLost, for the caller to look; a session that had
/// ended did nothing and is Unreachable.
Result<Json> WebApi::change(const Call& call) {
  auto data = once(call);
  if (data) return std::move(*data);
  auto& [error, code] = data.error();
  if (sessionLost(code)) {
    error.code = ErrorCode::Unreachable;
  } else if (error.code == ErrorCode::Unreachable || busy(code)) {
    error.code = ErrorCode::AnswerLost;
  }
  return std::unexpected(std::move(error));
}

/// As `change`, sent once more where the session had ended.
Result<Json> WebApi::changeInFreshSession(const Call& call) {
  auto data = change(call);
  if (data || data.error().code != ErrorCode::Unreachable) return data;
  ports_.log.debug("{}; logging in again", data.error().what);
  if (auto opened = open(kReloginPatience); !opened) return std::unexpected(opened.error());
  data = change(call);
  if (!data && data.error().code == ErrorCode::Unreachable) data.error().code = ErrorCode::BadAnswer;
  return data;
}

Result<std::string> WebApi::import(const ImportOrder& order, const ImportFiles& files) {
  auto form = importForm(order, files, "sidecert" + hex(crypto::randomOctets(16)));
  const auto data = change({.api = kCertificate,
                            .method = "import",
                            .doing = "importing the certificate",
                            .query = fmt::format("&api={}&method=import&version=1", kCertificate),
                            .content_type = std::move(form.content_type),
                            .body = std::move(form.body),
                            .limit = kChangeLimit,
                            .ec_key = files.ec_key});
  if (!data) return std::unexpected(data.error());
  return textOf(*data, "id");
}

Result<> WebApi::assign(const std::vector<Move>& moves) {
  std::string settings;
  for (const auto& move : moves) {
    settings += fmt::format(R"({}{{"service":{},"old_id":{},"id":{}}})", settings.empty() ? "" : ",", move.service.verbatim,
                            quoted(move.from), quoted(move.to));
  }
  const auto data = changeInFreshSession(
      {.api = kService,
       .method = "set",
       .doing = "assigning services to the certificate",
       .query = {},
       .body = fmt::format("api={}&method=set&version=1&settings={}", kService, formEncode("[" + settings + "]")),
       .limit = kChangeLimit});
  if (!data) return std::unexpected(data.error());
  return {};
}

Result<> WebApi::makeDefault(const std::string& id, const std::string& description) {
  const auto data =
      changeInFreshSession({.api = kList,
                            .method = "set",
                            .doing = "making the certificate the default",
                            .query = {},
                            .body = fmt::format("api={}&method=set&version=1&id={}&desc={}&as_default=true", kList,
                                                formEncode(quoted(id)), formEncode(quoted(description))),
                            .limit = kChangeLimit});
  if (!data) return std::unexpected(data.error());
  return {};
}

}  // namespace sidecert::dsm
