// The dispatch of the DSM emulator: which API, method and version exist, who may call them, and what they answer.
// Not safe for several threads: the emulator holds its lock around every call.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "support/dsm_emulator_auth.h"
#include "support/dsm_emulator_http.h"
#include "support/dsm_emulator_store.h"

namespace sidecert::testing::emulator {

/// A call of the web API, its parameters gathered from wherever they stood.
struct ApiCall {
  std::string path;
  std::string api;
  std::string method;
  int version = 0;
  Parameters parameters;  // query first, then form or text parts, then what was sealed (SYNO.API.Encryption)
  std::vector<Part> parts;
  bool multipart = false;
  std::optional<UploadFault> fault;
  Credentials credentials;
  std::string did_cookie;
};
[[nodiscard]] ApiCall readApiCall(const HttpCall&, const DsmBehaviour&, std::chrono::sys_seconds now);

struct ApiAnswer {
  Outcome outcome;
  std::optional<std::string> file;  // in place of the JSON envelope
  std::vector<std::pair<std::string, std::string>> headers = {};
};

/// Where the web server listens.
struct WebPorts {
  std::uint16_t http = 0;
  std::uint16_t https = 0;
  std::uint16_t proxy = 443;  // of reverse-proxy hosts
};

class Api {
 public:
  Api(std::vector<DsmAccount> accounts, std::chrono::sys_seconds now) : auth(std::move(accounts)), store(now) {}

  [[nodiscard]] ApiAnswer answer(const ApiCall&, const DsmBehaviour&, std::chrono::sys_seconds now);

  AuthDesk auth;
  CertificateStore store;
  std::vector<DsmImport> imports;
  WebPorts web;

 private:
  [[nodiscard]] Outcome discover(const ApiCall&, const DsmBehaviour&) const;
  [[nodiscard]] ApiAnswer describe(const ApiCall&, const DsmBehaviour&, std::chrono::sys_seconds now);
  [[nodiscard]] ApiAnswer authenticate(const ApiCall&, const DsmBehaviour&, std::chrono::sys_seconds now);
  [[nodiscard]] ApiAnswer certificates(const ApiCall&, const DsmBehaviour&, std::chrono::sys_seconds now);
  [[nodiscard]] ApiAnswer webServer(const ApiCall&, const DsmBehaviour&, std::chrono::sys_seconds now);
  [[nodiscard]] Outcome import(const ApiCall&, const DsmBehaviour&);
};

[[nodiscard]] HttpReply render(const ApiAnswer&, const DsmBehaviour&);

}  // namespace sidecert::testing::emulator
