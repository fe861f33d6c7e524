// Who answers for a zone: the servers of its NS records, every one with its addresses.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/effort.h"
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

/// The largest zones have thirteen. What a zone names beyond that is left out, and said.
inline constexpr std::size_t kMostNameServers = 16;
inline constexpr std::size_t kMostAddresses = 48;  // of all name servers of a zone

/// What one zone is said to be served by.
struct Delegation {
  std::string zone;
  std::vector<std::string> hosts;
  std::vector<Record> glue;  // addresses that came along; used for a host that has none elsewhere
};

/// Remembers what it found: names that share a zone, and zones that share servers, cost one round of questions. For one
/// run; not thread-safe.
class NameServers {
 public:
  NameServers(Resolver& resolver, Log log) : resolver_(resolver), log_(std::move(log)) {}

  /// The zone of those known so far that holds `name` most closely; empty: none.
  [[nodiscard]] std::string closestKnown(const std::string& name) const;
  [[nodiscard]] bool know(const std::string& zone) const { return servers_.contains(zone); }

  /// Of a zone that is known. Who answers well is moved to the front.
  [[nodiscard]] std::vector<NameServer>& of(const std::string& zone) { return servers_.at(zone); }

  /// An answer to the question for the zone's NS records that somebody has got already.
  void keepAnswer(const std::string& zone, Result<Response> answer) { answers_.insert_or_assign(zone, std::move(answer)); }

  void keep(const std::string& zone, std::vector<NameServer> servers) {
    servers_.insert_or_assign(zone, std::move(servers));
  }

  /// Makes these zones known, all in two rounds of questions: NS, then addresses.
  /// @returns what went wrong, by zone: BadAnswer when a zone has no servers or none has an address.
  [[nodiscard]] std::map<std::string, Error> find(const std::set<std::string>& zones, const Effort&);

  /// The same for zones of which the servers' names are known: one round.
  [[nodiscard]] std::map<std::string, Error> find(std::span<const Delegation>, const Effort&);

 private:
  struct Addresses {
    std::vector<std::string> found;
    std::optional<Error> failure;
  };

  void lookUpAddresses(std::span<const Delegation>, const Effort&);
  [[nodiscard]] Result<std::vector<NameServer>> collect(const Delegation&) const;

  Resolver& resolver_;
  Log log_;
  std::map<std::string, Result<Response>> answers_;
  std::map<std::string, Addresses> addresses_;  // by host
  std::map<std::string, std::vector<NameServer>> servers_;
};

/// The data of the records of that type and owner.
[[nodiscard]] std::vector<std::string> dataOf(const std::vector<Record>&, RecordType, std::string_view owner);

}  // namespace sidecert::dns
