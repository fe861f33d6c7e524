#include "contract/dns_providers/conversation.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/digest.h"

namespace sidecert::testing {
namespace {

const std::map<std::string, std::string> kValues = {{"first", "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"},
                                                    {"second", "x-9Lnh_aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789"},
                                                    {"stranger", "v=spf1 -all"}};

std::string filled(std::string text, const std::map<std::string, std::string>& variables) {
  for (const auto* values : {&kValues, &variables}) {
    for (const auto& [name, value] : *values) {
      const std::string mark = "{" + name + "}";
      for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at))
        text.replace(at, mark.size(), value);
    }
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
  for (std::size_t i = 2; i < words.size(); ++i) {
    if (words[i] == "cut") {
      out.cut = words.at(i + 1);
      break;
    }
    out.records.push_back({words[1], words[i]});
  }
  return out;
}

std::vector<std::string> pairs(const std::string& encoded) {
  auto out = splitList(encoded, "&");
  for (auto& one : out) one = percentDecode(one).value_or(one);
  std::ranges::sort(out);
  return out;
}

bool sameBody(const std::string& expected, const HttpRequest& request) {
  if (request.headers.first("Content-Type").value_or("").starts_with("application/x-www-form-urlencoded")) {
    return pairs(expected) == pairs(request.body);
  }
  const auto left = nlohmann::json::parse(expected, nullptr, false);
  const auto right = nlohmann::json::parse(request.body, nullptr, false);
  if (!left.is_discarded() && !right.is_discarded()) return left == right;
  return trim(expected) == trim(request.body);
}

// https://help.ovhcloud.com/csm/en-gb-api-getting-started-ovhcloud-api?id=kb_article_view&sysparm_article=KB0042777
bool ovhSignatureFits(const HttpRequest& request, const std::map<std::string, std::string>& variables) {
  const auto text = variables.at("OVH_AS") + "+" + variables.at("OVH_CK") + "+" + request.method + "+" + request.url + "+" +
                    request.body + "+" + request.headers.first("X-Ovh-Timestamp").value_or("");
  return request.headers.first("X-Ovh-Signature") == "$1$" + hex(crypto::digest(crypto::Hash::Sha1, text));
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
    Scene& scene = scenes.empty() ? common : scenes.back();
    const auto rest = [&] { return std::string(trim(line.substr(line.find(':') + 1))); };
    if (line.starts_with("use:")) {
      for (const auto& name : splitList(rest(), ", ")) scene.variables[name] = "test-" + lower(name) + "-value";
    } else if (line.starts_with("set:")) {
      scene.variables.insert_or_assign(splitAt(rest(), " = ").first, splitAt(rest(), " = ").second);
    } else if (line.starts_with("every:")) {
      const auto [name, value] = splitAt(rest(), ": ");
      scene.every.emplace_back(name, filled(value, scene.variables));
    } else if (line.starts_with("signed:")) {
      scene.signed_by = rest();
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

std::string ConversationServer::difference(const Exchange& expected, const HttpRequest& request) const {
  if (request.method != expected.method) return "method " + request.method;
  const auto mark = request.url.find('?');
  const auto wanted = expected.url.find('?');
  if (request.url.substr(0, mark) != expected.url.substr(0, wanted)) return "URL " + request.url;
  const auto query = [](const std::string& url, std::size_t at) {
    return at == std::string::npos ? "" : url.substr(at + 1);
  };
  if (pairs(query(request.url, mark)) != pairs(query(expected.url, wanted))) return "query of " + request.url;
  for (const auto* fields : {&scene_.every, &expected.headers}) {
    for (const auto& [name, value] : *fields) {
      if (request.headers.first(name) != value)
        return "header " + name + ": " + request.headers.first(name).value_or("(absent)");
    }
  }
  if (!sameBody(expected.body, request)) return "body " + request.body;
  const bool is_clock = scene_.signed_by == "ovh" && request.url.ends_with("/auth/time");
  if (scene_.signed_by == "ovh" && !is_clock && !ovhSignatureFits(request, scene_.variables)) return "signature";
  return {};
}

Result<HttpResponse> ConversationServer::send(const HttpRequest& request) {
  if (fault_ != Fault::None && !faulted_ && next_ == at_) {
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

Result<std::string> ConversationServer::peerCertificate(const std::string&, std::uint16_t, const std::string&, Duration) {
  return fail(ErrorCode::Internal, "no provider asks for a certificate");
}

std::string ConversationServer::complaint() const {
  if (!complaint_.empty() || next_ == scene_.exchanges.size()) return complaint_;
  return std::to_string(scene_.exchanges.size() - next_) + " exchange(s) were never asked for";
}

}  // namespace sidecert::testing
