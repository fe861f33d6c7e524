#include "contract/dns_providers/forgiving_server.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "base/encoding.h"
#include "base/text.h"
#include "dns/providers/xml.h"

namespace sidecert::testing {
namespace {

using Json = nlohmann::ordered_json;
using Leaves = Play::Leaves;

void collect(const Json& node, const std::string& key, Leaves& out) {
  if (node.is_string()) {
    const auto& text = node.get_ref<const std::string&>();
    if (text.starts_with('{') || text.starts_with('[')) {
      if (const Json inner = Json::parse(text, nullptr, false); inner.is_structured()) return collect(inner, key, out);
    }
    out.insert(key + "=" + text);
  } else if (!node.is_structured()) {
    out.insert(key + "=" + node.dump());
  } else {
    for (const auto& [name, member] : node.items()) collect(member, node.is_array() ? key : name, out);
  }
}

void collectPairs(const std::string& encoded, Leaves& out) {
  for (auto& one : splitList(encoded, "&")) {
    std::ranges::replace(one, '+', ' ');
    const auto equals = one.find('=');
    const auto decoded = [&](const std::string& text) { return percentDecode(text).value_or(text); };
    collect(equals == std::string::npos ? "" : decoded(one.substr(equals + 1)), decoded(one.substr(0, equals)), out);
  }
}

Leaves leavesOf(const std::string& url, const std::string& body) {
  Leaves out;
  if (const auto mark = url.find('?'); mark != std::string::npos) collectPairs(url.substr(mark + 1), out);
  if (const Json tree = Json::parse(body, nullptr, false); !tree.is_discarded()) {
    collect(tree, "", out);
  } else if (const auto xml = dns::providers::parseXml(body); xml) {
    collect(Json::parse(dns::providers::dump(*xml)), "", out);
  } else {
    collectPairs(std::string(trim(body)), out);
  }
  return out;
}

std::string pathOf(const std::string& url) {
  return url.substr(0, url.find('?'));
}

// ---- Which exchanges change something: those that look like the definition's changing steps and not like its others.

// What of a request is the same whatever it is about.
void collectLiterals(const Json& node, const std::string& key, Leaves& out) {
  if (node.is_object() && node.contains("each")) return;  // of an empty list nothing is sent
  if (node.is_string()) {
    const auto& text = node.get_ref<const std::string&>();
    if (text.find('{') == std::string::npos) out.insert(key + "=" + text);
  } else if (node.is_structured()) {
    for (const auto& [name, member] : node.items())
      collectLiterals(member, node.is_array() || name == "as_json" ? key : name, out);
  }
}

bool fitsPath(const std::string& pattern, const std::string& url) {
  const auto wanted = splitList(pathOf(pattern), "/");
  const auto there = splitList(pathOf(url), "/");
  for (std::size_t i = 1; i <= wanted.size() && i <= there.size(); ++i) {
    const std::string& one = wanted[wanted.size() - i];
    if (one.find("|raw}") != std::string::npos) return true;
    if (one.find('{') == std::string::npos && one != there[there.size() - i]) return false;
  }
  return true;
}

/// How many literals of the step are in the exchange; -1 when it is not this step's.
int likeness(const Json& step, const Exchange& exchange) {
  const std::string target = step.value(lower(exchange.method), std::string());
  if (target.empty() || !fitsPath(target, exchange.url)) return -1;
  Leaves wanted;
  if (const auto mark = target.find('?'); mark != std::string::npos) {
    for (const auto& pair : splitList(target.substr(mark + 1), "&")) {
      if (pair.find('{') == std::string::npos && pair.find('=') != std::string::npos) wanted.insert(pair);
    }
  }
  for (const char* part : {"query", "json", "form", "xml", "headers"}) {
    if (step.contains(part)) collectLiterals(step[part], "", wanted);
  }
  if (step.contains("xmlrpc")) collectLiterals(step["xmlrpc"].value("method", Json()), "methodName", wanted);
  Leaves there = leavesOf(exchange.url, exchange.body);
  for (const auto& [name, value] : exchange.headers) there.insert(name + "=" + value);
  if (!std::ranges::all_of(wanted, [&](const std::string& one) {
        return there.contains(one) || one.starts_with("@") || one.starts_with("Accept") || one.starts_with("SOAPAction");
      }))
    return -1;
  return static_cast<int>(wanted.size() + splitList(target, "/").size());
}

std::vector<bool> changesIn(const Scene& scene, const Json& definition) {
  std::vector<const Json*> changing;
  std::vector<const Json*> reading;
  const std::function<void(const Json&, bool)> visit = [&](const Json& node, bool changes) {
    if (node.is_object() && (node.contains("get") || node.contains("post") || node.contains("put") ||
                             node.contains("patch") || node.contains("delete"))) {
      if (std::ranges::any_of(std::initializer_list<const char*>{"get", "post", "put", "patch", "delete"},
                              [&](const char* method) { return node.contains(method) && node[method].is_string(); })) {
        if (!node.value("may_fail", false)) (changes && !node.contains("until") ? changing : reading).push_back(&node);
        if (node.contains("detail")) visit(node["detail"], false);
        return;
      }
    }
    if (!node.is_structured()) return;
    for (const auto& [key, member] : node.items()) {
      static const std::set<std::string> changers = {"add", "remove", "write", "create", "delete", "clear", "publish"};
      visit(member, changes || (node.is_object() && changers.contains(key)));
    }
  };
  visit(definition, false);
  std::vector<bool> out;
  for (const Exchange& exchange : scene.exchanges) {
    const auto best = [&](const std::vector<const Json*>& steps) {
      int most = -1;
      for (const Json* step : steps) most = std::max(most, likeness(*step, exchange));
      return most;
    };
    out.push_back(best(changing) > best(reading));
  }
  return out;
}

bool isTimeToLive(const std::string& leaf) {
  const std::string key = lower(leaf.substr(0, leaf.find('=')));
  return key.find("ttl") != std::string::npos || key.find("expire") != std::string::npos;
}

// Left out, another one, or spelled so that it is not understood.
bool differsInTimeToLiveAlone(const Leaves& wanted, const Leaves& sent) {
  Leaves lacking;
  Leaves surplus;
  std::ranges::set_difference(wanted, sent, std::inserter(lacking, lacking.end()));
  std::ranges::set_difference(sent, wanted, std::inserter(surplus, surplus.end()));
  const auto value = [](const std::string& leaf) { return leaf.substr(leaf.find('=')); };
  return std::ranges::all_of(lacking, isTimeToLive) && std::ranges::all_of(surplus, [&](const std::string& leaf) {
           return isTimeToLive(leaf) || std::ranges::contains(lacking, value(leaf), value);
         });
}

}  // namespace

Play::Play(const Scene& one, std::string_view good, const Scene* other) : scene(one), before(other) {
  const Json definition = Json::parse(good);
  format = definition.value("answers", std::string("json"));
  whole_zone = definition.contains("set") && definition["set"].value("whole_zone", false);
  changes = changesIn(scene, definition);
  for (const Exchange& exchange : scene.exchanges) {
    leaves.push_back(leavesOf(exchange.url, exchange.body));
    for (const auto& [name, value] : exchange.headers) leaves.back().insert(name + "=" + value);
  }
}

std::size_t Play::firstChange() const {
  return static_cast<std::size_t>(std::ranges::find(changes, true) - changes.begin());
}

ForgivingServer::ForgivingServer(const Play& play, Temper temper)
    : play_(play), scene_(play.scene), temper_(temper), strict_(play.scene), had_(play.scene.exchanges.size(), false) {}

std::size_t ForgivingServer::changesLeft() const {
  std::size_t left = 0;
  for (std::size_t i = 0; i < had_.size(); ++i) left += play_.changes[i] && !had_[i] ? 1 : 0;
  return left;
}

// Of the same question at different times: the latest whose changes have all happened, each time the next of these.
std::size_t ForgivingServer::readAsOfNow(const Exchange& like) const {
  std::size_t best = scene_.exchanges.size();
  bool happened = true;
  bool best_is_new = false;
  std::size_t changes_before = 0;
  std::size_t changes_before_best = 0;
  for (std::size_t i = 0; i < scene_.exchanges.size(); ++i) {
    const Exchange& one = scene_.exchanges[i];
    if (play_.changes[i]) {
      happened = happened && had_[i];
      ++changes_before;
      continue;
    }
    if (one.method != like.method || one.url != like.url || one.body != like.body || one.headers != like.headers) continue;
    if (best < scene_.exchanges.size() && !happened) break;
    const bool later = best == scene_.exchanges.size() || changes_before > changes_before_best;
    if (later || !best_is_new) {
      best = i;
      changes_before_best = changes_before;
      best_is_new = !had_[i];
    }
  }
  return best;
}

Result<HttpResponse> ForgivingServer::read(const Exchange& like) {
  const std::size_t now = readAsOfNow(like);
  bool happened = true;
  for (std::size_t i = 0; i < now; ++i) happened = happened && (!play_.changes[i] || had_[i]);
  if (happened) return answer(now);
  // The scene shows only what it is like afterwards.
  if (play_.before) {
    for (const Exchange& one : play_.before->exchanges) {
      if (one.method == like.method && one.url == like.url && one.body == like.body && one.headers == like.headers)
        return one.answer;
    }
  }
  return unknown(404);
}

HttpResponse ForgivingServer::unknown(int status) const {
  const std::string what = status == 401 ? "unauthorized" : "not found";
  if (play_.format == "xml" || play_.format == "xmlrpc") return {status, {}, "<error><text>" + what + "</text></error>", ""};
  if (play_.format == "html") return {status, {}, "<html><body><p>" + what + "</p></body></html>", ""};
  if (play_.format == "text") return {status, {}, what, ""};
  return {status, {}, R"({"error":")" + what + "\"}", ""};
}

Result<HttpResponse> ForgivingServer::answer(std::size_t at) {
  had_[at] = true;
  if (scene_.exchanges[at].lost) return fail(ErrorCode::AnswerLost, "the connection was cut");
  return scene_.exchanges[at].answer;
}

Result<HttpResponse> ForgivingServer::send(const HttpRequest& request, const Effort&) {
  bool unauthorized = false;
  std::size_t twice = scene_.exchanges.size();
  for (std::size_t i = 0; i < scene_.exchanges.size(); ++i) {
    const std::string why = strict_.difference(scene_.exchanges[i], request);
    const auto isFor = [&](const auto& field) { return why.starts_with("header " + field.first + ":"); };
    if (why.starts_with("signature") || std::ranges::any_of(scene_.every, isFor)) unauthorized = true;
    if (!why.empty()) continue;
    if (!play_.changes[i]) return read(scene_.exchanges[i]);
    if (!had_[i]) return answer(i);
    twice = i;
  }
  if (twice < scene_.exchanges.size()) {
    wrong_.push_back("again: " + request.method + " " + request.url + " " + request.body);
    return scene_.exchanges[twice].answer;
  }
  if (unauthorized) return unknown(401);
  const Leaves of_request = leavesOf(request.url, request.body);
  const auto sentLike = [&](const Exchange& one) {
    Leaves out = of_request;
    for (const auto& [name, value] : one.headers) out.insert(name + "=" + request.headers.first(name).value_or(""));
    return out;
  };
  std::size_t best = scene_.exchanges.size();
  std::size_t most_common = 0;
  for (std::size_t i = 0; i < scene_.exchanges.size(); ++i) {
    const Exchange& one = scene_.exchanges[i];
    if (one.method != request.method || pathOf(one.url) != pathOf(request.url)) continue;
    const Leaves& there = play_.leaves[i];
    const Leaves sent = sentLike(one);
    Leaves common;
    std::ranges::set_intersection(there, sent, std::inserter(common, common.end()));
    const std::size_t score = 2 * common.size() + (had_[i] ? 0 : 1) + (there.size() == sent.size() ? 1 : 0);
    if (best == scene_.exchanges.size() || score > most_common) {
      best = i;
      most_common = score;
    }
  }
  if (best == scene_.exchanges.size()) return unknown(404);
  forgiven_ = true;
  if (temper_ == Temper::Refuses) return unknown(404);
  if (!play_.changes[best]) return read(scene_.exchanges[best]);
  const Exchange& wanted = scene_.exchanges[best];
  const Leaves& demanded = play_.leaves[best];
  const Leaves sent = sentLike(wanted);
  if (differsInTimeToLiveAlone(demanded, sent) && !had_[best]) {
    if (play_.whole_zone) wrong_.push_back("other times to live: " + request.body);
    return answer(best);
  }
  wrong_.push_back(request.method + " " + request.url + " " + request.body);
  const auto shows = [](const std::string& body) { return body.find("spf1") != std::string::npos; };
  if (shows(wanted.body) && !shows(request.body)) stranger_lost_ = true;
  return wanted.answer;
}

Result<std::string> ForgivingServer::peerCertificate(const std::string&, std::uint16_t, const std::string&, const Effort&) {
  return fail(ErrorCode::Internal, "no provider asks for a certificate");
}

}  // namespace sidecert::testing
