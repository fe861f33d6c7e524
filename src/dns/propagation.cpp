#include "dns/propagation.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "base/lanes.h"
#include "base/text.h"
#include "dns/doh.h"

namespace sidecert::dns {
namespace {

constexpr Duration kAskLimit{3000};
constexpr std::size_t kThreads = 16;
constexpr std::size_t kNamesInALine = 3;
constexpr int kMissesInARow = 3;  // a server that lags is not asked for a hundred names in every round

using Expected = std::map<std::string, std::set<std::string>>;

// One server of one zone, and what it has not shown yet.
struct Observer {
  NameServer server;
  std::string https;  // the URL of a DoH service; then `server` is not used
  Expected missing;
  int failures = 0;  // rounds in a row without an authoritative answer
  Duration failing_since{};
  bool silent = false;       // the last failure was no answer at all
  bool intercepted = false;  // the last failure was an answer by somebody else
  std::string problem;
  std::chrono::seconds ttl{0};  // the longest it has shown

  [[nodiscard]] std::string name() const { return https.empty() ? server.text() : https; }
  [[nodiscard]] bool satisfied() const { return missing.empty(); }
  [[nodiscard]] bool failingFor(Duration time, Duration now) const {
    return !satisfied() && failures >= kRoundsToOutvote && now - failing_since >= time;
  }
  [[nodiscard]] std::string state() const {
    if (satisfied()) return "shows everything";
    if (failures > 0) return problem;
    std::vector<std::string> names;
    for (const auto& [name_missing, values] : missing) {
      if (names.size() == kNamesInALine) {
        names.push_back(fmt::format("{} more", missing.size() - kNamesInALine));
        break;
      }
      names.push_back(values.size() == 1 ? name_missing : fmt::format("{} ({} values)", name_missing, values.size()));
    }
    return "does not show " + join(names, ", ") + " yet";
  }
};

struct ZoneWatch {
  std::string zone;
  Expected expected;
  std::vector<Observer> observers;
  bool over_https = false;
  Duration not_before{};  // on the monotonic clock

  [[nodiscard]] std::size_t satisfied() const {
    return static_cast<std::size_t>(std::ranges::count_if(observers, [](const Observer& o) { return o.satisfied(); }));
  }
  [[nodiscard]] bool outvoted(const Observer& observer, Duration now) const {
    const bool by_majority = 2 * satisfied() >= observers.size();
    return satisfied() > 0 && observer.failingFor(by_majority ? kTimeToOutvote : kTimeToOutvoteMajority, now);
  }
  [[nodiscard]] bool done(Duration now) const {
    return satisfied() > 0 &&
           std::ranges::all_of(observers, [&](const Observer& o) { return o.satisfied() || outvoted(o, now); });
  }
};

void noteFailure(Observer& observer, Duration now, std::string problem) {
  if (observer.failures++ == 0) observer.failing_since = now;
  observer.problem = std::move(problem);
}

// @returns false when the server is not worth another question in this round.
bool take(Observer& observer, const std::string& name, const Result<Answer>& answer, Duration now) {
  observer.silent = !answer;
  observer.intercepted = false;
  if (!answer) {
    noteFailure(observer, now, "gives no answer: " + answer.error().what);
    return false;
  }
  const bool definite = answer->code == ResponseCode::NoError || answer->code == ResponseCode::NxDomain;
  if (!definite) {
    noteFailure(observer, now, "answers " + toString(answer->code));
    return false;
  }
  if (!answer->authoritative && observer.https.empty()) {
    observer.intercepted = answer->recursive;
    noteFailure(observer, now, "does not answer for this zone with authority");
    return false;
  }
  observer.failures = 0;
  auto& values = observer.missing[name];
  for (const Record& record : answer->answers) {
    if (record.type != RecordType::Txt) continue;
    values.erase(record.data);
    observer.ttl = std::max(observer.ttl, std::chrono::seconds(record.ttl));
  }
  if (values.empty()) observer.missing.erase(name);
  return true;
}

class Watch {
 public:
  Watch(Resolver& resolver, Effort effort, const Ports& ports)
      : resolver_(resolver), effort_(std::move(effort)), ports_(ports) {}

  void add(WatchedZone watched) {
    ZoneWatch zone{.zone = std::move(watched.zone), .expected = std::move(watched.expected), .observers = {}};
    std::vector<NameServer> reachable;
    for (const NameServer& server : watched.servers) {
      if (resolver_.hasRoute(server.server)) {
        reachable.push_back(server);
      } else {
        ports_.log.debug("this machine has no route to {}: it is left out", server.text());
      }
    }
    for (NameServer& server : reachable.empty() ? watched.servers : reachable) {
      zone.observers.push_back({.server = server, .https = {}, .missing = zone.expected, .problem = {}});
    }
    zones_.push_back(std::move(zone));
  }

  Result<std::chrono::seconds> run(Duration limit) {
    const Duration deadline = ports_.clock.monotonic() + limit;
    for (Duration pause = kFirstPause;; pause = std::min(kLongestPause, pause * 3 / 2)) {
      if (auto looked = round(); !looked) return std::unexpected(looked.error());
      report();
      const Duration now = ports_.clock.monotonic();
      if (std::ranges::all_of(zones_, [&](const ZoneWatch& zone) { return zone.done(now); })) return finish(now);
      if (now >= deadline) return timedOut(limit);
      if (auto waited = effort_.pause(std::min(pause, deadline - now), "waiting for the name servers"); !waited)
        return std::unexpected(waited.error());
    }
  }

 private:
  Result<> round() {
    const Duration now = ports_.clock.monotonic();
    std::vector<Observer*> due;
    for (ZoneWatch& zone : zones_) {
      if (now < zone.not_before) continue;
      for (Observer& observer : zone.observers) {
        if (!observer.satisfied()) due.push_back(&observer);
      }
    }
    const auto looked = runInLanes(due.size(), kThreads, [&](std::size_t i) {
      observe(*due[i]);
      return Result<>();
    });
    for (ZoneWatch& zone : zones_) leavePort53(zone);
    return firstFailure(looked);
  }

  void observe(Observer& observer) {
    const Expected wanted = observer.missing;
    int misses = 0;
    for (const auto& [name, values] : wanted) {
      if (effort_.stopped() || misses == kMissesInARow) return;
      const auto answer =
          observer.https.empty()
              ? resolver_.ask(observer.server.server, name, RecordType::Txt, Recursion::NotDesired, effort_.upTo(kAskLimit))
              : askOverHttps(ports_.http, observer.https, name, RecordType::Txt, effort_.upTo(kAskLimit));
      if (!take(observer, name, answer, ports_.clock.monotonic())) return;
      misses = observer.missing.contains(name) ? misses + 1 : 0;
    }
  }

  void leavePort53(ZoneWatch& zone) {
    const std::vector<std::string> services = resolver_.httpsServices();
    if (zone.over_https || services.empty()) return;
    const Duration now = ports_.clock.monotonic();
    const auto& all = zone.observers;
    if (!std::ranges::all_of(all, [&](const Observer& o) { return o.failingFor(kTimeToOutvote, now); })) return;
    const bool intercepted = std::ranges::any_of(all, [](const Observer& o) { return o.intercepted; });
    const bool closed = std::ranges::all_of(all, [](const Observer& o) { return o.silent; });
    ports_.log.warning("{}: DNS over HTTPS is asked from now on",
                       intercepted ? fmt::format("something between here and the name servers of {} (a router, a firewall) "
                                                 "answers DNS questions in their place",
                                                 zone.zone)
                       : closed    ? fmt::format("none of the name servers of {} can be reached on port 53", zone.zone)
                                   : fmt::format("none of the name servers of {} answers for it", zone.zone));
    zone.over_https = true;
    zone.not_before = now + kPauseBeforeHttps;
    zone.observers.clear();
    for (const std::string& url : services) {
      zone.observers.push_back({.server = {}, .https = url, .missing = zone.expected, .problem = {}});
    }
  }

  // A line for each change; and one for all that are waited for when nothing has changed for a while.
  void report() {
    const Duration now = ports_.clock.monotonic();
    const bool quiet = now - last_line_ >= kLongestSilence;
    bool said = false;
    for (const ZoneWatch& zone : zones_) {
      for (const Observer& observer : zone.observers) {
        const std::string key = zone.zone + " " + observer.name();
        const std::string state = observer.state();
        const auto known = states_.find(key);
        if (known != states_.end() && known->second == state) continue;
        states_[key] = state;
        said = true;
        if (observer.failures > 0) {
          ports_.log.warning("name server {} of {} {}", observer.name(), zone.zone, state);
        } else {
          ports_.log.info("name server {} of {} {}", observer.name(), zone.zone, state);
        }
      }
    }
    if (!said && quiet) ports_.log.info("still waiting: {}", join(waitedFor(now), "; "));
    if (said || quiet) last_line_ = now;
  }

  [[nodiscard]] std::vector<std::string> waitedFor(Duration now) const {
    std::vector<std::string> lines;
    for (const ZoneWatch& zone : zones_) {
      if (zone.done(now)) continue;
      for (const Observer& observer : zone.observers) {
        if (!observer.satisfied()) lines.push_back(fmt::format("{} {}", observer.name(), observer.state()));
      }
    }
    return lines;
  }

  std::chrono::seconds finish(Duration now) {
    std::chrono::seconds ttl{0};
    for (const ZoneWatch& zone : zones_) {
      for (const Observer& observer : zone.observers) {
        ttl = std::max(ttl, observer.ttl);
        if (zone.outvoted(observer, now)) {
          ports_.log.warning("name server {} of {} {}; the others agree, so we go on without it", observer.name(), zone.zone,
                             observer.problem);
        }
      }
    }
    return ttl;
  }

  std::unexpected<Error> timedOut(Duration limit) {
    const Duration now = ports_.clock.monotonic();
    const bool intercepted = std::ranges::any_of(zones_, [&](const ZoneWatch& zone) {
      return !zone.done(now) && std::ranges::any_of(zone.observers, [](const Observer& o) { return o.intercepted; });
    });
    return fail(ErrorCode::Refused,
                fmt::format("after {} the name servers do not all show the TXT records: {}", toWords(limit),
                            join(waitedFor(now), "; ")),
                intercepted
                    ? "something on the way (a router, a firewall) answers DNS questions in their place: let this machine "
                      "reach port 53, or set ACME_DNSSLEEP to a fixed wait"
                    : "a slow provider wants a larger ACME_DNS_TIMEOUT; if your own network shows another view of the "
                      "domain than the internet does, set ACME_DNS_RESOLVERS=1.1.1.1,9.9.9.9");
  }

  Resolver& resolver_;
  const Effort effort_;
  const Ports& ports_;
  std::vector<ZoneWatch> zones_;
  std::map<std::string, std::string> states_;
  Duration last_line_{};
};

}  // namespace

Result<std::chrono::seconds> awaitEverywhere(Resolver& resolver, std::vector<WatchedZone> zones, Duration limit,
                                             const Effort& effort, const Ports& ports) {
  Watch watch(resolver, effort, ports);
  for (WatchedZone& zone : zones) watch.add(std::move(zone));
  return watch.run(limit);
}

}  // namespace sidecert::dns
