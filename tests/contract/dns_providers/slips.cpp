#include "contract/dns_providers/slips.h"

#include <array>
#include <nlohmann/json.hpp>
#include <set>

namespace sidecert::testing {
namespace {

using Json = nlohmann::ordered_json;
using Pointer = Json::json_pointer;

const std::set<std::string> kForPeople = {"$schema", "id",      "name", "docs",    "aliases",
                                          "rights",  "keys_at", "note", "message", "variables"};
const std::set<std::string> kConditions = {"ok",   "exists",   "missing", "denied", "slow",
                                           "busy", "conflict", "failed",  "where",  "until"};
const std::set<std::string> kRequestParts = {"query", "headers", "json", "form", "xml", "xmlrpc", "text"};
constexpr std::array kLists = {"additions", "removals", "records", "former",  "added",
                               "removed",   "sets",     "written", "emptied", "existing"};

// Another letter in place of the middle one of those that are no part of a {name}, or of the first {name}'s.
std::string oneLetterOff(std::string text, bool in_name) {
  std::vector<std::size_t> letters;
  bool inside = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '{') inside = true;
    if (text[i] == '}') {
      if (in_name && !letters.empty()) break;
      inside = false;
    }
    if (inside == in_name && std::isalnum(static_cast<unsigned char>(text[i]))) letters.push_back(i);
  }
  if (letters.empty()) return {};
  // In a pointer the last segment: what is before it is as often the whole answer's envelope.
  const std::size_t at =
      text.starts_with('/') ? letters[letters.size() - (letters.size() > 1 ? 2 : 1)] : letters[letters.size() / 2];
  char& c = text[at];
  c = c == 'x' || c == '9' ? 'q' : static_cast<char>(c + 1);
  if (!std::isalnum(static_cast<unsigned char>(c))) c = 'k';
  return text;
}

class Slipper {
 public:
  explicit Slipper(Json good) : good_(std::move(good)) {}

  std::vector<Slip> run() {
    visit(good_, Pointer(), false);
    return std::move(slips_);
  }

 private:
  void add(const Pointer& at, const std::string& what, Json instead) {
    Json bad = good_;
    bad[at] = std::move(instead);
    slips_.push_back({at.to_string() + ": " + what, bad.dump()});
  }

  void leaveOut(const Pointer& at) {
    Json bad = good_;
    bad[at.parent_pointer()].erase(at.back());
    slips_.push_back({at.to_string() + ": left out", bad.dump()});
  }

  void rename(const Pointer& at) {
    const std::string key = oneLetterOff(at.back(), false);
    if (key.empty()) return;
    Json members = Json::object();
    for (const auto& [name, value] : good_[at.parent_pointer()].items()) members[name == at.back() ? key : name] = value;
    add(at.parent_pointer(), "\"" + at.back() + "\" is spelled \"" + key + "\"", std::move(members));
  }

  void visitText(const std::string& text, const Pointer& at, bool in_request) {
    for (const bool in_name : {false, true}) {
      if (const std::string off = oneLetterOff(text, in_name); !off.empty()) add(at, "\"" + off + "\"", off);
    }
    if (in_request && !text.empty()) add(at, "blank", "");
  }

  void visit(const Json& node, const Pointer& at, bool in_request) {
    if (node.is_string()) return visitText(node.get<std::string>(), at, in_request);
    if (node.is_array()) {
      for (std::size_t i = 0; i < node.size(); ++i) visit(node[i], at / i, in_request);
      return;
    }
    if (!node.is_object()) return;
    for (const auto& [key, member] : node.items()) {
      const Pointer here = at / key;
      if (at.empty() && kForPeople.contains(key)) continue;
      if (!at.empty() && at.back() == "credentials" && key == "needs") continue;
      if (key == "each") {
        for (const char* list : kLists) {
          if (member != list) add(here, std::string("\"") + list + "\"", list);
        }
        continue;
      }
      leaveOut(here);
      const bool is_condition = !in_request && kConditions.contains(key) && member.is_structured();
      if (is_condition) {
        const bool of_item = key == "where";
        add(here, "empty", Json::object());
        add(here, "always",
            of_item ? Json{{"", {{"present", true}}}} : Json{{"status", {"1xx", "2xx", "3xx", "4xx", "5xx"}}});
        add(here, "never", of_item ? Json{{"", {{"present", false}}}} : Json{{"status", 999}});
      }
      if (in_request || key.starts_with('/')) rename(here);
      visit(member, here, in_request || kRequestParts.contains(key));
    }
  }

  Json good_;
  std::vector<Slip> slips_;
};

}  // namespace

std::vector<Slip> slipsOf(std::string_view definition) {
  return Slipper(Json::parse(definition)).run();
}

}  // namespace sidecert::testing
