#include "support/pebble_server.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "base/http/poco_http.h"
#include "base/log.h"
#include "support/effort.h"
#include "support/free_address.h"
#include "support/memory_log.h"
#include "support/test_ca.h"

namespace sidecert::testing {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr int kAcmePort = 14000;
constexpr int kManagementPort = 15000;
constexpr int kDnsPort = 8053;
constexpr int kDnsManagementPort = 8055;

MemoryLog& silence() {
  static MemoryLog log(LogLevel::Error);
  return log;
}

std::string at(const std::string& address, int port) {
  return address + ":" + std::to_string(port);
}

void writeFile(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path) << text;
}

std::string program(const PebbleOptions& options, const std::string& name) {
  return "/opt/pebble/" + options.suite + "/usr/bin/" + name;
}

std::vector<std::string> dnsCommand(const PebbleOptions& options, const std::string& address) {
  std::vector<std::string> command{program(options, "pebble-challtestsrv"), "-http01", "", "-https01", "", "-tlsalpn01", ""};
  if (options.suite != "bookworm") command.insert(command.end(), {"-doh", ""});
  command.insert(command.end(), {options.suite == "sid" ? "-dnsserver" : "-dns01", at(address, kDnsPort)});
  command.insert(command.end(), {"-management", at(address, kDnsManagementPort)});
  return command;
}

std::string configuration(const PebbleOptions& options, const std::string& address) {
  json profiles = json::object();
  for (const auto& [name, seconds] : options.profiles) {
    profiles[name] = {{"description", name + " test profile"}, {"validityPeriod", seconds}};
  }
  json pebble{{"listenAddress", at(address, kAcmePort)},
              {"managementListenAddress", at(address, kManagementPort)},
              {"certificate", "cert.pem"},
              {"privateKey", "key.pem"},
              {"httpPort", 5002},
              {"tlsPort", 5001},
              {"ocspResponderURL", ""},
              {"externalAccountBindingRequired", !options.external_accounts.empty()},
              {"domainBlocklist", options.blocked_domains},
              {"caaIdentities", {"pebble.example"}},
              {"retryAfter", {{"authz", options.retry_after_authorization}, {"order", options.retry_after_order}}},
              {"profiles", profiles}};
  if (!options.external_accounts.empty()) pebble["externalAccountMACKeys"] = options.external_accounts;
  return json{{"pebble", pebble}}.dump(2);
}

}  // namespace

PebbleServer::PebbleServer(PebbleOptions options)
    : options_(std::move(options)),
      address_(freeLoopbackAddress({kAcmePort, kManagementPort, kDnsPort, kDnsManagementPort})),
      ca_file_((files_ / "ca.pem").string()) {
  writeFiles();
  http_ =
      makePocoHttp({.user_agent = "test", .trust_files = {ca_file_}, .https_proxy = {}, .http_proxy = {}, .no_proxy = {}},
                   Log(silence()))
          .value();
  if (options_.with_dns) {
    options_.dns_server = at(address_, kDnsPort);
    dns_ = std::make_unique<ChildProcess>(
        ChildProcess::Options{.command = dnsCommand(options_, address_), .environment = {}, .directory = {}});
  }
  start();
}

void PebbleServer::writeFiles() {
  const TestCa ca("Pebble's TLS");
  const TestCertificate tls = ca.issue({.names = {"localhost"}, .addresses = {address_, "127.0.0.1"}});
  writeFile(ca_file_, ca.pem());
  writeFile(certificateFile(), tls.fullChain());
  writeFile(keyFile(), tls.key_pem);
  writeFile(files_ / "pebble.json", configuration(options_, address_));
}

void PebbleServer::start() {
  std::map<std::string, std::string> environment{
      {"PEBBLE_VA_NOSLEEP", "1"}, {"PEBBLE_WFE_NONCEREJECT", "0"}, {"PEBBLE_AUTHZREUSE", "0"}};
  for (const auto& [name, value] : options_.environment) environment[name] = value;
  std::erase_if(environment, [](const auto& variable) { return variable.second.empty(); });
  pebble_ = std::make_unique<ChildProcess>(ChildProcess::Options{
      .command = {program(options_, "pebble"), "-config", "pebble.json", "-dnsserver", options_.dns_server},
      .environment = environment,
      .directory = files_.path().string()});
  for (int tries = 0; tries < 200; ++tries) {
    HttpRequest request;
    request.url = directory();
    request.headers.set("User-Agent", "test");
    HttpRequest dns;
    dns.url = "http://" + at(address_, kDnsManagementPort) + "/";
    if (http_->send(request, testing::effort()) && (!options_.with_dns || http_->send(dns, testing::effort()))) return;
    std::this_thread::sleep_for(50ms);
  }
  throw std::runtime_error("Pebble does not answer: " + pebble_->output());
}

void PebbleServer::restart() {
  pebble_.reset();
  start();
}

std::string PebbleServer::directory() const {
  return "https://" + at(address_, kAcmePort) + "/dir";
}

std::vector<std::string> PebbleServer::requests() const {
  // "Pebble 2026/11/25 09:54:45 POST /order-plz -> calling handler()"
  std::istringstream lines(output());
  std::vector<std::string> seen;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t end = line.find(" -> calling handler");
    if (end == std::string::npos) continue;
    const std::size_t path = line.rfind(' ', end - 1);
    const std::size_t method = line.rfind(' ', path - 1);
    seen.push_back(line.substr(method + 1, end - method - 1));
  }
  return seen;
}

void PebbleServer::awaitRequests(const std::string& line, std::size_t count) const {
  for (int tries = 0; tries < 1200; ++tries) {
    const auto seen = requests();
    const auto matching = std::ranges::count_if(seen, [&](const std::string& each) { return each.starts_with(line); });
    if (static_cast<std::size_t>(matching) >= count) return;
    std::this_thread::sleep_for(50ms);
  }
  throw std::runtime_error("Pebble has not logged " + line + ": " + output());
}

std::string PebbleServer::manage(const std::string& method, const std::string& url, const std::string& body) {
  HttpRequest request;
  request.method = method;
  request.url = url;
  request.headers.set("User-Agent", "test");
  request.body = body;
  const auto answer = http_->send(request, testing::effort());
  if (!answer) throw std::runtime_error(url + ": " + answer.error().what);
  if (answer->status != 200)
    throw std::runtime_error(url + ": status " + std::to_string(answer->status) + " " + answer->body);
  return answer->body;
}

void PebbleServer::setTxt(const std::string& name, const std::string& value) {
  manage("POST", "http://" + at(address_, kDnsManagementPort) + "/set-txt",
         json{{"host", name + "."}, {"value", value}}.dump());
}

void PebbleServer::clearTxt(const std::string& name) {
  manage("POST", "http://" + at(address_, kDnsManagementPort) + "/clear-txt", json{{"host", name + "."}}.dump());
}

void PebbleServer::breakName(const std::string& name) {
  manage("POST", "http://" + at(address_, kDnsManagementPort) + "/set-servfail", json{{"host", name + "."}}.dump());
}

std::size_t PebbleServer::queriesFor(const std::string& name) {
  const auto history = json::parse(
      manage("POST", "http://" + at(address_, kDnsManagementPort) + "/dns-request-history", json{{"host", name}}.dump()),
      nullptr, false);
  return history.is_array() ? history.size() : 0;
}

std::string PebbleServer::issuingRoot(int chain) {
  return manage("GET", "https://" + at(address_, kManagementPort) + "/roots/" + std::to_string(chain));
}

void PebbleServer::setRenewalInfo(const std::string& leaf_pem, const std::string& body) {
  manage("POST", "https://" + at(address_, kManagementPort) + "/set-renewal-info/",
         json{{"Certificate", leaf_pem}, {"ARIResponse", body}}.dump());
}

std::string PebbleServer::statusOf(const std::string& serial_hex) {
  const auto status = json::parse(
      manage("GET", "https://" + at(address_, kManagementPort) + "/cert-status-by-serial/" + serial_hex), nullptr, false);
  return status.is_object() ? status.value("Status", "") : "";
}

}  // namespace sidecert::testing
