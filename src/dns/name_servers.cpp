#include "dns/name_servers.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "dns/name.h"

namespace sidecert::dns {
namespace {

constexpr char kCheckZone[] = "check the zone's NS records where your DNS is hosted";

Result<Delegation> delegationIn(const std::string& zone, const Result<Response>& answer) {
  if (!answer) return within(fmt::format("finding the name servers of {}", zone), answer.error());
  auto hosts = dataOf(answer->answers, RecordType::Ns, zone);
  if (hosts.empty()) hosts = dataOf(answer->authority, RecordType::Ns, zone);
  if (hosts.empty())
    return fail(ErrorCode::BadAnswer, fmt::format("the zone {} has no name servers (NS records)", zone), kCheckZone);
  return Delegation{.zone = zone, .hosts = std::move(hosts), .glue = answer->additional};
}

void addUnique(std::vector<NameServer>& servers, NameServer server) {
  if (!std::ranges::contains(servers, server.server, &NameServer::server)) servers.push_back(std::move(server));
}

std::span<const std::string> asked(const Delegation& delegation) {
  return std::span(delegation.hosts).first(std::min(delegation.hosts.size(), kMostNameServers));
}

}  // namespace

std::string NameServer::text() const {
  return fmt::format("{} ({})", host, server.address);
}

std::vector<std::string> dataOf(const std::vector<Record>& records, RecordType type, std::string_view owner) {
  std::vector<std::string> found;
  for (const Record& record : records) {
    if (record.type == type && record.owner == owner) found.push_back(record.data);
  }
  return found;
}

std::string NameServers::closestKnown(const std::string& name) const {
  std::string closest;
  for (const auto& [zone, servers] : servers_) {
    if (isWithin(name, zone) && zone.size() > closest.size()) closest = zone;
  }
  return closest;
}

std::map<std::string, Error> NameServers::find(const std::set<std::string>& zones, const Effort& effort) {
  std::vector<Lookup> lookups;
  for (const std::string& zone : zones) {
    if (!know(zone) && !answers_.contains(zone)) lookups.push_back({.name = zone, .type = RecordType::Ns});
  }
  auto answers = lookUpAll(resolver_, lookups, effort);
  for (std::size_t i = 0; i < lookups.size(); ++i) answers_.insert_or_assign(lookups[i].name, std::move(answers[i]));

  std::map<std::string, Error> failures;
  std::vector<Delegation> delegations;
  for (const std::string& zone : zones) {
    if (know(zone)) continue;
    auto delegation = delegationIn(zone, answers_.at(zone));
    if (delegation) {
      delegations.push_back(std::move(*delegation));
    } else {
      failures.emplace(zone, delegation.error());
    }
  }
  failures.merge(find(delegations, effort));
  return failures;
}

std::map<std::string, Error> NameServers::find(std::span<const Delegation> delegations, const Effort& effort) {
  lookUpAddresses(delegations, effort);
  std::map<std::string, Error> failures;
  for (const Delegation& delegation : delegations) {
    if (delegation.hosts.size() > kMostNameServers) {
      log_.warning("the zone {} has {} name servers: the first {} are asked", delegation.zone, delegation.hosts.size(),
                   kMostNameServers);
    }
    auto servers = collect(delegation);
    if (servers) {
      keep(delegation.zone, std::move(*servers));
    } else {
      failures.emplace(delegation.zone,
                       within(fmt::format("the name servers of {}", delegation.zone), servers.error()).error());
    }
  }
  return failures;
}

void NameServers::lookUpAddresses(std::span<const Delegation> delegations, const Effort& effort) {
  std::vector<Lookup> lookups;
  for (const Delegation& delegation : delegations) {
    for (const std::string& host : asked(delegation)) {
      if (!addresses_.emplace(host, Addresses{}).second) continue;
      for (const RecordType type : {RecordType::A, RecordType::Aaaa}) lookups.push_back({.name = host, .type = type});
    }
  }
  const auto answers = lookUpAll(resolver_, lookups, effort);
  for (std::size_t i = 0; i < lookups.size(); ++i) {
    Addresses& addresses = addresses_.at(lookups[i].name);
    if (!answers[i]) {
      addresses.failure = answers[i].error();
      continue;
    }
    for (const Record& record : answers[i]->answers) {
      if (record.type == lookups[i].type) addresses.found.push_back(record.data);
    }
  }
}

Result<std::vector<NameServer>> NameServers::collect(const Delegation& delegation) const {
  std::vector<NameServer> servers;
  std::optional<Error> failure;
  for (const std::string& host : asked(delegation)) {
    const Addresses& addresses = addresses_.at(host);
    std::vector<std::string> found = addresses.found;
    if (found.empty()) {
      for (const RecordType type : {RecordType::A, RecordType::Aaaa}) {
        for (std::string& address : dataOf(delegation.glue, type, host)) found.push_back(std::move(address));
      }
    }
    if (found.empty()) {
      log_.warning("name server {} of {} has no address: check the zone's NS records", host, delegation.zone);
      if (addresses.failure) failure = addresses.failure;
    }
    for (const std::string& address : found) {
      if (servers.size() < kMostAddresses) addUnique(servers, {.host = host, .server = {.address = address}});
    }
  }
  if (!servers.empty()) return servers;
  if (failure) return std::unexpected(*failure);
  return fail(ErrorCode::BadAnswer, fmt::format("no address for {}", join(delegation.hosts, ", ")), kCheckZone);
}

}  // namespace sidecert::dns
