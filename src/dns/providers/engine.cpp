#include "dns/providers/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <utility>

#include "base/lanes.h"
#include "base/text.h"
#include "dns/providers/models.h"
#include "dns/providers/owners_choice.h"
#include "dns/providers/zone_finder.h"

namespace sidecert::dns::providers {
namespace {

constexpr std::size_t kFewNames = 8;  // so many are changed one after the other
constexpr std::size_t kLanes = 4;     // more than a handful of connections is no manners

class DefinedProvider final : public Provider {
 public:
  DefinedProvider(Definition definition, OwnersChoice choice, Ports ports)
      : definition_(std::move(definition)),
        credentials_(definition_.credentials[choice.credentials]),
        variables_(std::move(choice.variables)),
        secrets_(std::move(choice.secrets)),
        ports_(std::move(ports)),
        session_(definition_, credentials_, variables_, secrets_, ports_),
        zones_(definition_, credentials_.zone ? *credentials_.zone : definition_.zone, session_) {}

  std::string title() const override { return definition_.name; }
  Result<> add(const std::string& zone, std::span<const TxtRecord> records, const Effort& effort) override {
    return change(zone, records, Change::Add, effort);
  }
  Result<> remove(const std::string& zone, std::span<const TxtRecord> records, const Effort& effort) override {
    return change(zone, records, Change::Remove, effort);
  }
  Result<> look(const std::string& zone, std::span<const TxtRecord> records, const Effort& effort) override {
    return change(zone, records, Change::Look, effort);
  }
  std::vector<TxtRecord> together(const std::string& cut, std::span<const TxtRecord> records,
                                  const Effort& effort) override {
    std::vector<TxtRecord> all(records.begin(), records.end());
    if (!definition_.slot || records.empty()) return all;
    const std::scoped_lock lock(one_at_a_time_);
    session_.spend(effort);
    const auto zone = zones_.find(all.front().name, cut);
    // What is in the way of finding the zone is told by the change that follows.
    return zone ? thatFit(definition_, scopeOf(*zone, session_), records) : all;
  }
  bool silent() const override { return silent_; }
  std::chrono::seconds settle() const override {
    return std::chrono::seconds(static_cast<std::int64_t>(definition_.settle));
  }
  std::chrono::seconds publishesWithin() const override { return std::chrono::seconds(definition_.publishes_within); }

 private:
  Result<> change(const std::string& cut, std::span<const TxtRecord> records, Change change, const Effort& effort) {
    const std::scoped_lock lock(one_at_a_time_);
    session_.spend(effort);
    silent_ = false;
    auto done = changeEach(cut, records, change, effort);
    if (session_.silent()) silent_ = true;
    return done;
  }

  Result<> changeEach(const std::string& cut, std::span<const TxtRecord> records, Change change, const Effort& effort) {
    std::map<std::string, std::pair<FoundZone, std::vector<TxtRecord>>> by_zone;
    for (const TxtRecord& record : records) {
      auto zone = zones_.find(record.name, cut);
      if (!zone) return std::unexpected(zone.error());
      auto& group = by_zone[zone->name];
      if (!std::ranges::contains(group.second, record)) group.second.push_back(record);
      group.first = std::move(*zone);
    }
    for (const auto& [name, group] : by_zone) {
      if (auto done = changeIn(group.first, group.second, change, effort); !done) return done;
      if (definition_.publish.empty() || change == Change::Look) continue;
      Scope scope = scopeOf(group.first, session_);
      const auto published = session_.runAll(definition_.publish, scope, Repeat::Freely);
      if (!published) return within("publishing " + name, published.error());
      if (published->outcome != Outcome::Done && published->outcome != Outcome::Exists)
        return within("publishing " + name, published->error);
    }
    return {};
  }

  static Scope scopeOf(const FoundZone& zone, const Session& session) {
    Scope scope(&session.scope());
    scope.set("zone", zone.spelling);
    for (const auto& [key, value] : zone.captures) scope.set(key, value);
    return scope;
  }

  Result<> changeIn(const FoundZone& zone, const std::vector<TxtRecord>& records, Change change, const Effort& effort) {
    if (!mayShare()) return changeBy(session_, zone, records, change);
    const auto shares = sharesOf(records);
    if (shares.size() == 1) return changeBy(session_, zone, records, change);
    return firstFailure(runInLanes(shares.size(), kLanes, [&](std::size_t i) {
      Session session(definition_, credentials_, variables_, secrets_, ports_);
      session.spend(effort);
      auto done = changeBy(session, zone, shares[i], change);
      if (session.silent()) silent_ = true;
      return done;
    }));
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
    if (definition_.pace > 0 || definition_.pace_from) return false;
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
  std::atomic<bool> silent_ = false;  // during the last change
};

}  // namespace

Result<std::unique_ptr<Provider>> makeDefined(Definition definition, const config::ProviderVariables& given, Ports ports,
                                              const DefinitionById& other) {
  auto choice = readOwnersChoice(definition, given, ports);
  if (!choice) return std::unexpected(choice.error());
  if (const std::string& id = definition.credentials[choice->credentials].use; !id.empty()) {
    if (!other) {
      return fail(ErrorCode::Settings, fmt::format("{}: {} is used by another definition and can use none itself",
                                                   definition.name, definition.id));
    }
    auto instead = other(id);
    if (!instead) return std::unexpected(instead.error());
    return makeDefined(std::move(*instead), given, std::move(ports));
  }
  definition.pace = choice->pace;
  const auto named = ports.about(definition.name);
  return std::make_unique<DefinedProvider>(std::move(definition), std::move(*choice), named);
}

}  // namespace sidecert::dns::providers
