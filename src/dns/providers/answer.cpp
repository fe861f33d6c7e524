#include "dns/providers/answer.h"

#include <algorithm>

#include "base/text.h"
#include "dns/providers/html.h"
#include "dns/providers/json.h"
#include "dns/providers/xml.h"

namespace sidecert::dns::providers {
namespace {

std::expected<Value, Unreadable> parseAs(Format format, const std::string& body) {
  switch (format) {
    case Format::Xml: return parseXml(body);
    case Format::XmlRpc: return parseXmlRpc(body);
    case Format::Html: return parseHtml(body);
    case Format::Text: return body;
    case Format::Json: break;
  }
  return parseJson(body);
}

// A redirect has no page, and what never began an <html> element is a piece of one as the server made it.
bool isWholePage(const HttpResponse& response, std::string_view end) {
  if (response.status / 100 == 3 || end.empty()) return true;
  const std::string page = lower(response.body);
  return page.contains(lower(end)) || (end == "</html>" && !page.contains("<html"));
}

Value cookieIn(const HttpResponse& response, const std::string& name) {
  for (const std::string& field : response.headers.all("Set-Cookie")) {
    if (!field.starts_with(name + "=")) continue;
    const auto begin = name.size() + 1;
    return field.substr(begin, field.find_first_of(";\r\n", begin) - begin);
  }
  return {};
}

}  // namespace

Answer readAnswer(HttpResponse response, Format format, std::string_view page_end) {
  Answer out;
  out.response = std::move(response);
  if (format != Format::Text && trim(out.response.body).empty()) {
    if (format == Format::Html && out.response.status / 100 == 2 && !page_end.empty()) out.problem = "an empty page";
    return out;
  }
  auto tree = parseAs(format, out.response.body);
  if (!tree) {
    out.too_much = tree.error().too_much;
    out.problem = (out.too_much ? "the answer has " : "") + tree.error().why;
    return out;
  }
  out.tree = std::move(*tree);
  if (format == Format::Html && !isWholePage(out.response, page_end)) {
    out.problem = "a page without its end, " + std::string(page_end);
  }
  return out;
}

Value captured(const Source& source, const Answer& answer, const Value& item, const Scope& scope) {
  for (const Source& one : source.any) {
    if (Value value = captured(one, answer, item, scope); !value.isNull()) return value;
  }
  if (source.pointer) return valueAt(item, *source.pointer, &scope);
  if (source.answer) return valueAt(answer.tree, *source.answer, &scope);
  if (!source.header.empty()) {
    const auto field = answer.response.headers.first(source.header);
    return field ? Value(*field) : Value();
  }
  if (!source.cookie.empty()) return cookieIn(answer.response, source.cookie);
  if (source.text) {
    const auto found = source.text->findAll(answer.response.body);
    return found.empty() || found[0].empty() ? Value() : Value(found[0][0]);
  }
  return {};
}

std::vector<Value> itemsOf(const Step& step, const Answer& answer) {
  if (!step.items) return selectItems(answer.tree, {});
  if (const ValuePath* path = std::get_if<ValuePath>(&*step.items)) return selectItems(answer.tree, *path);
  std::vector<Value> out;
  for (const auto& values : std::get<TextPattern>(*step.items).findAll(answer.response.body)) {
    out.emplace_back(ValueList(values.begin(), values.end()));
  }
  return out;
}

}  // namespace sidecert::dns::providers
