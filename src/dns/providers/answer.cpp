#include "dns/providers/answer.h"

#include <algorithm>

#include "base/text.h"
#include "dns/providers/html.h"
#include "dns/providers/pattern.h"
#include "dns/providers/transform.h"
#include "dns/providers/xml.h"

namespace sidecert::dns::providers {
namespace {

bool fits(const std::string& text, const Json& expected, const Scope& scope) {
  if (expected.is_array()) {
    return std::ranges::any_of(expected, [&](const Json& one) { return fits(text, one, scope); });
  }
  if (expected.is_object()) {
    const auto wanted = [&](const char* key) { return lower(renderText(toText(expected[key]), scope).value_or("")); };
    if (expected.contains("contains")) return lower(text).find(wanted("contains")) != std::string::npos;
    if (expected.contains("starts")) return lower(text).starts_with(wanted("starts"));
    return expected.contains("present") && expected["present"] == true;
  }
  if (expected.is_string()) return renderText(expected.get_ref<const std::string&>(), scope) == text;
  return toText(expected) == text;
}

bool statusFits(int status, const Json& expected) {
  if (expected.is_array()) {
    return std::ranges::any_of(expected, [&](const Json& one) { return statusFits(status, one); });
  }
  if (expected.is_string()) return toText(expected).substr(0, 1) == std::to_string(status / 100);
  return expected == status;
}

bool pointerFits(const Json& tree, const std::string& pointer, const Json& expected, const Scope& scope) {
  const auto found = selectAll(tree, pointer);
  if (expected.is_object() && expected.contains("present")) {
    const bool there = std::ranges::any_of(found, [](const Json* one) { return !one->is_null(); });
    return there == expected["present"].get<bool>();
  }
  return std::ranges::any_of(found, [&](const Json* one) { return fits(toText(*one), expected, scope); });
}

bool all(const Json& condition, const Answer* answer, const Json& tree, const Scope& scope) {
  if (condition.is_array()) {
    return std::ranges::any_of(condition, [&](const Json& one) { return all(one, answer, tree, scope); });
  }
  if (!condition.is_object()) return false;
  for (const auto& [key, expected] : condition.items()) {
    bool good = false;
    if (key == "status") {
      good = answer && statusFits(answer->response.status, expected);
    } else if (key == "text") {
      good = answer && fits(std::string(trim(answer->response.body)), expected, scope);
    } else if (key.starts_with("header:")) {
      const auto field = answer ? answer->response.headers.first(key.substr(7)) : std::nullopt;
      good = field && fits(*field, expected, scope);
    } else {
      good = pointerFits(tree, key, expected, scope);
    }
    if (!good) return false;
  }
  return true;
}

}  // namespace

Answer readAnswer(HttpResponse response, std::string_view format) {
  Answer out;
  out.response = std::move(response);
  const std::string& body = out.response.body;
  if (format == "text") {
    out.tree = body;
    return out;
  }
  if (format == "html") {
    out.readable = isWholePage(body);
    out.tree = parseHtml(body);
    return out;
  }
  if (trim(body).empty()) return out;
  auto tree = format == "xml" ? parseXml(body) : format == "xmlrpc" ? parseXmlRpc(body) : parseJson(body);
  out.readable = tree.has_value();
  if (tree) out.tree = std::move(*tree);
  return out;
}

bool holds(const Condition& condition, const Answer& answer, const Scope& scope) {
  return condition.declared() && all(condition.tree, &answer, answer.tree, scope);
}

bool holdsFor(const Condition& condition, const Json& item, const Scope& scope) {
  return !condition.declared() || all(condition.tree, nullptr, item, scope);
}

Json valueAt(const Json& tree, std::string_view pointer) {
  auto bar = pointer.find('|');
  const Json* found = selectFirst(tree, pointer.substr(0, bar));
  Json value = found ? *found : Json(nullptr);
  while (bar != std::string_view::npos && !value.is_null()) {
    pointer.remove_prefix(bar + 1);
    bar = pointer.find('|');
    const auto one = pointer.substr(0, bar);
    const auto colon = one.find(':');
    if (const Transform* known = findTransform(one.substr(0, colon))) {
      value = known->apply(value, colon == std::string_view::npos ? "" : one.substr(colon + 1));
    }
  }
  return value;
}

Json captured(const Source& source, const Answer& answer, const Json& item, const Scope& scope) {
  for (const Source& one : source.any) {
    if (Json value = captured(one, answer, item, scope); !value.is_null()) return value;
  }
  if (!source.header.empty()) {
    const auto field = answer.response.headers.first(source.header);
    return field ? Json(*field) : Json(nullptr);
  }
  if (!source.cookie.empty()) {
    for (const std::string& cookie : answer.response.headers.all("Set-Cookie")) {
      const auto found = findPattern(cookie + ";", source.cookie + "=(*);");
      if (!found.empty() && cookie.starts_with(source.cookie + "=")) return found[0][0];
    }
    return nullptr;
  }
  if (!source.text.empty()) {
    const auto found = findPattern(answer.response.body, source.text);
    return found.empty() || found[0].empty() ? Json(nullptr) : Json(found[0][0]);
  }
  if (!source.any.empty()) return nullptr;
  const auto& tree = source.answer.empty() ? item : answer.tree;
  const auto& pattern = source.answer.empty() ? source.pointer : source.answer;
  if (pattern.find('{') == std::string::npos) return valueAt(tree, pattern);
  const auto pointer = renderText(pattern, scope);
  return pointer ? valueAt(tree, *pointer) : Json(nullptr);
}

std::vector<Json> itemsOf(const Step& step, const Answer& answer) {
  std::vector<Json> out;
  const std::string_view where = step.items ? std::string_view(*step.items) : std::string_view();
  if (where.starts_with("text:")) {
    for (const auto& values : findPattern(answer.response.body, where.substr(5))) {
      Json item = Json::array();
      for (const auto& value : values) item.push_back(value);
      out.push_back(std::move(item));
    }
  } else {
    for (const Json* item : selectItems(answer.tree, where)) out.push_back(*item);
  }
  return out;
}

}  // namespace sidecert::dns::providers
