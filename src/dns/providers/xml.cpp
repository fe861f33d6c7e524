#include "dns/providers/xml.h"

#include <algorithm>
#include <charconv>
#include <pugixml.hpp>

#include "base/encoding.h"
#include "base/text.h"
#include "dns/providers/groups.h"

namespace sidecert::dns::providers {
namespace {

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

// What pugixml read, as Values. Once the budget is exceeded the rest is null and nobody sees it.
class XmlReader {
 public:
  explicit XmlReader(const Limits& limits) : budget_(limits) {}

  [[nodiscard]] const Budget& budget() const { return budget_; }

  Value element(const pugi::xml_node& node) {
    if (!budget_.enter() || !budget_.node()) return {};
    Value out = typeEndsWith(node, ":Map")     ? map(node)
                : typeEndsWith(node, ":Array") ? list(node.children("item"), &XmlReader::element)
                                               : plain(node);
    budget_.leave();
    return out;
  }

  Value rpcValue(const pugi::xml_node& value) {
    if (!budget_.enter() || !budget_.node()) return {};
    Value out = rpcTyped(value);
    budget_.leave();
    return out;
  }

 private:
  Value text(std::string_view octets) { return budget_.octets(octets.size()) ? Value(octets) : Value(); }

  bool put(Object& into, std::string name, Value value) {
    if (!budget_.members(into.size() + 1) || !budget_.octets(name.size())) return false;
    into.set(std::move(name), std::move(value));
    return true;
  }

  template <class Nodes>
  Value list(const Nodes& nodes, Value (XmlReader::*read)(const pugi::xml_node&)) {
    ValueList out;
    for (const auto& node : nodes) {
      out.push_back((this->*read)(node));
      if (budget_.exceeded()) return {};
    }
    return out;
  }

  Value map(const pugi::xml_node& node) {
    Object out;
    for (const auto& item : node.children("item")) {
      if (!put(out, item.child("key").text().get(), element(item.child("value")))) return {};
    }
    return out;
  }

  Value plain(const pugi::xml_node& node) {
    Object out;
    std::string own_text;
    for (const auto& attribute : node.attributes()) {
      const std::string_view name = attribute.name();
      if (name.starts_with("xmlns") || name.starts_with("xsi:")) continue;
      if (!budget_.node() || !put(out, "@" + std::string(localName(name)), text(attribute.value()))) return {};
    }
    Groups children;
    for (const auto& child : node.children()) {
      if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) own_text += child.value();
      if (child.type() != pugi::node_element) continue;
      children.add(localName(child.name()), element(child));
      if (budget_.exceeded()) return {};
    }
    if (out.size() == 0 && children.all().empty()) return text(own_text);
    // An element whose own value is a list would be flattened here; no API of the catalogue sends that.
    for (auto& [name, values] : children.all()) {
      if (!put(out, name, values.size() == 1 ? std::move(values[0]) : Value(std::move(values)))) return {};
    }
    if (!trim(own_text).empty() && !put(out, "#text", text(own_text))) return {};
    return out;
  }

  Value rpcTyped(const pugi::xml_node& value) {
    const pugi::xml_node typed = value.find_child([](const pugi::xml_node& n) { return n.type() == pugi::node_element; });
    if (!typed) return text(value.text().get());
    const std::string_view type = typed.name();
    const std::string_view content = typed.text().get();
    if (type == "struct") {
      Object out;
      for (const auto& member : typed.children("member")) {
        if (!put(out, member.child("name").text().get(), rpcValue(member.child("value")))) return {};
      }
      return out;
    }
    if (type == "array") return list(typed.child("data").children("value"), &XmlReader::rpcValue);
    if (type == "int" || type == "i4" || type == "i8") {
      std::int64_t number = 0;
      const auto trimmed = trim(content);
      const auto [end, problem] = std::from_chars(trimmed.data(), trimmed.data() + trimmed.size(), number);
      if (problem == std::errc() && end == trimmed.data() + trimmed.size()) return number;
      return text(content);
    }
    if (type == "boolean") return trim(content) == "1";
    if (type == "nil") return {};
    return text(content);
  }

  Budget budget_;
};

void writeElement(std::string& out, const std::string& name, const Value& value) {
  if (value.isList()) {
    for (const Value& one : value.items()) writeElement(out, name, one);
    return;
  }
  out += '<' + name;
  if (!value.isObject()) {
    out += '>';
    out += escapeAttribute(toText(value));
  } else {
    for (const auto& [key, member] : value.members()) {
      if (!key.starts_with('@')) continue;
      out += ' ' + key.substr(1) + "=\"";
      out += escapeAttribute(toText(member));
      out += '"';
    }
    out += '>';
    for (const auto& [key, member] : value.members()) {
      if (key == "#text") {
        out += escapeAttribute(toText(member));
      } else if (!key.starts_with('@')) {
        writeElement(out, key, member);
      }
    }
  }
  out += "</" + name + '>';
}

void writeRpcValue(std::string& out, const Value& value) {
  out += "<value>";
  if (value.isObject()) {
    out += "<struct>";
    for (const auto& [key, member] : value.members()) {
      out += "<member><name>";
      out += escapeAttribute(key);
      out += "</name>";
      writeRpcValue(out, member);
      out += "</member>";
    }
    out += "</struct>";
  } else if (value.isList()) {
    out += "<array><data>";
    for (const Value& one : value.items()) writeRpcValue(out, one);
    out += "</data></array>";
  } else if (value.isBool()) {
    out += value.truth() ? "<boolean>1</boolean>" : "<boolean>0</boolean>";
  } else if (value.isInteger()) {
    out += "<int>" + toText(value) + "</int>";
  } else if (value.isNumber()) {
    out += "<double>" + toText(value) + "</double>";
  } else {
    out += "<string>";
    out += escapeAttribute(toText(value));
    out += "</string>";
  }
  out += "</value>";
}

// pugixml's own tree takes some 64 octets for every element and 40 for every attribute: what cannot fit is not handed to it.
// An element has up to two "<", and a text may hold a "=" now and then.
bool mayFit(std::string_view text, Budget& budget) {
  const auto marks = std::max(std::ranges::count(text, '<'), std::ranges::count(text, '='));
  return budget.nodes(static_cast<std::size_t>(marks) / 2);
}

template <class Read>
std::expected<Value, Unreadable> readDocument(std::string_view text, const Limits& limits, Read read) {
  Budget before(limits);
  if (!mayFit(text, before)) return before.error();
  pugi::xml_document document;
  const auto outcome = document.load_buffer(text.data(), text.size(), pugi::parse_default | pugi::parse_ws_pcdata_single,
                                            pugi::encoding_utf8);
  if (!outcome || !document.document_element()) return std::unexpected(Unreadable{.why = "not XML"});
  XmlReader reader(limits);
  std::expected<Value, Unreadable> tree = read(document, reader);
  if (reader.budget().exceeded()) return reader.budget().error();
  return tree;
}

constexpr std::string_view kDeclaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

}  // namespace

std::expected<Value, Unreadable> parseXml(std::string_view text, const Limits& limits) {
  return readDocument(text, limits,
                      [](const pugi::xml_document& document, XmlReader& reader) -> std::expected<Value, Unreadable> {
                        const pugi::xml_node root = document.document_element();
                        return Object{{std::string(localName(root.name())), reader.element(root)}};
                      });
}

std::string writeXml(const Value& root) {
  std::string out(kDeclaration);
  for (const auto& [name, value] : root.members()) writeElement(out, name, value);
  return out;
}

std::string writeXmlRpc(std::string_view method, const Value& params) {
  std::string out(kDeclaration);
  out += "<methodCall><methodName>";
  out += escapeAttribute(method);
  out += "</methodName><params>";
  for (const Value& param : params.items()) {
    out += "<param>";
    writeRpcValue(out, param);
    out += "</param>";
  }
  return out + "</params></methodCall>";
}

std::expected<Value, Unreadable> parseXmlRpc(std::string_view text, const Limits& limits) {
  return readDocument(text, limits,
                      [](const pugi::xml_document& document, XmlReader& reader) -> std::expected<Value, Unreadable> {
                        const pugi::xml_node root = document.child("methodResponse");
                        if (const auto fault = root.child("fault")) return reader.rpcValue(fault.child("value"));
                        const auto value = root.child("params").child("param").child("value");
                        if (!value) return std::unexpected(Unreadable{.why = "not an XML-RPC answer"});
                        return reader.rpcValue(value);
                      });
}

}  // namespace sidecert::dns::providers
