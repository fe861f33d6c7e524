// What one answer says about where a name lies: the reading half of zone.h.
#include "dns/name.h"
#include "dns/zone.h"

namespace sidecert::dns {
namespace {

bool isZoneName(std::string_view name) {
  return name.find('.') != std::string_view::npos;
}

std::optional<std::string> aliasOf(const Response& answer, const std::string& name) {
  for (const Record& record : answer.answers) {
    if (record.type == RecordType::Cname && record.owner == name) return record.data;
  }
  for (const Record& record : answer.answers) {
    if (record.type != RecordType::Dname || record.owner == name || !isWithin(name, record.owner)) continue;
    return relativeTo(name, record.owner) + "." + record.data;
  }
  return std::nullopt;
}

}  // namespace

Finding read(const Response& answer, const std::string& name, const std::string& zone, bool authority_needed) {
  using Kind = Finding::Kind;
  if (answer.code != ResponseCode::NoError && answer.code != ResponseCode::NxDomain) return {};
  const bool trusted = answer.authoritative || !authority_needed;
  if (trusted) {
    if (auto target = aliasOf(answer, name))
      return {.kind = Kind::Alias, .target = *target, .zone = {}, .servers = {}, .glue = {}};
  }
  for (const Record& record : answer.authority) {
    if (record.type == RecordType::Soa && trusted && isWithin(name, record.owner) && isWithin(record.owner, zone)) {
      return {.kind = Kind::Here, .target = {}, .zone = record.owner, .servers = {}, .glue = {}};
    }
  }
  for (const Record& record : answer.authority) {
    if (record.type != RecordType::Ns || answer.authoritative || record.owner == zone) continue;
    if (!isWithin(record.owner, zone) || !isWithin(name, record.owner)) continue;
    return {.kind = Kind::Delegated,
            .target = {},
            .zone = record.owner,
            .servers = dataOf(answer.authority, RecordType::Ns, record.owner),
            .glue = {}};
  }
  return {.kind = trusted ? Kind::SomewhereIn : Kind::Useless, .target = {}, .zone = zone, .servers = {}, .glue = {}};
}

std::string whereToBegin(const std::string& name) {
  const std::string parent = parentOf(name);
  return isZoneName(parent) ? parent : name;
}

std::optional<std::string> zoneShown(const Response& answer, const std::string& at) {
  if (!dataOf(answer.answers, RecordType::Soa, at).empty()) return at;
  // An alias has no zone of its own, and the SOA beside it is that of its target.
  if (aliasOf(answer, at)) return std::nullopt;
  const Finding finding = read(answer, at, "", false);
  const bool cut = finding.kind == Finding::Kind::Here || finding.kind == Finding::Kind::Delegated;
  return cut && !finding.zone.empty() ? std::optional(finding.zone) : std::nullopt;
}

}  // namespace sidecert::dns
