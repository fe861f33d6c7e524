#include "dns/providers/request.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/text.h"
#include "dns/providers/xml.h"

namespace sidecert::dns::providers {
namespace {

// Lists repeat the key, lists of objects (from `each`) bring their own.
void appendPairs(std::string& out, const Value& members) {
  const auto pair = [&](const std::string& key, const Value& value) {
    out += fmt::format("{}{}={}", out.empty() ? "" : "&", formEncode(key), formEncode(toText(value)));
  };
  for (const auto& [key, value] : members.members()) {
    if (!value.isList()) {
      pair(key, value);
      continue;
    }
    for (const Value& one : value.items()) {
      if (one.isObject()) {
        appendPairs(out, one);
      } else {
        pair(key, one);
      }
    }
  }
}

bool isAbsolute(std::string_view url) {
  return url.starts_with("https://") || url.starts_with("http://");
}

bool hasLineBreak(const std::string& text) {
  return text.find_first_of("\r\n") != std::string::npos;
}

// What is wrong with something that should be a URL; empty when nothing is.
std::string faultOfUrl(const std::string& text) {
  if (!isAbsolute(text)) return "it has to start with https:// or http://";
  const auto authority =
      text.substr(text.find("//") + 2, text.find_first_of("/?#", text.find("//") + 2) - text.find("//") - 2);
  if (authority.contains('@')) return "leave out the user name and password";
  if (text.find_first_of("?#") != std::string::npos) return "leave out what begins with ? or #";
  return parseUrl(text) ? "" : "there is no host in it, or no port after the colon";
}

// The variable that a template begins with, as an owner set it.
const DefinedVariable* variableOf(const Definition& definition, const Template& pattern) {
  if (pattern.placeholders.empty()) return nullptr;
  const auto found = std::ranges::find(definition.variables, pattern.placeholders[0].name, &DefinedVariable::name);
  return found == definition.variables.end() ? nullptr : &*found;
}

Result<> checkUrl(const Definition& definition, const Template& pattern, const std::string& url) {
  const std::string fault = faultOfUrl(url);
  if (fault.empty()) return {};
  const DefinedVariable* variable = variableOf(definition, pattern);
  if (!variable) return fail(ErrorCode::BadAnswer, fmt::format("\"{}\" is no URL: {}", excerpt(url, 80), fault));
  // Of a URL with a password in it nothing is shown.
  const std::string shown =
      url.contains('@') || variable->secret ? "" : fmt::format("\"{}\" is no URL for it: ", excerpt(url, 80));
  return fail(ErrorCode::Settings, fmt::format("{}: {}{}", variable->name, shown, fault), variable->meaning);
}

class RequestBuilder {
 public:
  RequestBuilder(const Definition& definition, const Credentials& credentials, const Step& step, const Scope& scope)
      : definition_(definition), credentials_(credentials), step_(step), scope_(scope), demand_{definition.demanded, {}} {}

  Result<HttpRequest> build(const std::optional<std::string>& next_page) {
    for (const Template& demanded : step_.demands) {
      if (renderText(demanded, scope_)) continue;
      const Value* name = scope_.find("fqdn");
      return fail(ErrorCode::Settings,
                  fmt::format("{} cannot write at {}", definition_.name, name ? toText(*name) : "that name"),
                  definition_.note);
    }
    HttpRequest request;
    request.method = step_.method();
    auto url = next_page ? urlOfNextPage(*next_page) : ownUrl();
    if (!url) return std::unexpected(url.error());
    request.url = std::move(*url);
    setBody(request);
    if (auto headers = setHeaders(request); !headers) return std::unexpected(headers.error());
    if (!demand_.absent.empty()) return absent(demand_.absent);
    return request;
  }

 private:
  Demand* demand() { return step_.changes ? &demand_ : nullptr; }

  std::unexpected<Error> absent(const std::string& name) const {
    return fail(ErrorCode::BadAnswer,
                fmt::format("{} {}: no answer gave a value for {{{}}}", step_.method(), step_.target().spelling, name));
  }

  Result<std::string> base() const {
    auto base = renderText(definition_.base, scope_);
    if (!base) return absent(firstAbsent(definition_.base, scope_));
    if (auto checked = checkUrl(definition_, definition_.base, *base); !checked) return std::unexpected(checked.error());
    return std::move(*base);
  }

  Result<std::string> ownUrl() {
    const Template& target = step_.target();
    auto url = renderText(target, scope_, Escape::Url);
    if (!url) return absent(firstAbsent(target, scope_));
    const bool from_answer =
        target.literals[0].empty() && !target.placeholders.empty() && cameFromAnswer(target.placeholders[0].name);
    if (!isAbsolute(*url)) {
      if (target.literals[0].empty() && (!url->starts_with('/') || url->starts_with("//"))) return notAPath(*url);
      const auto below = base();
      if (!below) return below;
      url = (below->ends_with('/') && url->starts_with('/') ? below->substr(0, below->size() - 1) : *below) + *url;
      if (auto stays = staysAt(*below, *url); !stays) return std::unexpected(stays.error());
    } else if (from_answer) {
      const auto below = base();
      if (!below) return below;
      if (auto stays = staysAt(*below, *url); !stays) return std::unexpected(stays.error());
    } else if (const auto fixed = parseUrl(target.literals[0]); fixed) {
      if (auto stays = staysAt(target.literals[0], *url); !stays) return std::unexpected(stays.error());
    } else if (const auto end = url->find('?'); !parseUrl(*url)) {
      if (auto checked = checkUrl(definition_, target, url->substr(0, end)); !checked)
        return std::unexpected(checked.error());
    }
    std::string query;
    appendPairs(query, combined(&Additions::query, step_.query));
    return query.empty() ? *url : *url + (url->find('?') == std::string::npos ? "?" : "&") + query;
  }

  Result<std::string> urlOfNextPage(const std::string& next) const {
    const auto below = base();
    if (!below) return below;
    std::string url = next;
    if (!isAbsolute(next)) {
      if (next.starts_with("//") || !next.starts_with('/')) return notAPath(next);
      const auto origin = parseUrl(*below);
      url = (next.starts_with(origin->target) ? origin->origin() : *below) + next;
    }
    if (auto stays = staysAt(*below, url); !stays) return std::unexpected(stays.error());
    return url;
  }

  std::unexpected<Error> notAPath(const std::string& text) const {
    return fail(ErrorCode::BadAnswer,
                fmt::format("\"{}\" in an answer is no path: it has to begin with one slash", excerpt(text, 80)));
  }

  // What is sent carries the owner's credentials.
  Result<> staysAt(const std::string& allowed, const std::string& url) const {
    const auto here = parseUrl(allowed);
    const auto there = parseUrl(url);
    if (here && there && here->origin() == there->origin()) return {};
    return fail(ErrorCode::BadAnswer, "an answer leads to another server: " + (there ? there->origin() : excerpt(url, 80)));
  }

  [[nodiscard]] bool cameFromAnswer(const std::string& name) const {
    return !std::ranges::contains(definition_.variables, name, &DefinedVariable::name) &&
           !std::ranges::contains(definition_.let, name, &Let::value_type::first) &&
           !std::ranges::contains(credentials_.let, name, &Let::value_type::first);
  }

  Value rendered(const std::optional<TreeTemplate>& pattern) {
    if (!pattern) return Object{};
    auto out = renderTree(*pattern, scope_, demand());
    return out ? std::move(*out) : Value(Object{});
  }

  // What the definition and the credential set add to every request, and the step's own on top.
  Value combined(std::optional<TreeTemplate> Additions::* member, const std::optional<TreeTemplate>& own) {
    Value of_step = rendered(own);
    if (of_step.isList() || step_.unsigned_) return of_step;
    return merged(merged(rendered(definition_.additions.*member), rendered(credentials_.additions.*member)), of_step);
  }

  void setBody(HttpRequest& request) {
    if (step_.answers.value_or(definition_.answers) == Format::Json) request.headers.set("Accept", "application/json");
    if (step_.json) {
      request.headers.set("Content-Type", "application/json");
      request.body = dump(combined(&Additions::json, step_.json));
    } else if (step_.form) {
      request.headers.set("Content-Type", "application/x-www-form-urlencoded");
      appendPairs(request.body, combined(&Additions::form, step_.form));
    } else if (step_.xml) {
      request.headers.set("Content-Type", "text/xml; charset=utf-8");
      request.body = writeXml(combined(&Additions::xml, step_.xml));
    } else if (step_.xmlrpc) {
      request.headers.set("Content-Type", "text/xml; charset=utf-8");
      const Value call = rendered(step_.xmlrpc);
      const Value* method = call.find("method");
      const Value* params = call.find("params");
      request.body = writeXmlRpc(method ? toText(*method) : "", params ? *params : Value(ValueList{}));
    } else if (step_.text) {
      request.headers.set("Content-Type", "text/plain; charset=utf-8");
      request.body = renderText(*step_.text, scope_, Escape::None, demand()).value_or("");
    }
  }

  Result<> setHeaders(HttpRequest& request) {
    const Value headers = combined(&Additions::headers, step_.headers);
    for (const auto& [name, value] : headers.members()) {
      const std::string text = toText(value);
      if (hasLineBreak(text) || hasLineBreak(name))
        return fail(ErrorCode::Settings, fmt::format("the value for header {} has a line break", excerpt(name, 40)));
      request.headers.set(name, text);
    }
    for (const auto* one : {&definition_.additions.basic_auth, &credentials_.additions.basic_auth, &step_.basic_auth}) {
      if (!*one || (step_.unsigned_ && one != &step_.basic_auth)) continue;
      if (const auto pair = renderText(**one, scope_)) request.headers.set("Authorization", "Basic " + base64(*pair));
    }
    return {};
  }

  const Definition& definition_;
  const Credentials& credentials_;
  const Step& step_;
  const Scope& scope_;
  Demand demand_;
};

}  // namespace

Result<HttpRequest> buildRequest(const Definition& definition, const Credentials& credentials, const Step& step,
                                 const Scope& scope, const std::optional<std::string>& next_page) {
  return RequestBuilder(definition, credentials, step, scope).build(next_page);
}

ValueList renderedParts(const Step& step, const Scope& scope) {
  ValueList out;
  for (const auto* part : {&step.query, &step.json, &step.form, &step.xml, &step.xmlrpc}) {
    if (!*part) continue;
    if (auto value = renderTree(**part, scope)) out.push_back(std::move(*value));
  }
  if (step.text) out.emplace_back(renderText(*step.text, scope).value_or(""));
  return out;
}

Result<> checkBase(const Definition& definition, const Scope& variables) {
  const auto base = renderText(definition.base, variables);
  return base ? checkUrl(definition, definition.base, *base) : Result<>{};
}

}  // namespace sidecert::dns::providers
