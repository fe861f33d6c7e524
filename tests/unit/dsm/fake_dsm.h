// A DSM in a few lines behind ScriptedHttp: login, list, import, services. It keeps count, and a test can make any call
// answer otherwise. The real behaviour is tested against the emulator; this one is for what a test has to steer exactly.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "base/file_system.h"
#include "base/ports.h"
#include "crypto/x509.h"
#include "dsm/deployment.h"
#include "fixtures.h"
#include "support/manual_clock.h"
#include "support/memory_log.h"
#include "support/scripted_http.h"

namespace sidecert::testing {

inline crypto::Certificate certificateOf(std::string_view pem) {
  return crypto::parseChain(pem)->front();
}

inline std::string listedTime(TimePoint when) {
  static constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(when);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(when - day));
  return fmt::format("{} {:>2} {:02}:{:02}:{:02} {} GMT", kMonths[static_cast<unsigned>(date.month()) - 1],
                     static_cast<unsigned>(date.day()), time.hours().count(), time.minutes().count(), time.seconds().count(),
                     static_cast<int>(date.year()));
}

inline nlohmann::ordered_json serviceObject(const std::string& name, const std::string& subscriber,
                                            const std::string& service) {
  return {{"service", service}, {"display_name", name}, {"owner", "root"}, {"isPkg", false}, {"subscriber", subscriber}};
}

inline nlohmann::ordered_json entryObject(const std::string& id, const std::string& description, std::string_view pem,
                                          bool is_default = false) {
  const auto leaf = certificateOf(pem);
  return {{"desc", description},
          {"id", id},
          {"is_broken", false},
          {"is_default", is_default},
          {"issuer", {{"common_name", "Test CA"}}},
          {"renewable", false},
          {"services", nlohmann::ordered_json::array()},
          {"subject", {{"common_name", "home.example"}, {"sub_alt_name", leaf.dnsNames()}}},
          {"valid_from", listedTime(leaf.notBefore())},
          {"valid_till", listedTime(leaf.notAfter())}};
}

struct FakeDsm {
  ScriptedHttp http;
  ManualClock clock;
  MemoryLog log;
  PosixFileSystem files;
  std::stop_source stop;
  nlohmann::ordered_json entries = nlohmann::ordered_json::array();
  int auth_version = 7;
  nlohmann::ordered_json web{{"http_port", 5000}, {"https_port", 5001}, {"enable_https", true}};  // null: not told
  std::map<std::string, int> count;                      // calls by "method", as login or import
  std::map<std::string, std::vector<HttpRequest>> seen;  // by method
  /// Answers instead of DSM when it gives one; "after" effects are the test's own.
  std::function<std::optional<Result<HttpResponse>>(const std::string& method, const HttpRequest&)> instead;

  FakeDsm() {
    http.always([this](const HttpRequest& request) { return handle(request); });
  }

  [[nodiscard]] Ports ports() { return {clock, http, files, Log(log), stop.get_token()}; }

  static HttpResponse json(const nlohmann::ordered_json& data) {
    return {.status = 200,
            .headers = {},
            .body = nlohmann::ordered_json{{"success", true}, {"data", data}}.dump(),
            .peer_sha256 = {}};
  }
  static HttpResponse refusal(int code, const std::string& errors = "{}") {
    return {.status = 200,
            .headers = {},
            .body = fmt::format(R"({{"success":false,"error":{{"code":{},"errors":{}}}}})", code, errors),
            .peer_sha256 = {}};
  }

  static std::string methodOf(const HttpRequest& request) {
    for (const std::string& text : {request.url, request.body}) {
      const auto at = text.find("method=");
      if (at == std::string::npos) continue;
      const auto end = text.find('&', at);
      return text.substr(at + 7, end == std::string::npos ? std::string::npos : end - at - 7);
    }
    return {};
  }

  /// What the form of a login or a set says.
  static std::string field(const HttpRequest& request, const std::string& name) {
    const std::string body = "&" + request.body;
    const auto at = body.find("&" + name + "=");
    if (at == std::string::npos) return "(absent)";
    const auto begin = at + name.size() + 2;
    return percentDecode(body.substr(begin, body.find('&', begin) - begin)).value_or("(broken)");
  }

  static std::string part(const HttpRequest& request, const std::string& name) {
    const auto at = request.body.find("name=\"" + name + "\"");
    if (at == std::string::npos) return "(absent)";
    const auto begin = request.body.find("\r\n\r\n", at) + 4;
    return request.body.substr(begin, request.body.find("\r\n--", begin) - begin);
  }

  void doImport(const HttpRequest& request, std::string_view pem = kOurLeaf) {
    const std::string id = part(request, "id");
    for (auto& entry : entries) {
      if (entry["id"] != id) continue;
      auto services = entry["services"];
      const bool is_default = part(request, "as_default") == "true";
      entry = entryObject(id, part(request, "desc"), pem, is_default);
      entry["services"] = services;
      return;
    }
    entries.push_back(entryObject("fresh1", part(request, "desc"), pem, part(request, "as_default") == "true"));
  }

  Result<HttpResponse> handle(const HttpRequest& request) {
    const std::string method = methodOf(request);
    ++count[method];
    seen[method].push_back(request);
    if (instead) {
      if (auto answer = instead(method, request)) return *answer;
    }
    if (method == "query") {
      nlohmann::ordered_json apis{
          {"SYNO.API.Auth", {{"maxVersion", auth_version}, {"minVersion", 1}, {"path", "entry.cgi"}}}};
      if (!web.is_null()) apis["SYNO.Core.Web.DSM"] = {{"maxVersion", 2}, {"minVersion", 1}, {"path", "entry.cgi"}};
      return json(apis);
    }
    if (method == "get") return json(web);
    if (method == "login") return json({{"sid", "the-sid"}, {"synotoken", "the-token"}, {"is_portal_port", false}});
    if (method == "list") return json({{"certificates", entries}});
    if (method == "import") {
      doImport(request);
      return json({{"id", part(request, "id")}, {"restart_httpd", true}});
    }
    if (method == "set") {
      for (const auto& move : nlohmann::ordered_json::parse(field(request, "settings"))) {
        for (auto& entry : entries) {
          if (entry["id"] == move["old_id"]) {
            auto kept = nlohmann::ordered_json::array();
            for (const auto& service : entry["services"]) {
              if (service != move["service"]) kept.push_back(service);
            }
            entry["services"] = kept;
          }
          if (entry["id"] == move["id"]) entry["services"].push_back(move["service"]);
        }
      }
    }
    return json(nullptr);
  }
};

inline config::NasSettings nasSettings() {
  config::NasSettings nas;
  nas.host = "127.0.0.1";
  nas.username = "certadmin";
  nas.password = Secret("p&ss +wörd%$");
  nas.certificate = "home";
  return nas;
}

inline dsm::Material ourMaterial() {
  return {.leaf = certificateOf(kOurLeaf),
          .leaf_pem = std::string(kOurLeaf),
          .chain_pem = std::string(kIssuer),
          .key_pem = Secret(std::string(kOurKey))};
}

}  // namespace sidecert::testing
