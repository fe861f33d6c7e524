#include "dns/providers/answer.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "dns/providers/html.h"
#include "dns/providers/json.h"
#include "dns/providers/list_at.h"
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

Result<ValueList> itemsOf(const Step& step, const Answer& answer, Format format, const Scope& scope) {
  if (const TextPattern* pattern = step.items ? std::get_if<TextPattern>(&*step.items) : nullptr) {
    ValueList out;
    for (const auto& values : pattern->findAll(answer.response.body)) {
      out.emplace_back(ValueList(values.begin(), values.end()));
    }
    return out;
  }
  const ValuePath path = step.items ? std::get<ValuePath>(*step.items) : ValuePath{};
  if (trim(answer.response.body).empty()) return fail(ErrorCode::BadAnswer, "an empty answer where a list should be");
  auto list = listAt(answer.tree, path, format);
  if (list) return std::move(*list);
  if (holds(step.empty, answer.response, answer.tree, scope)) return ValueList{};
  return fail(ErrorCode::BadAnswer, "the answer is not as the definition has it: " + list.error());
}

Result<ValueList> recordsOf(const Step& step, const Value& item, const Answer& answer, Format format, const Scope& scope) {
  auto list = listAt(item, *step.records, format);
  if (list) return std::move(*list);
  if (holds(step.empty, answer.response, item, scope)) return ValueList{};
  return fail(ErrorCode::BadAnswer, "the set is not as the definition has it: " + list.error());
}

bool stillThere(const Step& step, const Answer& answer, const Scope&) {
  const ValuePath* items = step.items ? std::get_if<ValuePath>(&*step.items) : nullptr;
  const ValuePath* records = !step.items && step.records ? &*step.records : nullptr;
  const ValuePath* where = items ? items : records;
  if (!where) return false;
  // A list of one text is how some say what is wrong.
  if (where->pointer.segments.empty()) return std::ranges::any_of(answer.tree.items(), &Value::isObject);
  return std::ranges::any_of(selectAll(answer.tree, where->pointer),
                             [](const Value* one) { return one->isObject() || !one->items().empty(); });
}

Result<> checkDropped(const Step& step, const Value& item, const Scope& scope) {
  for (const auto& alternative : step.where.any) {
    for (const ConditionTest& one : alternative) {
      const ValueTest* test = std::get_if<ValueTest>(&one.test);
      if (!test || holdsFor(Condition{{{one}}}, item, scope)) continue;
      const auto found = selectAll(item, test->pointer);
      if (std::ranges::any_of(found, [](const Value* value) { return equalsIgnoringCase(toText(*value), "TXT"); }))
        return fail(ErrorCode::BadAnswer, fmt::format("an item has TXT at {}, and \"where\" leaves it out", one.spelling));
    }
  }
  return {};
}

Result<> checkMembers(const Step& step, const ValueList& came, const ValueList& counted) {
  const auto none = [](const ValueList& items, const Pointer& pointer) {
    return !items.empty() && std::ranges::none_of(items, [&](const Value& one) { return !selectAll(one, pointer).empty(); });
  };
  const auto lacking = [](const ValueList& items, const std::string& pointer) {
    return fail(ErrorCode::BadAnswer, fmt::format("{} item(s) came, none has {}", items.size(), pointer));
  };
  std::string missed;
  for (const auto& alternative : step.where.any) {
    const auto absent = std::ranges::find_if(alternative, [&](const ConditionTest& one) {
      const ValueTest* test = std::get_if<ValueTest>(&one.test);
      const auto asks_for_it = [](const Expected& value) {
        return value.kind == Expected::Kind::Present || value.kind == Expected::Kind::Absent;
      };
      return test && std::ranges::none_of(test->any, asks_for_it) && none(came, test->pointer);
    });
    if (absent == alternative.end()) {
      missed.clear();
      break;
    }
    missed = absent->spelling;
  }
  if (!missed.empty()) return lacking(came, missed);
  if (step.name && none(counted, step.name->pointer)) return lacking(counted, step.name->spelling);
  // Of a set it is the records that have values.
  if (step.value && (!step.records || !step.items) && none(counted, step.value->pointer))
    return lacking(counted, step.value->spelling);
  return {};
}

}  // namespace sidecert::dns::providers
