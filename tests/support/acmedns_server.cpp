#include "support/acmedns_server.h"

#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "support/free_address.h"

namespace sidecert::testing {
namespace {

using nlohmann::json;

constexpr std::size_t kKept = 2;
constexpr std::size_t kValueSize = 43;  // base64url of SHA-256
constexpr unsigned kNoError = 0, kNxDomain = 3;
constexpr unsigned kA = 1, kNs = 2, kSoa = 6, kTxt = 16;

std::string octets(unsigned value, int count) {
  std::string out;
  for (int shift = 8 * (count - 1); shift >= 0; shift -= 8)
    out += static_cast<char>(value >> static_cast<unsigned>(shift) & 0xFFU);
  return out;
}

std::string onWire(const std::string& name) {
  std::string out;
  for (const std::string& label : splitList(name, ".")) out += static_cast<char>(label.size()) + label;
  return out + '\0';
}

std::string record(const std::string& owner, unsigned type, const std::string& data) {
  return onWire(owner) + octets(type, 2) + octets(1, 2) + octets(1, 4) + octets(static_cast<unsigned>(data.size()), 2) +
         data;
}

struct AskedFor {
  std::string name;  // lower case
  unsigned type = 0;
};

AskedFor questionOf(const std::string& query) {
  AskedFor asked;
  std::size_t at = 12;
  while (at < query.size() && query[at] != 0) {
    const auto length = static_cast<unsigned char>(query[at]);
    if (!asked.name.empty()) asked.name += '.';
    asked.name += query.substr(at + 1, length);
    at += length + 1U;
  }
  asked.name = lower(asked.name);
  if (at + 2 < query.size()) {
    asked.type =
        static_cast<unsigned>(static_cast<unsigned char>(query[at + 1])) << 8U | static_cast<unsigned char>(query[at + 2]);
  }
  return asked;
}

std::string uuid() {
  std::string text = hex(crypto::randomOctets(16));
  for (const std::size_t at : {8U, 13U, 18U, 23U}) text.insert(at, "-");
  return text;
}

WebAnswer jsonAnswer(int status, const json& body) {
  HttpHeaders headers;
  headers.set("Content-Type", "application/json");
  return {.status = status, .headers = headers, .body = body.dump()};
}

}  // namespace

AcmeDnsServer::AcmeDnsServer(std::string zone)
    : zone_(std::move(zone)),
      dns_([this](const std::string& query, ScriptedDns::Via) { return answerDns(query); }, freeLoopbackAddress({53}), 53),
      web_([this](const WebRequest& request) { return answer(request); }, std::nullopt, dns_.address()) {}

AcmeDnsServer::Account AcmeDnsServer::addAccount() {
  const std::string subdomain = uuid();
  Account account{.username = uuid(),
                  .password = hex(crypto::randomOctets(20)),
                  .subdomain = subdomain,
                  .full_domain = subdomain + "." + zone_};
  const std::scoped_lock lock(mutex_);
  values_[subdomain];
  accounts_[account.username] = account;
  return account;
}

std::vector<std::string> AcmeDnsServer::values(const std::string& subdomain) const {
  const std::scoped_lock lock(mutex_);
  const auto found = values_.find(subdomain);
  if (found == values_.end()) return {};
  return {found->second.begin(), found->second.end()};
}

std::vector<std::string> AcmeDnsServer::requests() const {
  const std::scoped_lock lock(mutex_);
  return requests_;
}

WebAnswer AcmeDnsServer::answer(const WebRequest& request) {
  WebAnswer out = jsonAnswer(404, {{"error", "not_found"}});
  if (request.method == "GET" && request.target == "/health") {
    out = {.status = 200, .headers = {}, .body = {}};
  } else if (request.method == "POST" && request.target == "/register") {
    const Account account = addAccount();
    out = jsonAnswer(201, {{"username", account.username},
                           {"password", account.password},
                           {"fulldomain", account.full_domain},
                           {"subdomain", account.subdomain},
                           {"allowfrom", json::array()}});
  } else if (request.method == "POST" && request.target == "/update") {
    out = update(request);
  }
  const std::scoped_lock lock(mutex_);
  requests_.push_back(request.method + " " + request.target + " " + std::to_string(out.status));
  return out;
}

WebAnswer AcmeDnsServer::update(const WebRequest& request) {
  const json body = json::parse(request.body, nullptr, false);
  if (!body.is_object()) return jsonAnswer(400, {{"error", "malformed_json_payload"}});
  const std::string subdomain = body.value("subdomain", "");
  const std::string txt = body.value("txt", "");
  const std::scoped_lock lock(mutex_);
  const auto account = accounts_.find(request.headers.first("X-Api-User").value_or(""));
  if (account == accounts_.end() || account->second.password != request.headers.first("X-Api-Key").value_or("") ||
      account->second.subdomain != subdomain) {
    return jsonAnswer(401, {{"error", "forbidden"}});
  }
  if (txt.size() != kValueSize) return jsonAnswer(400, {{"error", "bad_txt"}});
  auto& kept = values_[subdomain];
  kept.push_back(txt);
  if (kept.size() > kKept) kept.pop_front();
  return jsonAnswer(200, {{"txt", txt}});
}

std::vector<std::string> AcmeDnsServer::answerDns(const std::string& query) {
  const AskedFor asked = questionOf(query);
  const std::string soa = record(zone_, kSoa,
                                 onWire(zone_) + onWire("hostmaster." + zone_) + octets(1, 4) + octets(28800, 4) +
                                     octets(7200, 4) + octets(604800, 4) + octets(1, 4));
  std::vector<std::string> answers;
  const std::scoped_lock lock(mutex_);
  bool known = asked.name == zone_;
  if (known && asked.type == kSoa) answers.push_back(soa);
  if (known && asked.type == kNs) answers.push_back(record(zone_, kNs, onWire(zone_)));
  if (known && asked.type == kA) {
    std::string address;
    for (const std::string& part : splitList(dns_.address(), "."))
      address += static_cast<char>(parseNumber(part).value_or(0));
    answers.push_back(record(zone_, kA, address));
  }
  for (const auto& [subdomain, kept] : values_) {
    if (asked.name != subdomain + "." + zone_) continue;
    known = true;
    for (const std::string& value : kept) {
      if (asked.type == kTxt)
        answers.push_back(record(asked.name, kTxt, octets(static_cast<unsigned>(value.size()), 1) + value));
    }
  }
  std::string message = ScriptedDns::answerTo(query, known ? kNoError : kNxDomain, answers);
  if (answers.empty()) {
    message.replace(8, 2, octets(1, 2));  // NSCOUNT
    message += soa;
  }
  return {message};
}

}  // namespace sidecert::testing
