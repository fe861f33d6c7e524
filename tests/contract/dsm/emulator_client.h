// A bare client of the DSM emulator: it knows the wire and nothing else, so that the emulator is not judged by the program
// it is there to judge.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "base/http/poco_http.h"
#include "support/dsm_emulator.h"
#include "support/effort.h"
#include "support/manual_clock.h"
#include "support/memory_log.h"
#include "support/test_ca.h"

namespace sidecert::testing {

using Json = nlohmann::json;
using Fields = std::vector<std::pair<std::string, std::string>>;

struct UploadPart {
  std::string name;
  std::string content;
  std::string file_name = {};  // empty: a text part
};

class EmulatorClient {
 public:
  explicit EmulatorClient(const DsmEmulator& emulator, bool https = false)
      : base_(https ? emulator.httpsUrl() : emulator.httpUrl()), http_(makePocoHttp({}, Log(log_)).value()) {}

  static std::string form(const Fields& fields) {
    std::string text;
    for (const auto& [name, value] : fields) text += (text.empty() ? "" : "&") + name + "=" + formEncode(value);
    return text;
  }

  Result<HttpResponse> send(HttpRequest request) {
    request.url = base_ + request.url;
    request.tls.mode = TlsTrust::Mode::Anything;
    return http_->send(request, testing::effort());
  }

  Result<HttpResponse> get(const std::string& target) { return send({.url = target}); }

  Json post(const std::string& target, const Fields& fields) {
    HttpRequest request{.method = "POST", .url = target, .body = form(fields)};
    request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    if (!token.empty()) request.headers.add("X-SYNO-TOKEN", token);
    return read(send(request));
  }

  /// SYNO.API.Auth login; keeps sid and token when it went well. @returns the whole envelope
  Json login(Fields extra = {}, int version = 7, const std::string& path = "entry.cgi") {
    Fields fields{{"api", "SYNO.API.Auth"}, {"version", std::to_string(version)}, {"method", "login"}, {"format", "sid"}};
    if (!given(extra, "account")) extra.emplace_back("account", DsmAccount{}.name);
    if (!given(extra, "passwd")) extra.emplace_back("passwd", DsmAccount{}.password);
    if (!given(extra, "enable_syno_token")) extra.emplace_back("enable_syno_token", "yes");
    for (auto& field : extra) fields.push_back(std::move(field));
    token.clear();
    Json answer = post("/webapi/" + path, fields);
    if (answer.value("success", false)) {
      sid = answer["data"]["sid"].get<std::string>();
      token = answer["data"].value("synotoken", "");
    }
    return answer;
  }

  std::string entry() const { return "/webapi/entry.cgi?" + form({{"_sid", sid}, {"SynoToken", token}}); }

  Json call(const std::string& api, const std::string& method, const Fields& extra = {}) {
    Fields fields{{"api", api}, {"version", "1"}, {"method", method}};
    fields.insert(fields.end(), extra.begin(), extra.end());
    return post(entry(), fields);
  }

  Json list() { return call("SYNO.Core.Certificate.CRT", "list"); }

  Json listed(const std::string& id) {
    const Json all = list();
    for (const auto& each : all.value("/data/certificates"_json_pointer, Json::array())) {
      if (each["id"] == id) return each;
    }
    return nullptr;
  }

  static constexpr const char* kBoundary = "----------------------------sidecert";

  static std::string multipart(const std::vector<UploadPart>& parts) {
    std::string body;
    for (const auto& part : parts) {
      body += std::string("--") + kBoundary + "\r\nContent-Disposition: form-data; name=\"" + part.name + "\"";
      if (!part.file_name.empty()) {
        body += "; filename=\"" + part.file_name + "\"\r\nContent-Type: application/octet-stream";
      }
      body += "\r\n\r\n" + part.content + "\r\n";
    }
    return body + "--" + kBoundary + "--\r\n";
  }

  Result<HttpResponse> upload(const std::string& body,
                              const std::string& type = std::string("multipart/form-data; boundary=") + kBoundary) {
    HttpRequest request{
        .method = "POST", .url = entry() + "&api=SYNO.Core.Certificate&method=import&version=1", .body = body};
    request.headers.add("Content-Type", type);
    request.headers.add("X-SYNO-TOKEN", token);
    return send(request);
  }

  Json import(const std::vector<UploadPart>& parts) { return read(upload(multipart(parts))); }

  static std::vector<UploadPart> parts(const TestCertificate& made, const std::string& id = "",
                                       const std::string& description = "home") {
    return {{"key", made.key_pem, "key.pem"},
            {"cert", made.pem, "cert.pem"},
            {"inter_cert", made.chain, "chain.pem"},
            {"id", id},
            {"desc", description}};
  }

  static Json read(const Result<HttpResponse>& answer) {
    if (!answer) return {{"lost", describe(answer.error())}};
    return Json::parse(answer->body, nullptr, false);
  }

  static int code(const Json& envelope) {
    return envelope.value("success", false) ? 0 : envelope.value("/error/code"_json_pointer, -1);
  }

  std::string sid;
  std::string token;

 private:
  static bool given(const Fields& fields, std::string_view name) {
    return std::ranges::any_of(fields, [&](const auto& field) { return field.first == name; });
  }

  std::string base_;
  MemoryLog log_;
  std::unique_ptr<HttpTransport> http_;
};

/// A chain of leaf and intermediate, RSA by default as DSM 6 wants it.
inline TestCertificate madeFor(const std::string& name, crypto::KeyType type = crypto::KeyType::Rsa2048) {
  static const TestCa root;
  static const TestCa intermediate = root.intermediate();
  return intermediate.issue({.names = {name, "*." + name}, .common_name = name, .key_type = type});
}

}  // namespace sidecert::testing
