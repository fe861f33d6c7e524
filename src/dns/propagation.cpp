#include "dns/propagation.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/lanes.h"
#include "base/text.h"
#include "dns/doh.h"
#include "dns/observer.h"

namespace sidecert::dns {
namespace {

constexpr Duration kAskLimit{3000};
constexpr std::size_t kMostServicesAtOnce = 8;
constexpr std::size_t kProbes = 3;  // names that a server which lagged is asked for, before it is asked for all
constexpr Duration kTimeToSuspect{30'000};

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
      if (std::ranges::any_of(zones_, [&](const ZoneWatch& zone) { return nobodyCanBeAsked(zone, now); }))
        return closed(now);
      if (now >= deadline) return timedOut(limit);
      if (auto waited = effort_.pause(std::min(pause, deadline - now), "waiting for the name servers"); !waited)
        return std::unexpected(waited.error());
    }
  }

 private:
  Result<> round() {
    const Duration now = ports_.clock.monotonic();
    std::vector<Errand> errands;
    for (ZoneWatch& zone : zones_) {
      if (now < zone.not_before) continue;
      for (Observer& observer : zone.observers) {
        if (!observer.satisfied()) errands.push_back(errandTo(observer));
      }
    }
    auto again = ask(errands);
    if (again && !again->empty()) again = ask(*again);
    if (!again) return std::unexpected(again.error());
    if (auto going = effort_.check("waiting for the name servers"); !going && effort_.stopped()) return going;
    for (ZoneWatch& zone : zones_) {
      leavePort53(zone);
      suspectStrangers(zone);
    }
    return {};
  }

  // All names at first; few of them while the server lags or fails.
  static Errand errandTo(Observer& observer) {
    const bool all = !observer.asked && observer.https.empty();
    const std::size_t most = all ? observer.missing.size() : observer.failures > 0 ? 1 : kProbes;
    Errand errand{.observer = &observer, .names = {}, .answers = {}};
    for (const auto& [name, values] : observer.missing) {
      if (errand.names.size() < most) errand.names.push_back(name);
    }
    return errand;
  }

  // One round for all. @returns errands for the rest of the names, to servers that have shown what they were asked for.
  Result<std::vector<Errand>> ask(std::vector<Errand>& errands) {
    std::vector<Query> queries;
    std::vector<std::pair<std::size_t, std::size_t>> places;  // errand and name
    std::vector<std::size_t> over_https;
    for (std::size_t i = 0; i < errands.size(); ++i) {
      errands[i].answers.resize(errands[i].names.size());
      if (!errands[i].observer->https.empty()) {
        over_https.push_back(i);
        continue;
      }
      for (std::size_t n = 0; n < errands[i].names.size(); ++n) {
        queries.push_back(
            {.server = errands[i].observer->server.server, .name = errands[i].names[n], .type = RecordType::Txt});
        places.emplace_back(i, n);
      }
    }
    resolver_.askAll(queries, kAskLimit, effort_, [&](std::size_t index, Result<Response> answer) {
      errands[places[index].first].answers[places[index].second] = std::move(answer);
    });
    const auto asked = runInLanes(over_https.size(), kMostServicesAtOnce, [&](std::size_t i) {
      Errand& errand = errands[over_https[i]];
      for (std::size_t n = 0; n < errand.names.size(); ++n) {
        errand.answers[n] =
            askOverHttps(ports_.http, errand.observer->https, errand.names[n], RecordType::Txt, effort_.upTo(kAskLimit));
        if (!errand.answers[n]) errand.names.resize(n + 1);  // one after the other: a hundred need not wait for silence
      }
      return Result<>();
    });
    if (auto failed = firstFailure(asked); !failed) return std::unexpected(failed.error());
    std::vector<Errand> again;
    const Duration now = ports_.clock.monotonic();
    for (Errand& errand : errands) {
      if (!takeAll(errand, now) || errand.observer->satisfied()) continue;
      Errand rest{.observer = errand.observer, .names = {}, .answers = {}};
      for (const auto& [name, values] : errand.observer->missing) rest.names.push_back(name);
      again.push_back(std::move(rest));
    }
    return again;
  }

  // Somebody who moved from one DNS provider to another, and left a server of the former one among the zone's NS records,
  // waits for a value that will never be there. Such a server has another primary (the SOA's MNAME) than the others.
  void suspectStrangers(ZoneWatch& zone) {
    const Duration now = ports_.clock.monotonic();
    std::vector<Observer*> laggards;
    Observer* good = nullptr;
    for (Observer& observer : zone.observers) {
      if (observer.satisfied()) good = &observer;
      if (observer.lags()) laggards.push_back(&observer);
    }
    if (zone.over_https || zone.suspected || good == nullptr || laggards.empty()) return zone.split_since.reset();
    if (!zone.split_since) zone.split_since = now;
    if (now - *zone.split_since < kTimeToSuspect) return;
    zone.suspected = true;
    laggards.push_back(good);
    std::vector<Query> queries;
    for (const Observer* observer : laggards)
      queries.push_back({.server = observer->server.server, .name = zone.zone, .type = RecordType::Soa});
    std::vector<std::string> primaries;
    for (const auto& answer : answersTo(resolver_, queries, kAskLimit, effort_)) {
      const auto found = answer ? dataOf(answer->answers, RecordType::Soa, zone.zone) : std::vector<std::string>();
      primaries.push_back(found.empty() ? std::string() : found.front());
    }
    for (std::size_t i = 0; i + 1 < laggards.size(); ++i) {
      if (primaries[i].empty() || primaries.back().empty() || primaries[i] == primaries.back()) continue;
      laggards[i]->stranger =
          fmt::format(" (it names {} as the zone's primary, the others {}: it looks like a server of a former DNS provider)",
                      excerpt(primaries[i]), excerpt(primaries.back()));
    }
  }

  // Neither port 53 nor DNS over HTTPS, and time enough to come back: more waiting would not help.
  [[nodiscard]] bool nobodyCanBeAsked(const ZoneWatch& zone, Duration now) {
    if (!zone.over_https && !resolver_.httpsServices().empty()) return false;
    return std::ranges::all_of(zone.observers, [&](const Observer& o) {
      return o.failingFor(kTimeToOutvoteMajority, now) && (o.silent || o.intercepted);
    });
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
        if (observer.failures > 0 || !observer.stranger.empty()) {
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

  std::unexpected<Error> closed(Duration now) {
    return fail(
        ErrorCode::Unreachable,
        fmt::format("neither name servers nor a DNS over HTTPS service can be asked for the TXT records: {}",
                    join(waitedFor(now), "; ")),
        "let this machine reach port 53, or a DNS over HTTPS service; or set ACME_DNSSLEEP to a fixed wait, such as 120");
  }

  std::unexpected<Error> timedOut(Duration limit) {
    const Duration now = ports_.clock.monotonic();
    const bool stranger = std::ranges::any_of(zones_, [](const ZoneWatch& zone) {
      return std::ranges::any_of(zone.observers, [](const Observer& o) { return !o.satisfied() && !o.stranger.empty(); });
    });
    const bool intercepted = std::ranges::any_of(zones_, [&](const ZoneWatch& zone) {
      return !zone.done(now) && std::ranges::any_of(zone.observers, [](const Observer& o) { return o.intercepted; });
    });
    return fail(
        ErrorCode::Refused,
        fmt::format("after {} the name servers do not all show the TXT records: {}", toWords(limit),
                    join(waitedFor(now), "; ")),
        stranger ? "remove the former provider's name servers from the domain's NS records, at the registrar and in the "
                   "zone"
        : intercepted ? "something on the way (a router, a firewall) answers DNS questions in their place: let this machine "
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
