// Waiting until TXT values are where the CA will look: at every address of every authoritative server, all names at once.
//
// Who counts (docs/dns.md has the reasons):
//  * a server is satisfied once it has shown, authoritatively, every value of every name of the zone; it is not asked again;
//  * a server that gives no authoritative answer kRoundsToOutvote times in a row, over kTimeToOutvote at least, is out-voted
//    by those that are satisfied: CAs ask another server too when one is silent or lame. Where the silent and lame ones are
//    the majority it takes kTimeToOutvoteMajority;
//  * a zone is done when all its servers are satisfied or out-voted and at least one is satisfied;
//  * a server that lags for a while behind one that is satisfied, and names another primary in its SOA, is said to belong to
//    a former provider; it still counts, for the CA may ask it;
//  * servers this machine has no route to (IPv6 without IPv6) do not count, unless there are no others.
// When no server of a zone gives an authoritative answer (port 53 is closed, or something on the way answers in their place:
// no AA bit, RA set), DNS over HTTPS is asked instead: then every service that answers must show every value. When that is
// closed too, the watch ends.
#pragma once

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/ports.h"
#include "base/result.h"
#include "dns/resolver.h"
#include "dns/zone.h"

namespace sidecert::dns {

inline constexpr int kRoundsToOutvote = 3;
inline constexpr Duration kTimeToOutvote{5000};
inline constexpr Duration kTimeToOutvoteMajority{30'000};
inline constexpr Duration kFirstPause{500};
inline constexpr Duration kLongestPause{10'000};
/// A line of progress at least this often, though nothing changes.
inline constexpr Duration kLongestSilence{60'000};
/// Public resolvers keep a "no such name" for minutes: they are given time before they are asked the first time.
inline constexpr Duration kPauseBeforeHttps{10'000};

struct WatchedZone {
  std::string zone;
  std::vector<NameServer> servers;
  std::map<std::string, std::set<std::string>> expected;  // name → values
};

/// Values beside the expected ones are no fault.
/// @returns how long a cache may keep what was shown (the longest TTL); Refused naming the servers still missing what after
/// `limit`; Unreachable, early, when nobody can be asked; Stopped.
[[nodiscard]] Result<std::chrono::seconds> awaitEverywhere(Resolver&, std::vector<WatchedZone>, Duration limit,
                                                           const Effort&, const Ports&);

}  // namespace sidecert::dns
