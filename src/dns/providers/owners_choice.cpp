#include "dns/providers/owners_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/text.h"
#include "dns/providers/ini.h"
#include "dns/providers/json.h"
#include "dns/providers/request.h"

namespace sidecert::dns::providers {
namespace {

constexpr int kQuestions = 3;                         // to an address that a variable names
constexpr std::uint64_t kLongestPace = 600;           // seconds
constexpr std::uint64_t kLongestTtl = 2'147'483'647;  // seconds; RFC 2181 section 8

// One line of text, as "what is my address" services answer.
Result<Value> ask(const DefinedVariable& variable, const std::string& url, Ports& ports) {
  HttpRequest request;
  request.url = url;
  Error error;
  const Effort effort = ports.effort().trying(kQuestions);
  for (Duration wait = std::chrono::seconds(2);; wait *= 2) {
    const auto answer = ports.http.send(request, effort);
    if (answer && answer->status == 200) {
      const auto said = trim(answer->body);
      if (!said.empty() && said.find_first_of("<>\r\n ") == std::string_view::npos) return Value(said);
    }
    error = answer ? Error{.code = ErrorCode::BadAnswer,
                           .what = fmt::format("{}: status {}, {}", url, answer->status, excerpt(answer->body)),
                           .hint = {}}
                   : answer.error();
    if (!effort.tryAgain()) return within("asking the address in " + variable.name, error);
    if (auto waited = effort.pause(wait, "asking " + url); !waited) return std::unexpected(waited.error());
  }
}

Result<Value> parsedVariable(const DefinedVariable& variable, const std::string& text) {
  auto tree = parseJson(text);
  if (tree && tree->isObject()) return std::move(*tree);
  return fail(ErrorCode::Settings, variable.name + ": not the JSON object that is expected there", variable.meaning);
}

// Of a JSON value its members are what could be shown somewhere.
void addSecrets(const Value& value, std::vector<std::string>& secrets) {
  if (!value.isObject()) return secrets.push_back(toText(value));
  for (const auto& [key, member] : value.members()) {
    if (key.ends_with("key") || key.ends_with("secret") || key.ends_with("token")) secrets.push_back(toText(member));
  }
}

// Of several templates the first that is complete.
void define(const Let& let, Scope& variables) {
  for (const auto& [name, patterns] : let) {
    for (const TreeTemplate& pattern : patterns) {
      if (auto value = renderTree(pattern, variables)) {
        variables.set(name, std::move(*value));
        break;
      }
    }
  }
}

Result<std::optional<std::string>> readFile(const DefinedVariable& variable, const std::string& path, Ports& ports) {
  auto content = ports.files.read(path);
  if (!content) return within("reading the file that " + variable.name + " names", content.error());
  return content;
}

std::unexpected<Error> noFile(const DefinedVariable& variable, const std::string& path) {
  return fail(ErrorCode::Settings, fmt::format("{}: there is no file {}", variable.name, path),
              "mount it into the container");
}

// Where the file that an INI file names is: there, or beside it, because a home folder is another one in a container.
Result<std::string> readBeside(const DefinedVariable& variable, const std::string& ini, const std::string& named,
                               Ports& ports) {
  const std::string beside = (std::filesystem::path(ini).parent_path() / std::filesystem::path(named).filename()).string();
  for (const std::string& path : {named, beside}) {
    if (!path.starts_with('/')) continue;
    auto content = readFile(variable, path, ports);
    if (!content) return std::unexpected(content.error());
    if (*content) return std::move(**content);
  }
  return noFile(variable, named);
}

Result<Value> valueOf(const DefinedVariable& variable, const std::string& typed, Ports& ports) {
  if (variable.file) {
    const auto content = readFile(variable, typed, ports);
    if (!content) return std::unexpected(content.error());
    if (!*content) return noFile(variable, typed);
    if (variable.json) return parsedVariable(variable, **content);
    return Value(**content);
  }
  if (variable.asked && (typed.starts_with("https://") || typed.starts_with("http://"))) return ask(variable, typed, ports);
  if (variable.json) return parsedVariable(variable, typed);
  if (variable.values.empty()) return Value(typed);
  if (const auto known = variable.values.find(typed); known != variable.values.end()) return Value(known->second);
  if (variable.or_url && parseUrl(typed)) return Value(typed);
  std::vector<std::string> names;
  for (const auto& [name, value] : variable.values) names.push_back(name);
  return fail(ErrorCode::Settings, fmt::format("{}: \"{}\" is not known", variable.name, excerpt(typed, 40)),
              "one of " + join(names, ", "));
}

// The smallest of these that is not smaller; the largest when all are.
std::optional<std::uint64_t> nextAllowed(std::vector<int> allowed, std::uint64_t ttl) {
  if (allowed.empty()) return std::nullopt;
  std::ranges::sort(allowed);
  const auto next = std::ranges::find_if(allowed, [&](int one) { return std::cmp_greater_equal(one, ttl); });
  return static_cast<std::uint64_t>(next == allowed.end() ? allowed.back() : *next);
}

class Reading {
 public:
  Reading(const Definition& definition, const config::ProviderVariables& given, Ports ports)
      : definition_(definition), given_(given), ports_(std::move(ports)) {}

  Result<OwnersChoice> read() {
    if (auto values = readVariables(); !values) return std::unexpected(values.error());
    const Credentials* chosen = chooseCredentials();
    // What another definition does is nothing to be complained about here.
    if (chosen && !chosen->use.empty() && problems_.empty()) return std::move(choice_);
    readTtl();
    readPace();
    if (problems_.empty()) {
      define(definition_.let, choice_.variables);
      define(chosen->let, choice_.variables);
      if (auto base = checkBase(definition_, choice_.variables); !base) return std::unexpected(base.error());
      return std::move(choice_);
    }
    return fail(ErrorCode::Settings, join(problems_, "; "),
                definition_.keys_at.empty() ? "" : "found at " + definition_.keys_at);
  }

 private:
  bool isSet(const std::string& name) const {
    const auto found = given_.find(name);
    return found != given_.end() && !found->second.empty();
  }

  Result<> readVariables() {
    for (const DefinedVariable& variable : definition_.variables) {
      const std::string typed = isSet(variable.name) ? given_.at(variable.name).reveal() : variable.fallback;
      if (typed.empty()) continue;
      auto value = valueOf(variable, typed, ports_);
      if (value && variable.ini) value = sectionOf(variable, typed, toText(*value));
      if (!value && value.error().code != ErrorCode::Settings) return std::unexpected(value.error());
      if (!value) {
        problems_.push_back(describe(value.error()));
        continue;
      }
      if (variable.secret) addSecrets(*value, choice_.secrets);
      choice_.variables.set(variable.name, std::move(*value));
    }
    return {};
  }

  Result<Value> sectionOf(const DefinedVariable& variable, const std::string& path, const std::string& content) {
    const auto named = std::ranges::find(definition_.variables, variable.ini->section, &DefinedVariable::name);
    const std::string section = isSet(variable.ini->section) ? given_.at(variable.ini->section).reveal() : named->fallback;
    auto members = readIni(content, section);
    if (!members)
      return fail(ErrorCode::Settings, fmt::format("{}: {}: {}", variable.name, path, members.error()), variable.meaning);
    for (const std::string& file : variable.ini->files) {
      const Value* there = members->find(file);
      if (!there) continue;
      auto text = readBeside(variable, path, toText(*there), ports_);
      if (!text) return std::unexpected(text.error());
      choice_.secrets.push_back(*text);
      members->set(file, std::move(*text));
    }
    return Value(std::move(*members));
  }

  bool suffices(const Credentials& set) const {
    const auto hasLength = [&](const auto& wanted) {
      const Value* value = choice_.variables.find(wanted.first);
      return value && std::cmp_equal(toText(*value).size(), wanted.second);
    };
    const auto isMet = [&](const Need& need) {
      const Value* value = choice_.variables.find(need.name);
      return value && (!need.value || equalsIgnoringCase(toText(*value), *need.value));
    };
    return std::ranges::all_of(set.length, hasLength) && std::ranges::all_of(set.needs, isMet);
  }

  const Credentials* chooseCredentials() {
    const auto& sets = definition_.credentials;
    const auto chosen = std::ranges::find_if(sets, [&](const Credentials& set) { return suffices(set); });
    if (chosen != sets.end()) {
      choice_.credentials = static_cast<std::size_t>(chosen - sets.begin());
      return &*chosen;
    }
    std::vector<std::string> in_words;
    std::vector<std::string> missing;
    for (const Credentials& set : sets) {
      in_words.push_back(join(set.inWords(), " and "));
      for (const Need& need : set.needs) {
        const std::string wanted = need.value ? need.name + "=" + *need.value : need.name;
        if (!isSet(need.name) && !std::ranges::contains(missing, wanted)) missing.push_back(wanted);
      }
    }
    problems_.push_back(
        fmt::format("{}: not set: {} (needed: {})", definition_.name, join(missing, ", "), join(in_words, "; or ")));
    return nullptr;
  }

  // The variable may ask for another number of seconds; what the provider does not take is brought to what it takes.
  void readTtl() {
    const Ttl& allowed = definition_.ttl;
    std::uint64_t ttl = static_cast<std::uint64_t>(allowed.use);
    if (const Value* typed = allowed.variable.empty() ? nullptr : choice_.variables.find(allowed.variable)) {
      const auto number = parseNumber(toText(*typed));
      if (number && *number <= kLongestTtl) {
        ttl = *number;
      } else {
        problems_.push_back(fmt::format("{}: \"{}\" is no number of seconds; {} takes {} to {}", allowed.variable,
                                        excerpt(toText(*typed), 40), definition_.name, allowed.least,
                                        allowed.most > 0 ? static_cast<std::uint64_t>(allowed.most) : kLongestTtl));
      }
    }
    ttl = std::max(ttl, static_cast<std::uint64_t>(allowed.least));
    if (allowed.most > 0) ttl = std::min(ttl, static_cast<std::uint64_t>(allowed.most));
    if (const auto next = nextAllowed(allowed.allowed, ttl)) ttl = *next;
    if (ttl > 0) choice_.variables.set("ttl", static_cast<std::int64_t>(ttl));
  }

  void readPace() {
    choice_.pace = definition_.pace;
    const std::string& variable = definition_.pace_variable;
    const Value* typed = variable.empty() ? nullptr : choice_.variables.find(variable);
    if (!typed) return;
    const auto seconds = parseNumber(toText(*typed));
    if (seconds && *seconds <= kLongestPace) {
      choice_.pace = std::max(choice_.pace, static_cast<double>(*seconds));
    } else {
      problems_.push_back(
          fmt::format("{}: \"{}\" is no number of seconds up to {}", variable, excerpt(toText(*typed), 40), kLongestPace));
    }
  }

  const Definition& definition_;
  const config::ProviderVariables& given_;
  Ports ports_;
  OwnersChoice choice_;
  std::vector<std::string> problems_;
};

}  // namespace

Result<OwnersChoice> readOwnersChoice(const Definition& definition, const config::ProviderVariables& given, Ports ports) {
  return Reading(definition, given, std::move(ports)).read();
}

}  // namespace sidecert::dns::providers
