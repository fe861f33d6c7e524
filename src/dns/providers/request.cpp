#include "dns/providers/request.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "dns/providers/xml.h"

namespace sidecert::dns::providers {
namespace {

// Lists repeat the key, lists of objects (from `each`) bring their own.
void appendPairs(std::string& out, const Json& members) {
  const auto pair = [&](const std::string& key, const Json& value) {
    out += fmt::format("{}{}={}", out.empty() ? "" : "&", formEncode(key), formEncode(toText(value)));
  };
  for (const auto& [key, value] : members.items()) {
    if (!value.is_array()) {
      pair(key, value);
      continue;
    }
    for (const Json& one : value) {
      if (one.is_object()) {
        appendPairs(out, one);
      } else {
        pair(key, one);
      }
    }
  }
}

Json rendered(const Json& pattern, const Scope& scope) {
  if (pattern.is_null()) return Json::object();
  auto out = renderTree(pattern, scope);
  return out ? std::move(*out) : Json::object();
}

// What the definition and the credential set add to every request, and the step's own on top.
Json combined(Json Additions::* member, const Definition& definition, const Credentials& credentials, const Step& step,
              const Json& own, const Scope& scope) {
  Json out = Json::object();
  if (!step.unsigned_) {
    out = merged(rendered(definition.additions.*member, scope), rendered(credentials.additions.*member, scope));
  }
  return own.is_array() ? rendered(own, scope) : merged(std::move(out), rendered(own, scope));
}

bool hasLineBreak(const std::string& text) {
  return text.find_first_of("\r\n") != std::string::npos;
}

}  // namespace

Result<HttpRequest> buildRequest(const Definition& definition, const Credentials& credentials, const Step& step,
                                 const Scope& scope) {
  for (const std::string& demanded : step.demands) {
    if (!renderText(demanded, scope))
      return fail(ErrorCode::Settings,
                  fmt::format("{} cannot write at {}", definition.name, renderText("{fqdn}", scope).value_or("that name")),
                  definition.note);
  }
  HttpRequest request;
  request.method = step.method();
  const std::string& target = step.target();
  auto url = renderText(target, scope, Escape::Url);
  if (!url) return fail(ErrorCode::BadAnswer, fmt::format("no value for all of {} {}", step.method(), target));
  if (!url->starts_with("https://") && !url->starts_with("http://")) {
    const auto base = renderText(definition.base, scope);
    if (!base) return fail(ErrorCode::Internal, "no value for the base URL " + definition.base);
    url = (base->ends_with('/') && url->starts_with('/') ? base->substr(0, base->size() - 1) : *base) + *url;
  }
  std::string query;
  appendPairs(query, combined(&Additions::query, definition, credentials, step, step.query, scope));
  request.url = query.empty() ? *url : *url + (url->find('?') == std::string::npos ? "?" : "&") + query;

  const std::string& answers = step.answers.empty() ? definition.answers : step.answers;
  if (answers == "json") request.headers.set("Accept", "application/json");
  if (!step.json.is_null()) {
    request.headers.set("Content-Type", "application/json");
    request.body = dump(combined(&Additions::json, definition, credentials, step, step.json, scope));
  } else if (!step.form.is_null()) {
    request.headers.set("Content-Type", "application/x-www-form-urlencoded");
    appendPairs(request.body, combined(&Additions::form, definition, credentials, step, step.form, scope));
  } else if (!step.xml.is_null()) {
    request.headers.set("Content-Type", "text/xml; charset=utf-8");
    request.body = writeXml(rendered(step.xml, scope));
  } else if (!step.xmlrpc.is_null()) {
    request.headers.set("Content-Type", "text/xml; charset=utf-8");
    const Json call = rendered(step.xmlrpc, scope);
    request.body = writeXmlRpc(toText(call.value("method", Json(""))), call.value("params", Json::array()));
  } else if (!step.text.empty()) {
    request.headers.set("Content-Type", "text/plain; charset=utf-8");
    request.body = renderText(step.text, scope).value_or("");
  }
  const Json headers = combined(&Additions::headers, definition, credentials, step, step.headers, scope);
  for (const auto& [name, value] : headers.items()) {
    if (hasLineBreak(toText(value)))
      return fail(ErrorCode::Settings, fmt::format("the value for header {} has a line break", name));
    request.headers.set(name, toText(value));
  }
  for (const std::string* one : {&definition.additions.basic_auth, &credentials.additions.basic_auth, &step.basic_auth}) {
    if (one->empty() || (step.unsigned_ && one != &step.basic_auth)) continue;
    if (const auto pair = renderText(*one, scope)) request.headers.set("Authorization", "Basic " + base64(*pair));
  }
  return request;
}

bool stepUses(const Step& step, std::string_view name) {
  return usesName(Json(step.target()), name) || usesName(Json(step.text), name) ||
         std::ranges::any_of(
             std::initializer_list<const Json*>{&step.query, &step.headers, &step.json, &step.form, &step.xml, &step.xmlrpc},
             [&](const Json* part) { return usesName(*part, name); });
}

}  // namespace sidecert::dns::providers
