// Where a TXT record has to be written, and who answers for it: zone cuts, CNAME and DNAME, authoritative servers.
// Sources: RFC 1034 section 4.3.2 (aliases, referrals), RFC 2308 (the SOA in a negative answer names the zone), RFC 6672
// (DNAME).
//
// The challenge name itself is asked for at the authoritative servers only. A recursive resolver that is asked too early
// remembers "no such name" for as long as the zone says, and the CA may sit behind the same one.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "dns/resolver.h"

namespace sidecert::dns {

struct NameServer {
  std::string host;  // the name in the NS record
  Server server;     // one of its addresses
  auto operator<=>(const NameServer&) const = default;
  [[nodiscard]] std::string text() const;  // "ns1.example.net (192.0.2.1)"
};

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
};

/// @param authority_needed  false for what a recursive resolver answers
[[nodiscard]] Finding read(const Answer&, const std::string& name, const std::string& zone, bool authority_needed);

/// Remembers what it found, so a hundred names in one zone cost one look-up of the zone. For one run; not thread-safe.
class ZoneFinder {
 public:
  ZoneFinder(Resolver& resolver, Log log) : resolver_(resolver), log_(std::move(log)) {}

  /// Follows aliases to where a record for `name` has to be written. That place need not exist yet.
  /// @returns Refused for a loop, a chain that is too long or an alias that leads nowhere, and when nobody has registered or
  /// delegated such a name.
  [[nodiscard]] Result<Location> locate(const std::string& name, const Effort&);

  /// Every IPv4 and IPv6 address of every server the zone's NS records name.
  /// @returns BadAnswer when there is none.
  [[nodiscard]] Result<std::vector<NameServer>> serversOf(const std::string& zone, const Effort&);

 private:
  Result<std::string> zoneAround(const std::string& name, const Effort&);
  Result<std::string> walkUp(const std::string& name, const Effort&);
  Result<Finding> look(const std::string& name, const std::string& zone, const Effort&);
  Result<Finding> lookAtAuthority(const std::string& name, const std::string& zone, const Effort&);
  Result<Location> locate(const std::string& name, std::vector<std::string>& chain, const Effort&);
  bool comesFromWildcard(const Location& place, const std::string& target, const Effort&);
  Result<std::vector<NameServer>> addressesOf(const std::string& zone, const std::vector<std::string>& hosts,
                                              const std::vector<Record>& glue, const Effort&);

  Resolver& resolver_;
  Log log_;
  std::map<std::string, std::vector<NameServer>> servers_;  // of every zone met so far
  std::set<std::string> unheard_;                           // zones of which no server could be asked
};

}  // namespace sidecert::dns
