#include "dsm/discovery.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "dsm/envelope.h"
#include "dsm/reach.h"

namespace sidecert::dsm {

namespace {

constexpr std::string_view kQuery =
    "/webapi/query.cgi?api=SYNO.API.Info&version=1&method=query&query=SYNO.API.Auth,SYNO.Core.Certificate,"
    "SYNO.Core.Certificate.CRT,SYNO.Core.Certificate.Service,SYNO.Core.Web.DSM,SYNO.Core.AppPortal.ReverseProxy";
constexpr std::string_view kAuth = "SYNO.API.Auth";
constexpr std::string_view kNoDsmHint =
    "check that SYNO_HOSTNAME and SYNO_PORT lead to DSM itself, not to another program or proxy";
constexpr Duration kStep{5'000};
constexpr Duration kInfoLimit{30'000};
constexpr int kMostRedirects = 2;

/// What is worth waiting for carries `starting`; anything else is final.
struct Failure {
  Error error;
  bool starting = false;
};

std::unexpected<Failure> final(ErrorCode code, std::string what, std::string hint) {
  return std::unexpected(Failure{.error = {.code = code, .what = std::move(what), .hint = std::move(hint)}});
}

/// The transport says so in words; a NAS that is starting has a name all the same.
bool isUnknownName(const Error& error) {
  return error.code == ErrorCode::Unreachable && error.what.contains("does not resolve");
}

std::string unknownNameHint(const std::string& host) {
  if (host.ends_with(".local")) {
    return ".local names are unknown in containers: set SYNO_HOSTNAME to the NAS's address, or to localhost with "
           "network_mode: host";
  }
  return "check SYNO_HOSTNAME, or set it to the NAS's address";
}

std::string unreachableHint(const Connection& connection) {
  if (isLoopback(connection.base().host)) {
    return "is SYNO_PORT DSM's port, and does the container run with network_mode: host? In a bridge network localhost is "
           "the container itself: there set SYNO_HOSTNAME to the NAS's address";
  }
  return fmt::format("check SYNO_HOSTNAME, SYNO_PORT and SYNO_SCHEME ({} there?), and DSM's firewall",
                     connection.base().scheme);
}

/// A relative path as DSM gives it; anything that could lead elsewhere is refused.
bool isPlainPath(const std::string& path) {
  const bool plain = std::ranges::all_of(path, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '/' || c == '_' ||
           c == '-';
  });
  return plain && !path.empty() && path.front() != '/' && path.find("..") == std::string::npos;
}

std::expected<Discovery, Failure> readDiscovery(const Envelope& answer, const Connection& connection) {
  if (answer.refusal) {
    return final(ErrorCode::BadAnswer,
                 fmt::format("asking {} what it is: error {}", connection.origin(), answer.refusal->code),
                 "this does not look like DSM: check SYNO_HOSTNAME and SYNO_PORT");
  }
  Discovery discovery;
  for (const auto* const api : {"SYNO.API.Auth", "SYNO.Core.Certificate", "SYNO.Core.Certificate.CRT",
                                "SYNO.Core.Certificate.Service", "SYNO.Core.Web.DSM", "SYNO.Core.AppPortal.ReverseProxy"}) {
    const Json& described = memberOf(answer.data, api);
    const Json& version = memberOf(described, "maxVersion");
    const std::string path = textOf(described, "path");
    if (!isPlainPath(path)) continue;
    discovery.apis[api] = {.path = path, .max_version = version.is_number_integer() ? version.get<int>() : 1};
  }
  if (!discovery.apis.contains(std::string(kAuth))) {
    return final(ErrorCode::BadAnswer, fmt::format("{} knows no login API", connection.origin()),
                 "this is not DSM, or a DSM older than 6: check SYNO_HOSTNAME and SYNO_PORT");
  }
  return discovery;
}

/// @returns nothing when the redirect was adopted.
std::optional<Failure> followRedirect(Connection& connection, const HttpResponse& response, const Ports& ports) {
  const std::string location = response.headers.first("Location").value_or("");
  const auto url = parseUrl(location);
  if (!url || url->scheme != "https") {
    return Failure{{.code = ErrorCode::BadAnswer,
                    .what = fmt::format("{} sends us to \"{}\"", connection.origin(), excerpt(location, 100)),
                    .hint = "set SYNO_SCHEME, SYNO_HOSTNAME and SYNO_PORT to where DSM itself answers"}};
  }
  if (url->host != connection.base().host) {
    return Failure{{.code = ErrorCode::Settings,
                    .what = fmt::format("{} sends us to another host, {}; no password was sent", connection.origin(),
                                        excerpt(url->origin(), 100)),
                    .hint = fmt::format("if that is your NAS set SYNO_SCHEME=https, SYNO_HOSTNAME={} and SYNO_PORT={}; the "
                                        "redirect comes from DSM: Control Panel > Login Portal > DSM",
                                        excerpt(url->host, 100), url->port)}};
  }
  ports.log.info("DSM asks for https: using {}", url->origin());
  connection.adopt(*url);
  return std::nullopt;
}

std::expected<Discovery, Failure> attempt(Connection& connection, const Ports& ports) {
  for (int redirects = 0; redirects <= kMostRedirects; ++redirects) {
    HttpRequest request;
    request.total_limit = kInfoLimit;
    const auto response = connection.sendFirst(std::string(kQuery), request);
    if (!response) {
      if (response.error().what.contains("does not speak TLS")) {
        return final(ErrorCode::Settings, fmt::format("{} speaks plain http", connection.origin()),
                     "set SYNO_SCHEME=http, or SYNO_PORT to DSM's https port (5001 by default)");
      }
      Failure failure{.error = response.error(), .starting = true};
      if (isUnknownName(failure.error)) {
        return std::unexpected(Failure{.error = {.code = ErrorCode::Unreachable,
                                                 .what = failure.error.what,
                                                 .hint = unknownNameHint(connection.base().host)}});
      }
      const auto code = failure.error.code;
      failure.starting = code == ErrorCode::Unreachable || code == ErrorCode::AnswerLost || code == ErrorCode::BadAnswer;
      if (code == ErrorCode::Unreachable) failure.error.hint = unreachableHint(connection);
      if (failure.error.hint.empty()) failure.error.hint = kNoDsmHint;
      return std::unexpected(std::move(failure));
    }
    if (response->status >= 300 && response->status < 400) {
      if (auto refused = followRedirect(connection, *response, ports)) return std::unexpected(std::move(*refused));
      continue;
    }
    if (response->status == 400 && response->body.find("HTTPS port") != std::string::npos) {
      return final(ErrorCode::Settings, fmt::format("{} speaks https", connection.origin()), "set SYNO_SCHEME=https");
    }
    const auto answer = response->status == 200 ? readEnvelope(response->body) : std::nullopt;
    if (!answer) {
      return std::unexpected(Failure{
          .error = {.code = ErrorCode::BadAnswer,
                    .what = fmt::format("{} answers with status {} and no DSM", connection.origin(), response->status),
                    .hint = std::string(kNoDsmHint)},
          .starting = looksLikeStarting(*response)});
    }
    auto discovery = readDiscovery(*answer, connection);
    if (const auto date = response->headers.first("Date"); discovery && date) {
      if (const auto theirs = parseHttpDate(*date)) discovery->clock_offset = *theirs + Duration(500) - ports.clock.now();
    }
    return discovery;
  }
  return final(ErrorCode::BadAnswer, fmt::format("{} redirects again and again", connection.origin()),
               "set SYNO_SCHEME=https and SYNO_PORT to DSM's https port");
}

}  // namespace

std::string Discovery::pathOf(const std::string& api) const {
  const auto found = apis.find(api);
  return found == apis.end() ? "entry.cgi" : found->second.path;
}

bool looksLikeStarting(const HttpResponse& response) {
  return response.status >= 500 || (response.status == 200 && !readEnvelope(response.body));
}

Result<Discovery> discover(Connection& connection, const Ports& ports, Duration patience) {
  const Duration begin = ports.clock.monotonic();
  bool told = false;
  for (;;) {
    auto found = attempt(connection, ports);
    if (found) return std::move(*found);
    const Failure& failure = found.error();
    const bool time_left = ports.clock.monotonic() - begin + kStep <= patience;
    if (!failure.starting || !time_left) return within("looking for DSM", failure.error);
    if (!told) {
      ports.log.info("DSM does not answer at {} ({}); waiting up to {} in case it is starting. If it is not: {}",
                     connection.origin(), failure.error.what, toWords(patience), failure.error.hint);
      told = true;
    }
    if (!ports.clock.sleepFor(kStep, ports.stop)) return fail(ErrorCode::Stopped, "stopped while waiting for DSM");
  }
}

}  // namespace sidecert::dsm
