#include "dns/providers/xml.h"

#include <charconv>
#include <pugixml.hpp>

#include "base/text.h"

namespace sidecert::dns::providers {
namespace {

constexpr int kDeepest = 64;

std::string_view localName(std::string_view name) {
  const auto colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

bool typeEndsWith(const pugi::xml_node& node, std::string_view ending) {
  for (const auto& attribute : node.attributes()) {
    const std::string_view value = attribute.value();
    if (localName(attribute.name()) == "type" && value.ends_with(ending)) return true;
  }
  return false;
}

Json tree(const pugi::xml_node& node, int depth) {
  if (depth > kDeepest) return nullptr;
  if (typeEndsWith(node, ":Map")) {
    Json map = Json::object();
    for (const auto& item : node.children("item")) {
      map[item.child("key").text().get()] = tree(item.child("value"), depth + 1);
    }
    return map;
  }
  if (typeEndsWith(node, ":Array")) {
    Json list = Json::array();
    for (const auto& item : node.children("item")) list.push_back(tree(item, depth + 1));
    return list;
  }
  Json out = Json::object();
  std::string text;
  bool only_text = true;
  for (const auto& attribute : node.attributes()) {
    const std::string_view name = attribute.name();
    if (name.starts_with("xmlns") || name.starts_with("xsi:")) continue;
    out["@" + std::string(localName(name))] = attribute.value();
    only_text = false;
  }
  for (const auto& child : node.children()) {
    if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) {
      text += child.value();
    } else if (child.type() == pugi::node_element) {
      only_text = false;
      const std::string name(localName(child.name()));
      Json value = tree(child, depth + 1);
      if (!out.contains(name)) {
        out[name] = std::move(value);
      } else {
        // An element whose own value is a list would be flattened here; no API of the catalogue sends that.
        if (!out[name].is_array()) out[name] = Json::array({out[name]});
        out[name].push_back(std::move(value));
      }
    }
  }
  if (only_text) return text;
  if (!trim(text).empty()) out["#text"] = text;
  return out;
}

void appendEscaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
}

void writeElement(std::string& out, const std::string& name, const Json& value) {
  if (value.is_array()) {
    for (const Json& one : value) writeElement(out, name, one);
    return;
  }
  out += '<' + name;
  if (!value.is_object()) {
    out += '>';
    appendEscaped(out, toText(value));
  } else {
    for (const auto& [key, member] : value.items()) {
      if (!key.starts_with('@')) continue;
      out += ' ' + key.substr(1) + "=\"";
      appendEscaped(out, toText(member));
      out += '"';
    }
    out += '>';
    for (const auto& [key, member] : value.items()) {
      if (key == "#text") {
        appendEscaped(out, toText(member));
      } else if (!key.starts_with('@')) {
        writeElement(out, key, member);
      }
    }
  }
  out += "</" + name + '>';
}

void writeRpcValue(std::string& out, const Json& value) {
  out += "<value>";
  if (value.is_object()) {
    out += "<struct>";
    for (const auto& [key, member] : value.items()) {
      out += "<member><name>";
      appendEscaped(out, key);
      out += "</name>";
      writeRpcValue(out, member);
      out += "</member>";
    }
    out += "</struct>";
  } else if (value.is_array()) {
    out += "<array><data>";
    for (const Json& one : value) writeRpcValue(out, one);
    out += "</data></array>";
  } else if (value.is_boolean()) {
    out += value.get<bool>() ? "<boolean>1</boolean>" : "<boolean>0</boolean>";
  } else if (value.is_number_integer()) {
    out += "<int>" + toText(value) + "</int>";
  } else if (value.is_number()) {
    out += "<double>" + toText(value) + "</double>";
  } else {
    out += "<string>";
    appendEscaped(out, toText(value));
    out += "</string>";
  }
  out += "</value>";
}

Json rpcValue(const pugi::xml_node& value, int depth) {
  if (depth > kDeepest) return nullptr;
  const pugi::xml_node typed = value.find_child([](const pugi::xml_node& n) { return n.type() == pugi::node_element; });
  if (!typed) return value.text().get();
  const std::string_view type = typed.name();
  const std::string_view text = typed.text().get();
  if (type == "struct") {
    Json out = Json::object();
    for (const auto& member : typed.children("member")) {
      out[member.child("name").text().get()] = rpcValue(member.child("value"), depth + 1);
    }
    return out;
  }
  if (type == "array") {
    Json out = Json::array();
    for (const auto& one : typed.child("data").children("value")) out.push_back(rpcValue(one, depth + 1));
    return out;
  }
  if (type == "int" || type == "i4" || type == "i8") {
    std::int64_t number = 0;
    const auto trimmed = trim(text);
    const auto [end, problem] = std::from_chars(trimmed.data(), trimmed.data() + trimmed.size(), number);
    if (problem == std::errc() && end == trimmed.data() + trimmed.size()) return number;
    return std::string(text);
  }
  if (type == "boolean") return trim(text) == "1";
  if (type == "nil") return nullptr;
  return std::string(text);
}

Result<pugi::xml_document> parsed(std::string_view text) {
  pugi::xml_document document;
  const auto outcome = document.load_buffer(text.data(), text.size(), pugi::parse_default | pugi::parse_ws_pcdata_single,
                                            pugi::encoding_utf8);
  if (!outcome || !document.document_element()) {
    return fail(ErrorCode::BadAnswer, "not XML: \"" + excerpt(text, 80) + "\"");
  }
  return document;
}

constexpr std::string_view kDeclaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

}  // namespace

Result<Json> parseXml(std::string_view text) {
  const auto document = parsed(text);
  if (!document) return std::unexpected(document.error());
  const pugi::xml_node root = document->document_element();
  Json out = Json::object();
  out[std::string(localName(root.name()))] = tree(root, 0);
  return out;
}

std::string writeXml(const Json& root) {
  std::string out(kDeclaration);
  for (const auto& [name, value] : root.items()) writeElement(out, name, value);
  return out;
}

std::string writeXmlRpc(std::string_view method, const Json& params) {
  std::string out(kDeclaration);
  out += "<methodCall><methodName>";
  appendEscaped(out, method);
  out += "</methodName><params>";
  for (const Json& param : params) {
    out += "<param>";
    writeRpcValue(out, param);
    out += "</param>";
  }
  return out + "</params></methodCall>";
}

Result<Json> parseXmlRpc(std::string_view text) {
  const auto document = parsed(text);
  if (!document) return std::unexpected(document.error());
  const pugi::xml_node root = document->child("methodResponse");
  if (const auto fault = root.child("fault")) return rpcValue(fault.child("value"), 0);
  const auto value = root.child("params").child("param").child("value");
  if (!value) return fail(ErrorCode::BadAnswer, "not an XML-RPC answer: \"" + excerpt(text, 80) + "\"");
  return rpcValue(value, 0);
}

}  // namespace sidecert::dns::providers
