#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "dns/providers/definition.h"
#include "dns/providers/definition_check.h"
#include "dns/providers/definition_fields.h"

namespace sidecert::dns::providers {
namespace {

using Problems = std::vector<std::string>;

class Loader {
 public:
  Loader(const Json& node, std::string at, Problems& problems) : node_(node), at_(std::move(at)), problems_(problems) {}

  template <class T>
  void required(const std::string& key, T& into, std::string_view meaning) {
    if (!node_.contains(key)) problem(at_, fmt::format("\"{}\" is missing: {}", key, meaning));
    optional(key, into, meaning);
  }

  template <class T>
  void optional(const std::string& key, T& into, std::string_view) {
    known_.insert(key);
    if (node_.contains(key)) read(node_[key], at_ + "/" + key, into);
  }

  void finish() {
    for (const auto& [key, value] : node_.items()) {
      if (known_.contains(key) || key == "$schema") continue;
      const auto nearest = std::ranges::min_element(known_, {}, [&](const std::string& k) { return editDistance(k, key); });
      problem(at_ + "/" + key, fmt::format("unknown here; did you mean \"{}\"?", *nearest));
    }
  }

 private:
  void problem(const std::string& at, std::string_view what) {
    problems_.push_back(fmt::format("{}: {}", at.empty() ? "/" : at, what));
  }

  void read(const Json& node, const std::string& at, std::string& into) {
    if (!node.is_string()) return problem(at, "expected a text");
    into = node.get<std::string>();
  }
  void read(const Json& node, const std::string& at, bool& into) {
    if (!node.is_boolean()) return problem(at, "expected true or false");
    into = node.get<bool>();
  }
  void read(const Json& node, const std::string& at, int& into) {
    if (!node.is_number_integer() || node.get<std::int64_t>() < 0 || node.get<std::int64_t>() > 1'000'000'000) {
      return problem(at, "expected a whole number, not negative");
    }
    into = node.get<int>();
  }
  void read(const Json& node, const std::string& at, double& into) {
    if (!node.is_number() || node.get<double>() < 0 || node.get<double>() > 86400) {
      return problem(at, "expected seconds: a number between 0 and 86400");
    }
    into = node.get<double>();
  }
  void read(const Json& node, const std::string& at, Json& into) {
    if (!node.is_structured()) return problem(at, "expected an object or a list");
    into = node;
  }
  void read(const Json& node, const std::string& at, Condition& into) {
    if (!node.is_structured()) return problem(at, "expected a condition: an object, or a list of objects");
    into.tree = node;
  }
  void read(const Json& node, const std::string& at, Source& into) {
    if (node.is_string()) {
      into.pointer = node.get<std::string>();
      return;
    }
    if (node.is_array()) return readList(node, at, into.any);
    readObject(node, at, into);
  }
  void read(const Json& node, const std::string& at, Ttl& into) {
    if (node.is_number_integer()) return read(node, at, into.use);
    readObject(node, at, into);
  }
  void read(const Json& node, const std::string& at, Steps& into) {
    if (node.is_array()) return readList(node, at, into);
    into.emplace_back();
    readObject(node, at, into.back());
  }
  template <class T>
  void read(const Json& node, const std::string& at, std::optional<T>& into) {
    into.emplace();
    read(node, at, *into);
  }
  template <class T>
  void read(const Json& node, const std::string& at, std::vector<T>& into) {
    readList(node, at, into);
  }
  template <class T>
  void read(const Json& node, const std::string& at, std::map<std::string, T>& into) {
    if (!node.is_object()) return problem(at, "expected an object");
    for (const auto& [key, value] : node.items()) read(value, at + "/" + key, into[key]);
  }
  template <class T>
    requires requires(Loader& loader, T& into) { fields(loader, into); }
  void read(const Json& node, const std::string& at, T& into) {
    readObject(node, at, into);
  }

  template <class T>
  void readList(const Json& node, const std::string& at, std::vector<T>& into) {
    if (!node.is_array()) return problem(at, "expected a list");
    for (std::size_t i = 0; i < node.size(); ++i) {
      into.emplace_back();
      read(node[i], at + "/" + std::to_string(i), into.back());
    }
  }

  template <class T>
  void readObject(const Json& node, const std::string& at, T& into) {
    if (!node.is_object()) return problem(at, "expected an object");
    Loader inner(node, at, problems_);
    fields(inner, into);
    inner.finish();
  }

  const Json& node_;
  std::string at_;
  Problems& problems_;
  std::set<std::string> known_;
};

}  // namespace

std::vector<std::string> Credentials::inWords() const {
  std::vector<std::string> words = needs;
  for (std::string& word : words) {
    if (const auto found = length.find(word); found != length.end()) word += fmt::format(" of {} characters", found->second);
  }
  return words;
}

std::string_view Step::method() const {
  if (!get.empty()) return "GET";
  if (!post.empty()) return "POST";
  if (!put.empty()) return "PUT";
  if (!patch.empty()) return "PATCH";
  return "DELETE";
}

const std::string& Step::target() const {
  for (const std::string* one : {&get, &post, &put, &patch}) {
    if (!one->empty()) return *one;
  }
  return del;
}

Result<Definition> loadDefinition(std::string_view text, std::string_view where) {
  const Json tree = Json::parse(text, nullptr, false);
  if (tree.is_discarded()) {
    std::string why = "not valid JSON";
    try {
      static_cast<void>(Json::parse(text));
    } catch (const Json::parse_error& e) {
      why = fmt::format("not valid JSON near octet {}", e.byte);
    } catch (const Json::out_of_range&) {
      why = "not valid JSON: a number in it is too large";
    }
    return fail(ErrorCode::Settings, fmt::format("{}: {}", where, why));
  }
  Problems problems;
  Definition definition;
  if (tree.is_object()) {
    Loader loader(tree, "", problems);
    fields(loader, definition);
    loader.finish();
  } else {
    problems.emplace_back("/: expected an object");
  }
  if (problems.empty()) problems = checkDefinition(definition, tree);
  if (problems.empty()) return definition;
  std::string all;
  for (const std::string& one : problems) all += fmt::format("{}{}: {}", all.empty() ? "" : "\n", where, one);
  return fail(ErrorCode::Settings, std::move(all), "docs/provider-definitions.md describes the format");
}

}  // namespace sidecert::dns::providers
