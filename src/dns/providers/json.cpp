#include "dns/providers/json.h"

#include <algorithm>

#include "base/text.h"

namespace sidecert::dns::providers {
namespace {

std::string unescaped(std::string_view segment) {
  std::string out;
  for (std::size_t i = 0; i < segment.size(); ++i) {
    if (segment[i] == '~' && i + 1 < segment.size()) {
      out += segment[++i] == '1' ? '/' : '~';
    } else {
      out += segment[i];
    }
  }
  return out;
}

void appendWithAllInside(const Json& node, std::vector<const Json*>& out) {
  if (!node.is_structured()) return;
  out.push_back(&node);
  for (const Json& child : node) appendWithAllInside(child, out);
}

void step(const Json& node, const std::string& segment, std::vector<const Json*>& out) {
  if (segment == "**") {
    appendWithAllInside(node, out);
  } else if (segment == "*") {
    if (node.is_array() || node.is_object()) {
      for (const Json& child : node) out.push_back(&child);
    }
  } else if (segment.size() > 2 && segment.front() == '[' && segment.back() == ']') {
    if (!node.is_array()) return;
    const auto wanted = splitList(std::string_view(segment).substr(1, segment.size() - 2));
    const auto fits = [&](const Json& child) {
      return child.is_object() && std::ranges::all_of(wanted, [&](const std::string& one) {
               const auto equals = one.find('=');
               const auto found = child.find(one.substr(0, equals));
               return equals != std::string::npos && found != child.end() && toText(*found) == one.substr(equals + 1);
             });
    };
    if (const auto found = std::ranges::find_if(node, fits); found != node.end()) out.push_back(&*found);
  } else if (node.is_object()) {
    if (const auto found = node.find(segment); found != node.end()) out.push_back(&*found);
  } else if (node.is_array()) {
    const auto index = parseNumber(segment);
    if (index && *index < node.size()) out.push_back(&node[static_cast<std::size_t>(*index)]);
  }
}

}  // namespace

std::string toText(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_null()) return {};
  return dump(value);
}

std::string dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Json> parseJson(std::string_view text) {
  Json tree = Json::parse(text, nullptr, false);
  if (tree.is_discarded()) return fail(ErrorCode::BadAnswer, "not JSON: \"" + excerpt(text, 80) + "\"");
  return tree;
}

Json merged(Json under, const Json& over) {
  if (!under.is_object() || !over.is_object()) return over;
  for (const auto& [key, value] : over.items()) {
    under[key] = under.contains(key) ? merged(under[key], value) : value;
  }
  return under;
}

std::vector<const Json*> selectAll(const Json& tree, std::string_view pointer) {
  std::vector<const Json*> here{&tree};
  while (!pointer.empty() && !here.empty()) {
    pointer.remove_prefix(1);
    const auto end = pointer.find('/');
    const std::string segment = unescaped(pointer.substr(0, end));
    pointer = end == std::string_view::npos ? std::string_view{} : pointer.substr(end);
    std::vector<const Json*> next;
    for (const Json* node : here) step(*node, segment, next);
    here = std::move(next);
  }
  return here;
}

const Json* selectFirst(const Json& tree, std::string_view pointer) {
  const auto all = selectAll(tree, pointer);
  return all.empty() ? nullptr : all.front();
}

std::vector<const Json*> selectItems(const Json& tree, std::string_view pointer) {
  std::vector<const Json*> out;
  for (const Json* found : selectAll(tree, pointer)) {
    if (found->is_array()) {
      for (const Json& child : *found) out.push_back(&child);
    } else if (!found->is_null() && !(found->is_string() && found->get_ref<const std::string&>().empty())) {
      out.push_back(found);
    }
  }
  return out;
}

}  // namespace sidecert::dns::providers
