#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "dns/providers/definition.h"
#include "dns/providers/definition_fields.h"
#include "dns/providers/definition_rules.h"
#include "dns/providers/scheme.h"

namespace sidecert::dns::providers {
namespace {

using Json = nlohmann::ordered_json;

class SchemaWriter {
 public:
  explicit SchemaWriter(Json& definitions) : definitions_(definitions) {}

  template <class T>
  void required(const std::string& key, T& member, std::string_view meaning) {
    required_.push_back(key);
    optional(key, member, meaning);
  }
  template <class T>
  void optional(const std::string& key, T& member, std::string_view meaning) {
    Json& property = properties_[key] = Json{{"description", std::string(meaning)}};
    property.update(schemaOf(member));
  }

  [[nodiscard]] Json object() const {
    Json out = {{"type", "object"}, {"additionalProperties", false}, {"properties", properties_}};
    if (!required_.empty()) out["required"] = required_;
    return out;
  }

  template <class T>
  Json schemaOf(T& x) {
    return structure(x);
  }
  Json schemaOf(std::string&) { return {{"type", "string"}}; }
  Json schemaOf(bool&) { return {{"type", "boolean"}}; }
  Json schemaOf(int&) { return {{"type", "integer"}, {"minimum", 0}}; }
  Json schemaOf(double&) { return {{"type", "number"}, {"minimum", 0}, {"maximum", 86400}}; }
  Json schemaOf(Template&) { return {{"$ref", "#/$defs/template"}}; }
  Json schemaOf(ValuePath&) { return {{"type", "string"}, {"pattern", "^(/|\\||$)"}}; }
  Json schemaOf(TextPattern&) { return {{"type", "string"}, {"pattern", "\\(\\*\\)"}}; }
  Json schemaOf(Items&) { return {{"type", "string"}, {"pattern", "^(/|\\||$|text:)"}}; }
  Json schemaOf(Need&) { return {{"type", "string"}, {"pattern", "^[^=]+(=.*)?$"}}; }
  Json schemaOf(TreeTemplate&) { return {{"type", Json::array({"object", "array"})}}; }
  Json schemaOf(Let&) {
    return {{"type", "object"},
            {"additionalProperties", {{"type", Json::array({"string", "number", "boolean", "object", "array"})}}}};
  }
  Json schemaOf(Format&) {
    Json names = Json::array();
    for (const FormatName& one : kFormats) names.push_back(std::string(one.name));
    return {{"enum", names}};
  }
  Json schemaOf(Sign& x) {
    Json out = structure(x);
    Json& names = out["properties"]["scheme"] =
        Json{{"description", "a signing scheme of the engine"}, {"oneOf", Json::array()}};
    for (const SchemeEntry& one : schemes()) {
      names["oneOf"].push_back(
          {{"const", std::string(one.name)},
           {"description", std::string(one.meaning) + "; with " + join({one.needs.begin(), one.needs.end()}, ", ")}});
    }
    return out;
  }
  Json schemaOf(Condition&) { return {{"$ref", "#/$defs/condition"}}; }
  Json schemaOf(Source&) { return reference<Source>("source"); }
  Json schemaOf(Ttl& x) { return {{"anyOf", Json::array({Json{{"type", "integer"}, {"minimum", 0}}, structure(x)})}}; }
  Json schemaOf(Step&) { return reference<Step>("step"); }
  Json schemaOf(ZoneLookup&) { return reference<ZoneLookup>("zone"); }
  Json schemaOf(Steps&) {
    const Json step = reference<Step>("step");
    return {{"anyOf", Json::array({step, Json{{"type", "array"}, {"items", step}}})}};
  }
  template <class T>
  Json schemaOf(std::optional<T>&) {
    T x{};
    return schemaOf(x);
  }
  template <class T>
  Json schemaOf(std::vector<T>&) {
    T x{};
    return {{"type", "array"}, {"items", schemaOf(x)}};
  }
  template <class T>
  Json schemaOf(std::map<std::string, T>&) {
    T x{};
    return {{"type", "object"}, {"additionalProperties", schemaOf(x)}};
  }

 private:
  template <class T>
  Json structure(T& x) {
    SchemaWriter inner(definitions_);
    fields(inner, x);
    return inner.object();
  }
  template <class T>
  Json reference(const std::string& name) {
    if (!definitions_.contains(name)) {
      definitions_[name] = true;
      T x{};
      definitions_[name] = std::is_same_v<T, Source> ? alternatives(structure(x), name) : structure(x);
    }
    return {{"$ref", "#/$defs/" + name}};
  }

  // A pointer, the long form, or a list of either.
  static Json alternatives(const Json& long_form, const std::string& name) {
    const Json list = {{"type", "array"}, {"items", {{"$ref", "#/$defs/" + name}}}};
    return {{"anyOf", Json::array({Json{{"type", "string"}}, long_form, list})}};
  }

  Json& definitions_;
  Json properties_ = Json::object();
  std::vector<std::string> required_;
};

Json templateSchema() {
  std::string known;
  for (const Transform& one : transforms()) {
    known += fmt::format("{}{}{}{} ({})", known.empty() ? "" : ", ", one.name, one.argument.empty() ? "" : ":", one.argument,
                         one.meaning);
  }
  return {{"description",
           "Text with {name}, {name/pointer}, {name|transform|transform:argument}; {{ is a brace. Transforms: " + known},
          {"type", "string"}};
}

// "status", "text", "header:Name" or a pointer; see condition.h.
Json conditionSchema() {
  const Json scalar = {{"type", Json::array({"string", "number", "boolean", "null"})}};
  const auto only = [](const char* key, const char* type) {
    return Json{{"type", "object"},
                {"additionalProperties", false},
                {"required", Json::array({key})},
                {"properties", {{key, {{"type", type}}}}}};
  };
  const Json one = {
      {"anyOf", Json::array({scalar, only("contains", "string"), only("starts", "string"), only("present", "boolean")})}};
  const auto orList = [](const Json& single) {
    return Json{{"anyOf", Json::array({single, Json{{"type", "array"}, {"minItems", 1}, {"items", single}}})}};
  };
  const Json status = {{"anyOf", Json::array({Json{{"type", "integer"}, {"minimum", 100}, {"maximum", 599}},
                                              Json{{"type", "string"}, {"pattern", "^[1-5]xx$"}}})}};
  const Json tests = {{"type", "object"},
                      {"minProperties", 1},
                      {"additionalProperties", false},
                      {"properties", {{"status", orList(status)}, {"text", orList(one)}}},
                      {"patternProperties", {{"^(/|header:|$)", orList(one)}}}};
  return {
      {"anyOf", Json::array({tests, Json{{"type", "array"}, {"minItems", 1}, {"items", {{"$ref", "#/$defs/condition"}}}}})}};
}

}  // namespace

std::string definitionSchema() {
  Json definitions = Json::object();
  definitions["condition"] = conditionSchema();
  definitions["template"] = templateSchema();
  SchemaWriter writer(definitions);
  Definition definition;
  fields(writer, definition);
  Json out = {{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", "A DNS provider of Sidecert"}};
  out.update(writer.object());
  out["properties"]["$schema"] = {{"type", "string"}};
  out["$defs"] = definitions;
  return out.dump(1) + "\n";
}

}  // namespace sidecert::dns::providers
