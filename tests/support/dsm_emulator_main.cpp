// dsm-emulator: the DSM emulator as a program, for the demo and for tests of the whole container.
// Settings, all from the environment: DSM_ADDRESS (0.0.0.0), _HTTP_PORT (5000), _HTTPS_PORT (5001),
// _CONTROL_PORT (none), _ACCOUNT, _PASSWORD, _TOTP_SECRET (base32, none), _PROFILE (6.2, 7.2 or 7.4).
// `dsm-emulator health` asks a running one and ends with 0 when it answers.
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <fmt/format.h>
#include <signal.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

#include "crypto/built_in.h"
#include "support/dsm_emulator.h"

namespace {

using sidecert::testing::DsmEmulator;
using sidecert::testing::DsmOptions;
using sidecert::testing::DsmVersion;

std::string setting(const char* name, std::string otherwise) {
  const std::string variable = std::string("DSM_") + name;
  const char* value = std::getenv(variable.c_str());
  return value == nullptr || *value == '\0' ? std::move(otherwise) : std::string(value);
}

std::uint16_t port(const char* name, const char* otherwise) {
  const std::string text = setting(name, otherwise);
  std::uint16_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw std::invalid_argument(fmt::format("DSM_{}: \"{}\" is no port", name, text));
  }
  return value;
}

DsmVersion profile() {
  const std::map<std::string, DsmVersion> known{
      {"6.2", DsmVersion::Dsm62}, {"7.2", DsmVersion::Dsm72}, {"7.4", DsmVersion::Dsm74}};
  const std::string wanted = setting("PROFILE", "7.2");
  const auto found = known.find(wanted);
  if (found == known.end()) {
    throw std::invalid_argument("DSM_PROFILE: \"" + wanted + "\" is none of 6.2, 7.2, 7.4");
  }
  return found->second;
}

void say(const std::string& line) {
  fmt::print("dsm: {}\n", line);
  std::fflush(stdout);
}

int health() {
  Poco::Net::HTTPClientSession session("127.0.0.1", port("HTTP_PORT", "5000"));
  Poco::Net::HTTPRequest request("GET", "/emulator/log", "HTTP/1.1");
  session.sendRequest(request);
  Poco::Net::HTTPResponse response;
  session.receiveResponse(response);
  return response.getStatus() == Poco::Net::HTTPResponse::HTTP_OK ? 0 : 1;
}

int run() {
  sigset_t ends{};
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);  // before any thread is made, so that only sigwait() meets them

  DsmOptions options{.version = profile(),
                     .address = setting("ADDRESS", "0.0.0.0"),
                     .http_port = port("HTTP_PORT", "5000"),
                     .https_port = port("HTTPS_PORT", "5001"),
                     .on_line = say};
  options.accounts.front().name = setting("ACCOUNT", options.accounts.front().name);
  options.accounts.front().password = setting("PASSWORD", options.accounts.front().password);
  options.accounts.front().totp_secret = setting("TOTP_SECRET", "");
  if (!setting("CONTROL_PORT", "").empty()) options.control_port = port("CONTROL_PORT", "0");
  const DsmEmulator emulator(std::move(options));
  say(fmt::format("listening on {} and {}; the certificate page is at /", emulator.httpUrl(), emulator.httpsUrl()));
  if (emulator.controlPort() != 0) say(fmt::format("control port {}", emulator.controlPort()));
  int caught = 0;
  sigwait(&ends, &caught);
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  sidecert::crypto::useBuiltInOpenSslOnly();
  try {
    return count > 1 && std::string_view(arguments[1]) == "health" ? health() : run();
  } catch (const std::exception& problem) {
    fmt::print(stderr, "dsm-emulator: {}\n", problem.what());
    return 2;
  }
}
