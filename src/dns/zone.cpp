#include "dns/zone.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "dns/name.h"
#include "dns/public_suffix.h"

namespace sidecert::dns {
namespace {

constexpr Duration kAuthorityLimit{3000};
constexpr std::size_t kLongestChain = 10;  // aliases and delegations followed for one name
constexpr std::size_t kNeverUsedOctets = 12;
constexpr char kMendAliases[] = "mend or shorten the chain of CNAME records in DNS";
constexpr std::size_t kServersAskedOnce = 4;  // a zone whose first servers are all silent is asked for elsewhere

bool isZoneName(std::string_view name) {
  return name.find('.') != std::string_view::npos;
}

std::vector<std::string> dataOf(const std::vector<Record>& records, RecordType type, std::string_view owner) {
  std::vector<std::string> found;
  for (const Record& record : records) {
    if (record.type == type && record.owner == owner) found.push_back(record.data);
  }
  return found;
}

Result<Location> registered(Location place) {
  if (!isPublicSuffix(place.zone)) return place;
  return fail(
      ErrorCode::Refused,
      fmt::format("nobody has registered or delegated the domain of {}: the nearest zone is \"{}\"", place.name, place.zone),
      "check the spelling in ACME_DOMAINS, and that the domain's name servers are set at the registrar");
}

std::optional<std::string> aliasOf(const Answer& answer, const std::string& name) {
  for (const Record& record : answer.answers) {
    if (record.type == RecordType::Cname && record.owner == name) return record.data;
  }
  for (const Record& record : answer.answers) {
    if (record.type != RecordType::Dname || record.owner == name || !isWithin(name, record.owner)) continue;
    return relativeTo(name, record.owner) + "." + record.data;
  }
  return std::nullopt;
}

bool isDefinite(const Answer& answer) {
  return answer.code == ResponseCode::NoError || answer.code == ResponseCode::NxDomain;
}

void addUnique(std::vector<NameServer>& servers, NameServer server) {
  const bool known = std::ranges::any_of(servers, [&](const NameServer& s) { return s.server == server.server; });
  if (!known) servers.push_back(std::move(server));
}

}  // namespace

std::string NameServer::text() const {
  return fmt::format("{} ({})", host, server.address);
}

Finding read(const Answer& answer, const std::string& name, const std::string& zone, bool authority_needed) {
  using Kind = Finding::Kind;
  if (!isDefinite(answer)) return {};
  const bool trusted = answer.authoritative || !authority_needed;
  if (trusted) {
    if (auto target = aliasOf(answer, name)) return {.kind = Kind::Alias, .target = *target, .zone = {}, .servers = {}};
  }
  for (const Record& record : answer.authority) {
    if (record.type == RecordType::Soa && trusted && isWithin(name, record.owner) && isWithin(record.owner, zone)) {
      return {.kind = Kind::Here, .target = {}, .zone = record.owner, .servers = {}};
    }
  }
  for (const Record& record : answer.authority) {
    if (record.type != RecordType::Ns || answer.authoritative || record.owner == zone) continue;
    if (!isWithin(record.owner, zone) || !isWithin(name, record.owner)) continue;
    return {.kind = Kind::Delegated,
            .target = {},
            .zone = record.owner,
            .servers = dataOf(answer.authority, RecordType::Ns, record.owner)};
  }
  return {.kind = trusted ? Kind::SomewhereIn : Kind::Useless, .target = {}, .zone = zone, .servers = {}};
}

Result<Location> ZoneFinder::locate(const std::string& name, const Effort& effort) {
  std::vector<std::string> chain = {name};
  auto place = locate(name, chain, effort);
  if (place || chain.size() == 1 || place.error().code == ErrorCode::Unreachable) return place;
  Error error = place.error();
  if (error.hint != kMendAliases) {
    error.what = fmt::format("the alias (CNAME) of {} leads nowhere ({}): {}", name, join(chain, " → "), error.what);
    error.hint = fmt::format("mend or remove the CNAME record of {}", chain[chain.size() - 2]);
  }
  return std::unexpected(std::move(error));
}

Result<Location> ZoneFinder::locate(const std::string& name, std::vector<std::string>& chain, const Effort& effort) {
  Location place{.name = name, .zone = {}};
  for (std::size_t step = 0; step < kLongestChain; ++step) {
    if (place.zone.empty()) {
      auto zone = zoneAround(place.name, effort);
      if (!zone) return std::unexpected(zone.error());
      place.zone = *zone;
    }
    const auto finding = look(place.name, place.zone, effort);
    if (!finding) return std::unexpected(finding.error());
    switch (finding->kind) {
      case Finding::Kind::Alias: {
        if (chain.size() == 1 && comesFromWildcard(place, finding->target, effort)) {
          log_.info(
              "a wildcard makes {} an alias (CNAME) of {}: a record of its own comes before that, so it is written at {}",
              place.name, finding->target, place.name);
          return registered(place);
        }
        const bool seen = std::ranges::find(chain, finding->target) != chain.end();
        chain.push_back(finding->target);
        if (seen) {
          return fail(ErrorCode::Refused,
                      fmt::format("the aliases (CNAME) of {} go in a circle: {}", name, join(chain, " → ")), kMendAliases);
        }
        log_.info("{} is an alias (CNAME) of {}: the record is written there", place.name, finding->target);
        place = {.name = finding->target, .zone = {}};
        break;
      }
      case Finding::Kind::Delegated: place.zone = finding->zone; break;
      case Finding::Kind::Here:
      case Finding::Kind::SomewhereIn:
      case Finding::Kind::Useless: {
        place.zone = finding->zone;
        return registered(place);
      }
    }
  }
  return fail(ErrorCode::Refused, fmt::format("more than {} aliases or delegations: {}", kLongestChain, join(chain, " → ")),
              kMendAliases);
}

// A wildcard stands for every name that is not there (RFC 4592 section 2.2.1), so it gives a name nobody has thought of the
// same answer. `*.home.example CNAME` to a host with a changing address is common; nobody means the challenge by it.
bool ZoneFinder::comesFromWildcard(const Location& place, const std::string& target, const Effort& effort) {
  const std::string sibling = hex(crypto::randomOctets(kNeverUsedOctets)) + "." + parentOf(place.name);
  const auto finding = look(sibling, place.zone, effort);
  return finding && finding->kind == Finding::Kind::Alias && finding->target == target;
}

// The zone from which to descend: the closest one that is known, else what the recursive resolvers say about the parent.
// A top-level domain's servers need not be troubled for a name right below it.
Result<std::string> ZoneFinder::zoneAround(const std::string& name, const Effort& effort) {
  std::string closest;
  for (const auto& [zone, servers] : servers_) {
    if (isWithin(name, zone) && zone.size() > closest.size()) closest = zone;
  }
  if (!closest.empty()) return closest;
  const std::string parent = parentOf(name);
  return walkUp(isZoneName(parent) ? parent : name, effort);
}

Result<std::string> ZoneFinder::walkUp(const std::string& name, const Effort& effort) {
  for (std::string at = name; isZoneName(at); at = parentOf(at)) {
    const auto answer = lookUp(resolver_, at, RecordType::Soa, effort);
    if (!answer) {
      return within(fmt::format("finding the zone of {}", name), answer.error());
    }
    if (!dataOf(answer->answers, RecordType::Soa, at).empty()) return at;
    // An alias has no zone of its own, and the SOA beside it is that of its target.
    if (aliasOf(*answer, at)) continue;
    const Finding finding = read(*answer, at, "", false);
    const bool cut = finding.kind == Finding::Kind::Here || finding.kind == Finding::Kind::Delegated;
    if (cut && !finding.zone.empty()) return finding.zone;
  }
  return fail(ErrorCode::Refused, fmt::format("no zone was found in DNS for {}", name),
              "check the spelling in ACME_DOMAINS, and that the domain's name servers are set at the registrar");
}

Result<Finding> ZoneFinder::look(const std::string& name, const std::string& zone, const Effort& effort) {
  auto finding = lookAtAuthority(name, zone, effort);
  if (finding && finding->kind != Finding::Kind::Useless) return finding;
  // Port 53 may be closed or intercepted on the way to strangers: then the recursive resolvers know what can be known.
  log_.debug("no name server of {} gives an authoritative answer about {}: asking the resolvers", zone, name);
  const auto answer = lookUp(resolver_, name, RecordType::Txt, effort);
  if (!answer) {
    Error error = finding ? answer.error() : finding.error();
    return within(fmt::format("looking at {}", name), std::move(error));
  }
  return read(*answer, name, zone, false);
}

Result<Finding> ZoneFinder::lookAtAuthority(const std::string& name, const std::string& zone, const Effort& effort) {
  if (auto known = serversOf(zone, effort); !known) return std::unexpected(known.error());
  if (unheard_.contains(zone)) return Finding{.kind = Finding::Kind::Useless, .target = {}, .zone = zone, .servers = {}};
  std::vector<NameServer>& servers = servers_[zone];
  std::size_t asked = 0;
  for (std::size_t i = 0; i < servers.size() && asked < kServersAskedOnce; ++i) {
    if (!resolver_.hasRoute(servers[i].server)) continue;
    ++asked;
    const NameServer server = servers[i];
    const auto answer =
        resolver_.ask(server.server, name, RecordType::Txt, Recursion::NotDesired, effort.upTo(kAuthorityLimit));
    if (!answer) continue;
    Finding finding = read(*answer, name, zone, true);
    if (finding.kind == Finding::Kind::Useless) continue;
    // Who answers well is asked first next time.
    std::ranges::rotate(servers.begin(), servers.begin() + static_cast<std::ptrdiff_t>(i),
                        servers.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    if (finding.kind == Finding::Kind::SomewhereIn) {
      // A value is there already, so no SOA came with it; one server may hold both sides of a zone cut.
      const auto soa =
          resolver_.ask(server.server, name, RecordType::Soa, Recursion::NotDesired, effort.upTo(kAuthorityLimit));
      if (soa && !dataOf(soa->answers, RecordType::Soa, name).empty()) {
        finding.zone = name;
      } else if (soa) {
        const Finding cut = read(*soa, name, zone, true);
        if (cut.kind == Finding::Kind::Here) finding = cut;
      }
    }
    if (finding.kind == Finding::Kind::Delegated && !servers_.contains(finding.zone)) {
      auto below = addressesOf(finding.zone, finding.servers, answer->additional, effort);
      if (!below) return within(fmt::format("the delegation of {}", finding.zone), below.error());
      servers_.emplace(finding.zone, std::move(*below));
    }
    return finding;
  }
  unheard_.insert(zone);  // a hundred names need not wait for the same silence
  return Finding{.kind = Finding::Kind::Useless, .target = {}, .zone = zone, .servers = {}};
}

Result<std::vector<NameServer>> ZoneFinder::serversOf(const std::string& zone, const Effort& effort) {
  if (const auto known = servers_.find(zone); known != servers_.end()) return known->second;
  const auto answer = lookUp(resolver_, zone, RecordType::Ns, effort);
  if (!answer) return within(fmt::format("finding the name servers of {}", zone), answer.error());
  auto hosts = dataOf(answer->answers, RecordType::Ns, zone);
  if (hosts.empty()) hosts = dataOf(answer->authority, RecordType::Ns, zone);
  if (hosts.empty()) {
    return fail(ErrorCode::BadAnswer, fmt::format("the zone {} has no name servers (NS records)", zone),
                "check the zone where your DNS is hosted");
  }
  auto servers = addressesOf(zone, hosts, answer->additional, effort);
  if (!servers) return within(fmt::format("the name servers of {}", zone), servers.error());
  servers_.emplace(zone, *servers);
  return servers;
}

Result<std::vector<NameServer>> ZoneFinder::addressesOf(const std::string& zone, const std::vector<std::string>& hosts,
                                                        const std::vector<Record>& glue, const Effort& effort) {
  std::vector<NameServer> servers;
  std::optional<Error> failure;
  for (const std::string& host : hosts) {
    bool found = false;
    const auto take = [&](const std::vector<Record>& records, std::string_view owner) {
      for (const Record& record : records) {
        if (record.type != RecordType::A && record.type != RecordType::Aaaa) continue;
        if (!owner.empty() && record.owner != owner) continue;
        found = true;
        addUnique(servers, {.host = host, .server = {.address = record.data}});
      }
    };
    for (const RecordType type : {RecordType::A, RecordType::Aaaa}) {
      const auto answer = lookUp(resolver_, host, type, effort);
      if (answer) {
        take(answer->answers, {});
      } else {
        failure = answer.error();
      }
    }
    if (!found) take(glue, host);
    if (!found) log_.warning("name server {} of {} has no address: check the zone's NS records", host, zone);
  }
  if (!servers.empty()) return servers;
  if (failure) return std::unexpected(*failure);
  return fail(ErrorCode::BadAnswer, fmt::format("no address for {}", join(hosts, ", ")),
              "check the zone's NS records where your DNS is hosted");
}

}  // namespace sidecert::dns
