#include "support/dsm_emulator_api.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "support/dsm_emulator_encryption.h"
#include "support/dsm_emulator_x509.h"

namespace sidecert::testing::emulator {
namespace {

constexpr std::string_view kInfo = "SYNO.API.Info";
constexpr std::string_view kAuth = "SYNO.API.Auth";
constexpr std::string_view kEncryption = "SYNO.API.Encryption";
constexpr std::string_view kUiConfig = "SYNO.API.Auth.UIConfig";  // what the login page asks first
constexpr std::string_view kCertificate = "SYNO.Core.Certificate";
constexpr std::string_view kCrt = "SYNO.Core.Certificate.CRT";
constexpr std::string_view kDsmInfo = "SYNO.DSM.Info";
constexpr std::string_view kService = "SYNO.Core.Certificate.Service";
constexpr std::string_view kWebDsm = "SYNO.Core.Web.DSM";
constexpr std::string_view kReverseProxy = "SYNO.Core.AppPortal.ReverseProxy";

constexpr const char* kEntry = "entry.cgi";

struct ApiEntry {
  std::string path;
  int max_version = 1;
  std::string older_path = {};  // answered as well
  int min_version = 1;
};

// DSM 6 has a file for each of its oldest APIs. On DSM 7 all are in entry.cgi, and the old files still answer.
std::map<std::string, ApiEntry> apisOf(const DsmBehaviour& behaviour) {
  const bool seven = behaviour.auth_path == kEntry;
  std::map<std::string, ApiEntry> all{
      {std::string(kAuth), {behaviour.auth_path, behaviour.auth_max_version, behaviour.older_auth_path}}};
  all[std::string(kInfo)] = seven ? ApiEntry{kEntry, 1, "query.cgi"} : ApiEntry{"query.cgi", 1, kEntry};
  all[std::string(kEncryption)] = seven ? ApiEntry{kEntry, 1, "encryption.cgi"} : ApiEntry{"encryption.cgi"};
  if (seven) all[std::string(kUiConfig)] = {kEntry};
  // Some neighbours beside those that matter: a client has to pick.
  for (const char* name : {"SYNO.Core.Certificate", "SYNO.Core.Certificate.CRT", "SYNO.Core.Certificate.CSR",
                           "SYNO.Core.Certificate.LetsEncrypt", "SYNO.Core.Certificate.LetsEncrypt.Account",
                           "SYNO.Core.Certificate.Service", "SYNO.Core.Certificate.Tencent", "SYNO.Core.CurrentConnection",
                           "SYNO.Core.Package", "SYNO.Core.System", "SYNO.Core.Upgrade", "SYNO.FileStation.List"}) {
    all[name] = {kEntry};
  }
  all[std::string(kDsmInfo)] = {kEntry, 2, {}, 2};
  if (behaviour.tells_web_ports) {
    all[std::string(kWebDsm)] = {kEntry, 2};
    all[std::string(kReverseProxy)] = {kEntry};
  }
  return all;
}

std::string randomBase64Url(std::size_t octets) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const std::string hex = randomHex(octets);
  std::string text;
  unsigned bits = 0;
  unsigned pending = 0;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    pending = (pending << 8U) | static_cast<unsigned>(std::stoul(hex.substr(i, 2), nullptr, 16));
    for (bits += 8; bits >= 6; bits -= 6) text += kAlphabet[(pending >> (bits - 6)) & 63U];
  }
  if (bits > 0) text += kAlphabet[(pending << (6 - bits)) & 63U];
  return text;
}

int numberOf(const std::string& text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : 0;
}

// What SYNO.API.Info is asked for: a list of names, of which one that ends in a dot stands for all that begin so. Without a
// list, and for the word "all", it tells everything. Source: the guide; py-synologydsm-api and syno-cli send no list.
bool isAskedFor(std::string_view name, std::string_view list) {
  if (list.empty() || list == "all" || list == "ALL") return true;
  while (!list.empty()) {
    const auto each = list.substr(0, list.find(','));
    list.remove_prefix(std::min(each.size() + 1, list.size()));
    if (each == name || (each.ends_with('.') && name.starts_with(each))) return true;
  }
  return false;
}

bool changesSomething(const ApiCall& call) {
  return call.method != "list" && call.method != "export" && call.method != "get";
}

std::string unquoted(std::string text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  return text;
}

}  // namespace

ApiCall readApiCall(const HttpCall& http, const DsmBehaviour& behaviour, std::chrono::sys_seconds now) {
  ApiCall call{.path = http.path, .parameters = readForm(http.query)};
  const Parameters query = call.parameters;
  const std::string type = http.header("Content-Type");
  if (type.starts_with("multipart/")) {
    call.multipart = true;
    if (auto parts = readMultipart(type, http.body, behaviour.refuses_odd_file_names)) {
      call.parts = std::move(*parts);
      for (const auto& part : call.parts) {
        if (!part.file_name) call.parameters.emplace_back(part.name, part.content);
      }
    } else {
      call.fault = parts.error();
    }
  } else {
    for (auto& pair : readForm(http.body)) call.parameters.push_back(std::move(pair));
  }
  if (const std::string* sealed = emulator::find(call.parameters, kCipherKey)) {
    for (auto& pair : openSealed(*sealed, now).value_or(Parameters())) call.parameters.push_back(std::move(pair));
  }
  call.api = valueOf(call.parameters, "api");
  call.method = valueOf(call.parameters, "method");
  call.version = numberOf(valueOf(call.parameters, "version"));
  const bool in_body = !changesSomething(call) || (behaviour.takes_session_in_form && !call.multipart);
  const Parameters& sid_from = in_body ? call.parameters : query;
  call.credentials = {.sid = valueOf(sid_from, "_sid"), .syno_token = http.header("X-SYNO-TOKEN"), .client = http.client};
  if (call.credentials.sid.empty()) call.credentials.sid = http.cookie("id");
  if (call.credentials.syno_token.empty()) call.credentials.syno_token = valueOf(sid_from, "SynoToken");
  call.did_cookie = http.cookie("did");
  return call;
}

ApiAnswer Api::answer(const ApiCall& call, const DsmBehaviour& behaviour, std::chrono::sys_seconds now) {
  const auto refused = [&](int code) { return ApiAnswer{.outcome = {.code = code, .story = call.api + " " + call.method}}; };
  if (call.fault && call.api.empty()) return refused(108);
  if (call.api.empty() || call.method.empty() || call.version == 0) return refused(101);
  const auto apis = apisOf(behaviour);
  const auto known = apis.find(call.api);
  // The name of the API may follow the file: /webapi/entry.cgi/SYNO.API.Auth.UIConfig
  const std::string below = call.path.substr(std::string_view("/webapi/").size());
  const std::string file = below.substr(0, below.find('/'));
  if (known == apis.end() || (file != known->second.path && file != known->second.older_path)) return refused(102);
  if (call.version > known->second.max_version || call.version < known->second.min_version) return refused(104);
  if (call.api == kInfo) return call.method == "query" ? ApiAnswer{.outcome = discover(call, behaviour)} : refused(103);
  if (call.api == kAuth) return authenticate(call, behaviour, now);
  if (call.api == kEncryption) {
    if (call.method != "getinfo") return refused(103);
    const bool as_module = unquoted(valueOf(call.parameters, "format")) == "module";
    return {.outcome = {.data = encryptionInfo(as_module, now), .story = "the key for sealing a login"}};
  }
  if (call.api == kUiConfig) {
    if (call.method != "get") return refused(103);
    // A public key for the handshake of browsers. The emulator takes part no further: its logins carry no ik_message then.
    return {.outcome = {.data = Json::object(), .story = "the login page's settings"},
            .headers = {{"Set-Cookie", "_SSID=" + randomBase64Url(32) + "; path=/"}}};
  }
  if (call.api == kWebDsm || call.api == kReverseProxy) return webServer(call, behaviour, now);
  return call.api == kDsmInfo ? describe(call, behaviour, now) : certificates(call, behaviour, now);
}

Outcome Api::discover(const ApiCall& call, const DsmBehaviour& behaviour) const {
  const std::string wanted = unquoted(valueOf(call.parameters, "query"));
  Json data = Json::object();
  for (const auto& [name, entry] : apisOf(behaviour)) {
    if (!isAskedFor(name, wanted)) continue;
    data[name] = {{"maxVersion", entry.max_version}, {"minVersion", entry.min_version}, {"path", entry.path}};
    if (entry.path == kEntry && name != kAuth) data[name]["requestFormat"] = "JSON";
  }
  return {.data = std::move(data), .story = "discovery from " + call.credentials.client};
}

// Any login may ask for it, with a token or without.
ApiAnswer Api::describe(const ApiCall& call, const DsmBehaviour& behaviour, std::chrono::sys_seconds now) {
  const std::string story = "the kind of NAS";
  if (call.method != "getinfo") return {.outcome = {.code = 103, .story = story}};
  const auto session = auth.recognize(call.credentials, behaviour, now);
  if (!session) return {.outcome = {.code = session.error(), .story = story}};
  return {.outcome = {.data = {{"codepage", "enu"},
                               {"model", "DS920+"},
                               {"ram", 4096},
                               {"serial", "0000XXX000000"},
                               {"temperature", 40},
                               {"temperature_warn", false},
                               {"uptime", 86400},
                               {"version", behaviour.version_string.substr(behaviour.version_string.find('-') + 1)},
                               {"version_string", behaviour.version_string}},
                      .story = story}};
}

ApiAnswer Api::authenticate(const ApiCall& call, const DsmBehaviour& behaviour, std::chrono::sys_seconds now) {
  if (call.method == "logout") {
    const std::string sid = valueOf(call.parameters, "_sid");
    auth.logout(sid.empty() ? call.credentials.sid : sid);
    return {.outcome = {.story = "logout from " + call.credentials.client}};
  }
  if (call.method != "login" || call.version < behaviour.first_login_version)
    return {.outcome = {.code = 103, .story = "SYNO.API.Auth " + call.method}};
  ApiAnswer answer{.outcome =
                       auth.login(call.parameters, call.version, call.credentials.client, call.did_cookie, behaviour, now)};
  // An empty reply to a browser's handshake would be a broken one.
  if (answer.outcome.code == 0 && emulator::find(call.parameters, "ik_message") != nullptr)
    answer.outcome.data.erase("ik_message");
  if (answer.outcome.code == 0 && valueOf(call.parameters, "format") != "sid") {
    answer.headers.emplace_back("Set-Cookie", "id=" + answer.outcome.data["sid"].get<std::string>() + "; path=/; HttpOnly");
  }
  return answer;
}

ApiAnswer Api::certificates(const ApiCall& call, const DsmBehaviour& behaviour, std::chrono::sys_seconds now) {
  const bool exists = (call.api == kCertificate && (call.method == "import" || call.method == "export")) ||
                      (call.api == kCrt && (call.method == "list" || call.method == "set" || call.method == "delete")) ||
                      (call.api == kService && call.method == "set");
  const std::string story = call.api + " " + call.method;
  if (!exists) return {.outcome = {.code = 103, .story = story}};
  const auto session = auth.admit(call.credentials, changesSomething(call), behaviour, now);
  if (!session) return {.outcome = {.code = session.error(), .story = story}};
  if (behaviour.changes_need_v7_login && changesSomething(call) && (*session)->auth_version < 7) {
    return {.outcome = {.code = 105, .story = story}};
  }
  if (call.method == "import") return {.outcome = import(call, behaviour)};
  if (call.method == "list") {
    return {.outcome = {.data = {{"certificates", store.list(behaviour)}}, .story = "list of certificates"}};
  }
  if (call.method == "delete") return {.outcome = store.remove(call.parameters)};
  if (call.method == "export") {
    auto zip = store.archive(unquoted(valueOf(call.parameters, "id")));
    if (!zip) return {.outcome = {.code = 5503, .story = story}};
    return {.outcome = {.story = "export of a certificate"}, .file = std::move(zip)};
  }
  return {.outcome =
              call.api == kCrt ? store.set(call.parameters, behaviour) : store.setServices(call.parameters, behaviour)};
}

// Source: what public clients read there. Version 2 of SYNO.Core.Web.DSM leaves enable_https and enable_hsts out.
ApiAnswer Api::webServer(const ApiCall& call, const DsmBehaviour& behaviour, std::chrono::sys_seconds now) {
  const std::string story = call.api + " " + call.method;
  if (call.method != (call.api == kWebDsm ? "get" : "list")) return {.outcome = {.code = 103, .story = story}};
  if (const auto session = auth.admit(call.credentials, false, behaviour, now); !session)
    return {.outcome = {.code = session.error(), .story = story}};
  if (call.api == kReverseProxy) {
    Json entries = Json::array();
    for (const DsmService& rule : store.proxyRules()) {
      entries.push_back({{"UUID", rule.service},
                         {"description", rule.display_name},
                         {"frontend", {{"acl", nullptr}, {"fqdn", rule.display_name}, {"port", web.proxy}, {"protocol", 1}}},
                         {"backend", {{"fqdn", "localhost"}, {"port", 8080}, {"protocol", 0}}}});
    }
    return {.outcome = {.data = {{"entries", std::move(entries)}}, .story = "the reverse proxy's rules"}};
  }
  Json data{{"enable_avahi", true},
            {"enable_custom_domain", false},
            {"enable_https_redirect", behaviour.redirect_to_https},
            {"enable_spdy", true},
            {"enable_ssdp", true},
            {"fqdn", nullptr},
            {"http_port", web.http},
            {"https_port", behaviour.told_https_port.value_or(web.https)}};
  if (call.version == 1) {
    data["enable_https"] = true;
    data["enable_hsts"] = false;
  }
  return {.outcome = {.data = std::move(data), .story = "where DSM's web server listens"}};
}

Outcome Api::import(const ApiCall& call, const DsmBehaviour& behaviour) {
  if (call.fault || !call.multipart) {
    Outcome bad{.code = 108, .story = "import of a certificate"};
    if (call.fault == UploadFault::OddFileName) bad.errors = {{"upload_err", -8}};
    imports.push_back({.code = bad.code});
    return bad;
  }
  DsmImport record;
  for (const auto& part : call.parts) {
    record.parts.push_back({part.name, part.file_name, part.name == "key" ? "" : part.content});
  }
  const Outcome outcome = store.import(call.parts, behaviour, record.id);
  record.code = outcome.code;
  imports.push_back(std::move(record));
  return outcome;
}

HttpReply render(const ApiAnswer& answer, const DsmBehaviour& behaviour) {
  HttpReply reply{.content_type = behaviour.content_type, .headers = answer.headers};
  if (answer.file) {
    reply.content_type = "application/octet-stream";
    reply.body = *answer.file;
    return reply;
  }
  const Outcome& outcome = answer.outcome;
  Json body{{"success", outcome.code == 0}};
  if (outcome.code == 0 && !outcome.data.is_null()) body["data"] = outcome.data;
  if (outcome.code != 0) {
    body["error"] = {{"code", outcome.code}};
    if (!outcome.errors.is_null()) body["error"]["errors"] = outcome.errors;
    if (outcome.code == 119) reply.headers.emplace_back("x-request-error", "unauth");
  }
  reply.body = body.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  return reply;
}

}  // namespace sidecert::testing::emulator
