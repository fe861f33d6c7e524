#include "dns/providers/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "base/text.h"
#include "dns/providers/models.h"
#include "dns/providers/zone_finder.h"

namespace sidecert::dns::providers {
namespace {

constexpr std::size_t kFewNames = 8;         // so many are changed one after the other
constexpr std::size_t kLanes = 4;            // more than a handful of connections is no manners
constexpr int kQuestions = 3;                // to an address that a variable names
constexpr std::uint64_t kLongestPace = 600;  // seconds

struct Prepared {
  Definition definition;
  std::size_t credentials = 0;
  Scope variables;
  std::vector<std::string> secrets;
};

class DefinedProvider final : public Provider {
 public:
  DefinedProvider(Prepared prepared, Ports ports)
      : definition_(std::move(prepared.definition)),
        credentials_(definition_.credentials[prepared.credentials]),
        variables_(std::move(prepared.variables)),
        secrets_(std::move(prepared.secrets)),
        ports_(std::move(ports)),
        session_(definition_, credentials_, variables_, secrets_, ports_),
        zones_(definition_, credentials_.zone ? *credentials_.zone : definition_.zone, session_) {}

  std::string title() const override { return definition_.name; }
  Result<> add(const std::string& zone, std::span<const TxtRecord> records) override {
    return change(zone, records, Change::Add);
  }
  Result<> remove(const std::string& zone, std::span<const TxtRecord> records) override {
    return change(zone, records, Change::Remove);
  }
  Result<> look(const std::string& zone, std::span<const TxtRecord> records) override {
    return change(zone, records, Change::Look);
  }
  std::vector<TxtRecord> together(const std::string& cut, std::span<const TxtRecord> records) override {
    std::vector<TxtRecord> all(records.begin(), records.end());
    if (!definition_.slot || records.empty()) return all;
    const std::scoped_lock lock(one_at_a_time_);
    const auto zone = zones_.find(all.front().name, cut);
    // What is in the way of finding the zone is told by the change that follows.
    return zone ? thatFit(definition_, scopeOf(*zone, session_), records) : all;
  }
  std::chrono::seconds settle() const override {
    return std::chrono::seconds(static_cast<std::int64_t>(definition_.settle));
  }

 private:
  Result<> change(const std::string& cut, std::span<const TxtRecord> records, Change change) {
    const std::scoped_lock lock(one_at_a_time_);
    std::map<std::string, std::pair<FoundZone, std::vector<TxtRecord>>> by_zone;
    for (const TxtRecord& record : records) {
      auto zone = zones_.find(record.name, cut);
      if (!zone) return std::unexpected(zone.error());
      auto& group = by_zone[zone->name];
      if (!std::ranges::contains(group.second, record)) group.second.push_back(record);
      group.first = std::move(*zone);
    }
    for (const auto& [name, group] : by_zone) {
      if (auto done = changeIn(group.first, group.second, change); !done) return done;
      if (definition_.publish.empty() || change == Change::Look) continue;
      Scope scope = scopeOf(group.first, session_);
      if (auto published = session_.runAll(definition_.publish, scope, Repeat::Freely); !published)
        return within("publishing " + name, published.error());
    }
    return {};
  }

  static Scope scopeOf(const FoundZone& zone, const Session& session) {
    Scope scope(&session.scope());
    scope.set("zone", zone.name);
    for (const auto& [key, value] : zone.captures) scope.set(key, value);
    return scope;
  }

  Result<> changeIn(const FoundZone& zone, const std::vector<TxtRecord>& records, Change change) {
    if (!mayShare()) return changeBy(session_, zone, records, change);
    const auto shares = sharesOf(records);
    if (shares.size() == 1) return changeBy(session_, zone, records, change);
    std::vector<Result<>> outcomes(shares.size());
    {
      std::vector<std::jthread> threads;
      threads.reserve(shares.size());
      for (std::size_t i = 0; i < shares.size(); ++i) {
        threads.emplace_back([&, i] {
          Session session(definition_, credentials_, variables_, secrets_, ports_);
          outcomes[i] = changeBy(session, zone, shares[i], change);
        });
      }
    }
    const auto failed = std::ranges::find_if(outcomes, [](const Result<>& outcome) { return !outcome; });
    return failed == outcomes.end() ? Result<>{} : *failed;
  }

  Result<> changeBy(Session& session, const FoundZone& zone, std::span<const TxtRecord> records, Change change) {
    const Scope scope = scopeOf(zone, session);
    return definition_.records ? changeRecords(definition_, session, scope, records, change)
           : definition_.set   ? changeSets(definition_, session, scope, records, change)
                               : changeSlots(definition_, session, scope, records, change);
  }

  // Whether names may be changed side by side: one request each, nothing shared between them, no pace that a single
  // session keeps up with anyway, no login of which there may be only one.
  [[nodiscard]] bool mayShare() const {
    if (definition_.pace > 0 || !definition_.pace_from.empty()) return false;
    if (!definition_.login.empty() || !credentials_.login.empty()) return false;
    if (definition_.records) return !definition_.records->relist && !takes(definition_.records->add, "additions");
    if (!definition_.set || definition_.set->whole_zone) return false;
    const Steps& write = definition_.set->write;
    return !takes(write, "sets") && !takes(write, "written") && !takes(write, "existing");
  }

  // All values of one name stay together.
  static std::vector<std::vector<TxtRecord>> sharesOf(const std::vector<TxtRecord>& records) {
    std::map<std::string, std::size_t> lane_of;
    for (const TxtRecord& record : records) lane_of.emplace(record.name, lane_of.size() % kLanes);
    if (lane_of.size() <= kFewNames) return {records};
    std::vector<std::vector<TxtRecord>> shares(kLanes);
    for (const TxtRecord& record : records) shares[lane_of.at(record.name)].push_back(record);
    return shares;
  }

  const Definition definition_;
  const Credentials& credentials_;
  const Scope variables_;
  const std::vector<std::string> secrets_;
  const Ports ports_;
  Session session_;
  ZoneFinder zones_;
  std::mutex one_at_a_time_;
};

// One line of text, as "what is my address" services answer.
Result<Json> ask(const DefinedVariable& variable, const std::string& url, Ports& ports) {
  HttpRequest request;
  request.url = url;
  Error error;
  for (int attempt = 1; attempt <= kQuestions; ++attempt) {
    const auto answer = ports.http.send(request);
    if (answer && answer->status == 200) {
      const auto said = trim(answer->body);
      if (!said.empty() && said.find_first_of("<>\r\n ") == std::string_view::npos) return std::string(said);
    }
    error = answer ? Error{.code = ErrorCode::BadAnswer,
                           .what = fmt::format("{}: status {}, {}", url, answer->status, excerpt(answer->body)),
                           .hint = {}}
                   : answer.error();
    if (attempt < kQuestions && !ports.clock.sleepFor(std::chrono::seconds(1 << attempt), ports.stop))
      return fail(ErrorCode::Stopped, "asked to stop while asking " + url);
  }
  return within("asking the address in " + variable.name, error);
}

Result<Json> parsedVariable(const DefinedVariable& variable, const std::string& text) {
  Json tree = Json::parse(text, nullptr, false);
  if (tree.is_object()) return tree;
  return fail(ErrorCode::Settings, variable.name + ": not the JSON object that is expected there", variable.meaning);
}

// Of a JSON value its members are what could be shown somewhere.
void addSecrets(const Json& value, std::vector<std::string>& secrets) {
  if (!value.is_object()) return secrets.push_back(toText(value));
  for (const auto& [key, member] : value.items()) {
    if (key.ends_with("key") || key.ends_with("secret") || key.ends_with("token")) secrets.push_back(toText(member));
  }
}

// {name: template or templates}; of several the first that is complete.
void define(const Json& let, Scope& variables) {
  for (const auto& [name, patterns] : let.items()) {
    for (const Json& pattern : patterns.is_array() ? patterns : Json::array({patterns})) {
      if (auto value = renderTree(pattern, variables)) {
        variables.set(name, std::move(*value));
        break;
      }
    }
  }
}

Result<Json> valueOf(const DefinedVariable& variable, const std::string& typed, Ports& ports) {
  if (variable.file) {
    auto content = ports.files.read(typed);
    if (!content) return within("reading the file that " + variable.name + " names", content.error());
    if (!*content)
      return fail(ErrorCode::Settings, fmt::format("{}: there is no file {}", variable.name, typed),
                  "mount it into the container");
    if (variable.json) return parsedVariable(variable, **content);
    return **content;
  }
  if (variable.asked && (typed.starts_with("https://") || typed.starts_with("http://"))) return ask(variable, typed, ports);
  if (variable.json) return parsedVariable(variable, typed);
  if (variable.values.empty()) return typed;
  if (const auto known = variable.values.find(typed); known != variable.values.end()) return known->second;
  if (variable.or_url && parseUrl(typed)) return typed;
  std::vector<std::string> names;
  for (const auto& [name, value] : variable.values) names.push_back(name);
  return fail(ErrorCode::Settings, fmt::format("{}: \"{}\" is not known", variable.name, excerpt(typed, 40)),
              "one of " + join(names, ", "));
}

}  // namespace

Result<std::unique_ptr<Provider>> makeDefined(Definition definition, const config::ProviderVariables& given, Ports ports,
                                              const DefinitionById& other) {
  Prepared prepared;
  std::vector<std::string> problems;
  const auto isSet = [&](const std::string& name) {
    const auto found = given.find(name);
    return found != given.end() && !found->second.empty();
  };
  for (const DefinedVariable& variable : definition.variables) {
    const std::string typed = isSet(variable.name) ? given.at(variable.name).reveal() : variable.fallback;
    if (typed.empty()) continue;
    auto value = valueOf(variable, typed, ports);
    if (!value && value.error().code != ErrorCode::Settings) return std::unexpected(value.error());
    if (!value) {
      problems.push_back(describe(value.error()));
      continue;
    }
    if (variable.secret) addSecrets(*value, prepared.secrets);
    prepared.variables.set(variable.name, std::move(*value));
  }
  const auto suffices = [&](const Credentials& set) {
    const auto has = [&](const auto& wanted) {
      const Json* value = prepared.variables.find(wanted.first);
      return value && std::cmp_equal(toText(*value).size(), wanted.second);
    };
    return std::ranges::all_of(set.length, has) && std::ranges::all_of(set.needs, [&](const std::string& need) {
             const auto equals = need.find('=');
             const Json* value = prepared.variables.find(need.substr(0, equals));
             return value && (equals == std::string::npos || equalsIgnoringCase(toText(*value), need.substr(equals + 1)));
           });
  };
  const auto chosen = std::ranges::find_if(definition.credentials, suffices);
  if (chosen == definition.credentials.end()) {
    std::vector<std::string> sets;
    std::vector<std::string> missing;
    for (const Credentials& set : definition.credentials) {
      sets.push_back(join(set.inWords(), " and "));
      for (const std::string& name : set.needs) {
        if (!isSet(name.substr(0, name.find('='))) && !std::ranges::contains(missing, name)) missing.push_back(name);
      }
    }
    problems.push_back(
        fmt::format("{}: not set: {} (needed: {})", definition.name, join(missing, ", "), join(sets, "; or ")));
  }
  if (problems.empty() && !chosen->use.empty()) {
    auto instead =
        other ? other(chosen->use)
              : fail(ErrorCode::Settings, fmt::format("{}: {} is used by another definition and can use none itself",
                                                      definition.name, definition.id));
    if (!instead) return std::unexpected(instead.error());
    return makeDefined(std::move(*instead), given, std::move(ports));
  }
  int ttl = definition.ttl.use;
  if (const Json* typed = prepared.variables.find(definition.ttl.variable); typed && !definition.ttl.variable.empty()) {
    const auto number = parseNumber(toText(*typed));
    if (!number || *number > 2'147'483'647) {
      problems.push_back(
          fmt::format("{}: \"{}\" is no number of seconds", definition.ttl.variable, excerpt(toText(*typed), 40)));
    } else {
      ttl = static_cast<int>(*number);
    }
  }
  if (const Json* typed = prepared.variables.find(definition.pace_variable); typed && !definition.pace_variable.empty()) {
    const auto seconds = parseNumber(toText(*typed));
    if (!seconds || *seconds > kLongestPace) {
      problems.push_back(fmt::format("{}: \"{}\" is no number of seconds up to {}", definition.pace_variable,
                                     excerpt(toText(*typed), 40), kLongestPace));
    } else {
      definition.pace = std::max(definition.pace, static_cast<double>(*seconds));
    }
  }
  if (!problems.empty()) {
    return fail(ErrorCode::Settings, join(problems, "; "),
                definition.keys_at.empty() ? "" : "found at " + definition.keys_at);
  }
  ttl = std::max(ttl, definition.ttl.least);
  if (definition.ttl.most > 0) ttl = std::min(ttl, definition.ttl.most);
  if (ttl > 0) prepared.variables.set("ttl", ttl);
  prepared.credentials = static_cast<std::size_t>(chosen - definition.credentials.begin());
  define(definition.let, prepared.variables);
  define(chosen->let, prepared.variables);
  prepared.definition = std::move(definition);
  const auto named = ports.about(prepared.definition.name);
  return std::make_unique<DefinedProvider>(std::move(prepared), named);
}

}  // namespace sidecert::dns::providers
