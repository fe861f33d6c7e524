// What a watch knows of the servers it looks at: the bookkeeping behind propagation.h.
#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "dns/name_servers.h"
#include "dns/propagation.h"
#include "dns/resolver.h"

namespace sidecert::dns {

using Expected = std::map<std::string, std::set<std::string>>;  // name → values

/// One server of one zone, and what it has not shown yet.
struct Observer {
  NameServer server;
  std::string https;  // the URL of a DoH service; then `server` is not used
  Expected missing;
  int failures = 0;  // rounds in a row without an authoritative answer
  Duration failing_since{};
  bool silent = false;       // the last failure was no answer at all
  bool intercepted = false;  // the last failure was an answer by somebody else
  std::string problem;
  bool asked = false;
  std::string stranger;         // why it looks like a server of somebody else; empty: it does not
  std::chrono::seconds ttl{0};  // the longest it has shown

  [[nodiscard]] std::string name() const { return https.empty() ? server.text() : https; }
  [[nodiscard]] bool satisfied() const { return missing.empty(); }
  [[nodiscard]] bool failingFor(Duration time, Duration now) const {
    return !satisfied() && failures >= kRoundsToOutvote && now - failing_since >= time;
  }
  [[nodiscard]] std::string state() const;  // for the log: "does not show NAME yet"
  [[nodiscard]] bool lags() const { return !satisfied() && failures == 0; }
};

/// The servers of one zone, and who of them counts (propagation.h has the rules).
struct ZoneWatch {
  std::string zone;
  Expected expected;
  std::vector<Observer> observers;
  bool over_https = false;
  Duration not_before{};                // on the monotonic clock
  bool suspected = false;               // whether a server is a stranger has been asked
  std::optional<Duration> split_since;  // some servers show everything, others answer without it

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

/// What one server is asked in one round, and what came.
struct Errand {
  Observer* observer = nullptr;
  std::vector<std::string> names;
  std::vector<Result<Response>> answers;  // in the order of `names`
};

/// Takes what came into account. @returns whether the server has shown everything it was asked for.
bool takeAll(Errand&, Duration now);

}  // namespace sidecert::dns
