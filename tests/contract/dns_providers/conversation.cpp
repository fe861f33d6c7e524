#include "contract/dns_providers/conversation.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "base/encoding.h"
#include "base/text.h"
#include "contract/dns_providers/signatures.h"
#include "crypto/digest.h"
#include "dns/providers/xml.h"
#include "support/manual_clock.h"

namespace sidecert::testing {
namespace {

const std::map<std::string, std::string> kValues = {{"first", "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"},
                                                    {"second", "x-9Lnh_aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789"},
                                                    {"stranger", "v=spf1 -all"}};

constexpr std::string_view kCode = "{code:";

void replaceAll(std::string& text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

std::string filled(std::string text, const std::map<std::string, std::string>& variables) {
  for (const auto* values : {&kValues, &variables}) {
    for (const auto& [name, value] : *values) replaceAll(text, "{" + name + "}", value);
  }
  return text;
}

std::pair<std::string, std::string> splitAt(const std::string& text, const std::string& mark) {
  const auto at = text.find(mark);
  if (at == std::string::npos) throw std::runtime_error("expected \"" + mark + "\" in: " + text);
  return {std::string(trim(text.substr(0, at))), std::string(trim(text.substr(at + mark.size())))};
}

bool looksLikeField(const std::string& line) {
  const auto colon = line.find(": ");
  return colon != std::string::npos && std::ranges::all_of(line.substr(0, colon), [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) || c == '-';
         });
}

Action readAction(const std::string& text) {
  auto words = splitList(text, " ");
  Action out;
  out.add = words.at(0) == "add";
  std::string name = words.at(1);
  for (std::size_t i = 2; i < words.size(); ++i) {
    if (words[i] == "cut") {
      out.cut = words.at(i + 1);
      break;
    }
    if (words[i] == "and") {
      name = words.at(++i);
    } else {
      out.records.push_back({name, words[i]});
    }
  }
  return out;
}

template <class Where>
void readScheme(const std::string& text, Where& into) {
  const auto words = splitList(text, " ");
  into.signed_by = words.at(0);
  into.signed_with.clear();
  for (std::size_t i = 1; i < words.size(); ++i) into.signed_with.insert(splitAt(words[i], "="));
}

bool same(const std::string& expected, const std::string& actual) {
  return expected == actual || (expected == "{any}" && !actual.empty());
}

template <class Tree>
bool sameTree(const Tree& expected, const Tree& actual) {
  if (expected.is_string() && expected == "{any}") return !actual.is_null() && actual != "";
  if (expected.type() != actual.type() || expected.size() != actual.size()) return expected == actual;
  if (expected.is_array()) {
    return std::ranges::equal(expected, actual, [](const auto& a, const auto& b) { return sameTree(a, b); });
  }
  if (!expected.is_object()) return expected == actual;
  for (const auto& [key, member] : expected.items()) {
    if (!actual.contains(key) || !sameTree(member, actual[key])) return false;
  }
  return true;
}

std::vector<std::string> pairs(const std::string& encoded) {
  auto out = splitList(encoded, "&");
  for (auto& one : out) {
    std::ranges::replace(one, '+', ' ');
    one = percentDecode(one).value_or(one);
  }
  std::ranges::sort(out);
  return out;
}

bool samePairs(const std::string& expected, const std::string& actual) {
  return std::ranges::equal(pairs(expected), pairs(actual), [](const std::string& a, const std::string& b) {
    return a == b || (a.ends_with("={any}") && b.starts_with(a.substr(0, a.size() - 5)) && b.size() >= a.size() - 4);
  });
}

bool sameBody(const std::string& expected, const HttpRequest& request) {
  if (request.headers.first("Content-Type").value_or("").starts_with("application/x-www-form-urlencoded")) {
    return samePairs(expected, request.body);
  }
  const auto left = nlohmann::json::parse(expected, nullptr, false);
  const auto right = nlohmann::json::parse(request.body, nullptr, false);
  if (!left.is_discarded() && !right.is_discarded()) return sameTree(left, right);
  const auto left_xml = dns::providers::parseXml(expected);
  const auto right_xml = dns::providers::parseXml(request.body);
  if (left_xml && right_xml) {
    return sameTree(nlohmann::json::parse(dump(*left_xml)), nlohmann::json::parse(dump(*right_xml)));
  }
  return trim(expected) == trim(request.body);
}

}  // namespace

std::vector<Scene> readConversation(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("there is no conversation " + path);
  std::vector<Scene> scenes;
  Scene common;
  std::string line;
  bool answering = false;
  while (std::getline(file, line)) {
    if (trim(line).empty() || line.starts_with('#') || line.starts_with("vendor:")) continue;
    replaceAll(line, "{here}", std::filesystem::path(path).parent_path().string());
    Scene& scene = scenes.empty() ? common : scenes.back();
    const auto rest = [&] { return std::string(trim(line.substr(line.find(':') + 1))); };
    if (line.starts_with("use:")) {
      for (const auto& name : splitList(rest(), ", ")) scene.variables[name] = "test-" + lower(name) + "-value";
    } else if (line.starts_with("set:")) {
      auto [name, value] = splitAt(rest(), " = ");
      scene.variables.insert_or_assign(name, value);
    } else if (line.starts_with("every:")) {
      const auto [name, value] = splitAt(rest(), ": ");
      scene.every.emplace_back(name, filled(value, scene.variables));
    } else if (line.starts_with("signed:")) {
      readScheme(filled(rest(), scene.variables), scene);
    } else if (line.starts_with("never shown:")) {
      scene.never_shown.push_back(rest());
    } else if (line.starts_with("use only:")) {
      scene.variables.clear();
      scene.every.clear();
      scene.signed_by.clear();
      for (const auto& name : splitList(rest(), ", ")) scene.variables[name] = "test-" + lower(name) + "-value";
    } else if (line.starts_with("scene:")) {
      scenes.push_back(common);
      scenes.back().title = rest();
    } else if (line.starts_with("do:")) {
      scene.actions.push_back(readAction(filled(rest(), scene.variables)));
    } else if (line.starts_with("expect:")) {
      scene.expect = rest();
    } else if (line.starts_with("> ") || line.starts_with("< ")) {
      const bool to_us = line.starts_with("> ");
      const std::string text = filled(line.substr(2), scene.variables);
      if (to_us && (answering || scene.exchanges.empty())) {
        scene.exchanges.emplace_back();
        std::tie(scene.exchanges.back().method, scene.exchanges.back().url) = splitAt(text, " ");
        answering = false;
        continue;
      }
      Exchange& exchange = scene.exchanges.at(scene.exchanges.size() - 1);
      if (!to_us && !answering) {
        answering = true;
        exchange.lost = text == "lost";
        if (!exchange.lost) exchange.answer.status = std::stoi(text);
      } else if (to_us && text == "Plain: yes") {
        exchange.plain = true;
      } else if (to_us && text.starts_with("Signed: ")) {
        exchange.plain = true;
        readScheme(text.substr(8), exchange);
      } else if (looksLikeField(text)) {
        const auto field = splitAt(text, ": ");
        to_us ? exchange.headers.push_back(field) : exchange.answer.headers.add(field.first, field.second);
      } else {
        (to_us ? exchange.body : exchange.answer.body) += text + "\n";
      }
    } else {
      throw std::runtime_error(path + ": cannot read: " + line);
    }
    if (line.starts_with("scene:")) answering = false;
  }
  return scenes;
}

bool isStructured(const HttpResponse& answer) {
  const auto body = trim(answer.body);
  return !body.empty() && std::string_view("{[<").contains(body.front());
}

std::string ConversationServer::difference(const Exchange& expected, const HttpRequest& sent) const {
  HttpRequest request = sent;
  const std::string& scheme = expected.plain ? expected.signed_by : scene_.signed_by;
  if (!scheme.empty()) {
    const auto& with = expected.plain ? expected.signed_with : scene_.signed_with;
    const std::string why = refusal(scheme, with, request, kTestStart);
    if (!why.empty()) return "signature: " + why;
  }
  if (fault_ == Fault::OtherCase) {
    // What the answers said in another case may come back that way; to a server both are the same.
    for (std::string* part : {&request.url, &request.body}) {
      replaceAll(*part, "_ACME-Challenge", "_acme-challenge");
      replaceAll(*part, "Example.COM", "example.com");
    }
  }
  if (request.method != expected.method) return "method " + request.method;
  const auto mark = request.url.find('?');
  const auto wanted = expected.url.find('?');
  if (request.url.substr(0, mark) != expected.url.substr(0, wanted)) return "URL " + request.url;
  const auto query = [](const std::string& url, std::size_t at) {
    return at == std::string::npos ? "" : url.substr(at + 1);
  };
  if (!samePairs(query(expected.url, wanted), query(request.url, mark))) return "query of " + request.url;
  for (const auto* fields : {&scene_.every, &expected.headers}) {
    if (expected.plain && fields == &scene_.every) continue;
    for (const auto& [name, value] : *fields) {
      if (!same(value, request.headers.first(name).value_or("")))
        return "header " + name + ": " + request.headers.first(name).value_or("(absent)");
    }
  }
  if (!bodyFits(expected.body, request)) return "body " + request.body;
  return {};
}

bool ConversationServer::bodyFits(const std::string& expected, const HttpRequest& request) const {
  const auto mark = expected.find(kCode);
  if (mark == std::string::npos) return sameBody(expected, request);
  const auto end = expected.find('}', mark);
  const std::string name = expected.substr(mark + kCode.size(), end - mark - kCode.size());
  const auto secret = fromBase32(scene_.variables.at(name));
  const std::int64_t start = std::chrono::floor<std::chrono::seconds>(kTestStart.time_since_epoch()).count();
  for (std::int64_t time = start; time < start + 600; time += 30) {
    const std::string code = crypto::totp(*secret, time);
    if (used_codes_.contains(code)) continue;
    if (!sameBody(expected.substr(0, mark) + code + expected.substr(end + 1), request)) continue;
    used_codes_.insert(code);
    return true;
  }
  return false;
}

Result<HttpResponse> ConversationServer::send(const HttpRequest& request, const Effort&) {
  auto answer = reply(request);
  if (answer && fault_ == Fault::OtherCase) {
    replaceAll(answer->body, "_acme-challenge", "_ACME-Challenge");
    replaceAll(answer->body, "example.com", "Example.COM");
  }
  return answer;
}

Result<HttpResponse> ConversationServer::reply(const HttpRequest& request) {
  if (fault_ != Fault::None && fault_ != Fault::OtherCase && !faulted_ && next_ == at_) {
    faulted_ = true;
    HttpResponse answer = scene_.exchanges.at(at_).answer;
    if (fault_ == Fault::SlowDown) return HttpResponse{429, {{"Retry-After", "7"}}, "", ""};
    if (fault_ == Fault::ServerError) return HttpResponse{500, {}, "<h1>Oops</h1>", ""};
    if (fault_ == Fault::Html)
      return HttpResponse{200, {{"Content-Type", "text/html"}}, "<html><p>Maintenance<br></html>", ""};
    answer.body = std::string(trim(answer.body)).substr(0, trim(answer.body).size() / 2);
    return answer;
  }
  std::string why = "nothing more was expected";
  if (next_ < scene_.exchanges.size()) {
    why = difference(scene_.exchanges[next_], request);
    if (why.empty()) {
      const Exchange& exchange = scene_.exchanges[next_++];
      if (exchange.lost) return fail(ErrorCode::AnswerLost, "the connection was cut");
      return exchange.answer;
    }
  }
  for (std::size_t i = next_; faulted_ && i-- > 0;) {
    if (difference(scene_.exchanges[i], request).empty()) return scene_.exchanges[i].answer;
  }
  complaint_ += "exchange " + std::to_string(next_ + 1) + ": " + request.method + " " + request.url + ": " + why + "\n";
  return fail(ErrorCode::Internal, "not in the conversation");
}

Result<std::string> ConversationServer::peerCertificate(const std::string&, std::uint16_t, const std::string&,
                                                        const Effort&) {
  return fail(ErrorCode::Internal, "no provider asks for a certificate");
}

std::string ConversationServer::complaint() const {
  if (!complaint_.empty() || next_ == scene_.exchanges.size()) return complaint_;
  return std::to_string(scene_.exchanges.size() - next_) + " exchange(s) were never asked for";
}

}  // namespace sidecert::testing
