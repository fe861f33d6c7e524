// Where a TXT record has to be written, and who answers for it: zone cuts, CNAME and DNAME, authoritative servers.
// Sources: RFC 1034 section 4.3.2 (aliases, referrals), RFC 2308 (the SOA in a negative answer names the zone), RFC 6672
// (DNAME).
//
// The challenge name itself is asked for at the authoritative servers only. A recursive resolver that is asked too early
// remembers "no such name" for as long as the zone says, and the CA may sit behind the same one.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/effort.h"
#include "base/http/http.h"
#include "base/log.h"
#include "base/result.h"
#include "dns/name_servers.h"
#include "dns/resolver.h"

namespace sidecert::dns {

struct Location {
  std::string name;  // after every alias was followed
  std::string zone;  // the zone that name lies in
  auto operator<=>(const Location&) const = default;
};

/// What one answer says about the place of `name`, known to lie within `zone`.
struct Finding {
  enum class Kind {
    Alias,        // `target` is where to go on
    Delegated,    // `zone` below the one asked is where to go on; `servers` answer for it
    Here,         // the name lies in `zone`
    SomewhereIn,  // the server answers for the name, but did not show which zone that is
    Useless,      // not an authoritative answer, or none at all
  };
  Kind kind = Kind::Useless;
  std::string target;
  std::string zone;
  std::vector<std::string> servers;
  std::vector<Record> glue;  // addresses of `servers` that came along
};

/// @param authority_needed  false for what a recursive resolver answers
[[nodiscard]] Finding read(const Response&, const std::string& name, const std::string& zone, bool authority_needed);

/// Where the search for the zone of a name begins: right above it, for a top-level domain's servers need not be troubled.
[[nodiscard]] std::string whereToBegin(const std::string& name);

/// The zone that the answer to a question for the SOA of `at` shows, if it shows one.
[[nodiscard]] std::optional<std::string> zoneShown(const Response&, const std::string& at);

/// Goes by levels, not by names: what names share (zone, servers, their addresses) is asked once, what they do not share is
/// asked in one round, so a hundred names take as many round trips as one. For one run; not thread-safe.
class ZoneFinder {
 public:
  ZoneFinder(Resolver& resolver, HttpTransport& http, Log log)
      : resolver_(resolver), http_(http), log_(log), known_(resolver, std::move(log)) {}

  /// Follows aliases to where a record for each name has to be written. That place need not exist yet.
  /// @returns in the order of `names`: Refused for a loop, a chain that is too long or an alias that leads nowhere, and when
  /// nobody has registered or delegated such a name.
  [[nodiscard]] std::vector<Result<Location>> locate(std::span<const std::string> names, const Effort&);
  [[nodiscard]] Result<Location> locate(const std::string& name, const Effort& effort) {
    return std::move(locate({&name, 1}, effort).front());
  }

  /// Every IPv4 and IPv6 address of every server the zone's NS records name, up to kMostAddresses.
  /// @returns BadAnswer when there is none.
  [[nodiscard]] Result<std::vector<NameServer>> serversOf(const std::string& zone, const Effort&);

 private:
  struct Search;

  void findZones(const std::vector<Search*>&, const Effort&);
  [[nodiscard]] Result<std::string> publicZoneOf(const std::string& name, Error failure, const Effort&);
  void findServers(const std::vector<Search*>&, const Effort&);
  void look(const std::vector<Search*>&, const Effort&);
  void askAuthorities(const std::vector<Search*>&, const Effort&);
  void askForCuts(const std::vector<Search*>&, const Effort&);
  void askResolvers(const std::vector<Search*>&, const Effort&);
  void enterDelegations(const std::vector<Search*>&, const Effort&);
  [[nodiscard]] std::set<Search*> madeByWildcards(const std::vector<Search*>&, const Effort&);
  void decide(Search&, bool made_by_wildcard);

  Resolver& resolver_;
  HttpTransport& http_;
  Log log_;
  NameServers known_;
  std::set<std::string> unheard_;  // zones of which no server could be asked
};

}  // namespace sidecert::dns
