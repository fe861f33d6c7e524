#include "dns/providers/zone_finder.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "dns/name.h"

namespace sidecert::dns::providers {
namespace {

std::string asKept(const Value& name) {
  const auto ascii = toAscii(toText(name));
  return ascii ? *ascii : std::string();
}

// The cut first: a zone that DNS does not show may be there in the account and never be asked. Then longest first.
std::vector<std::string> candidates(const std::string& fqdn, const std::string& cut) {
  std::vector<std::string> out;
  if (!cut.empty() && isWithin(fqdn, cut)) out.push_back(cut);
  for (std::string name = fqdn; name.find('.') != std::string::npos; name = parentOf(name)) {
    if (name != cut) out.push_back(name);
  }
  return out;
}

FoundZone zoneFrom(std::string name, const Step& step, const Answer& answer, const Value& item, const Scope& scope) {
  FoundZone out{std::move(name), {}};
  for (const auto& [capture, source] : step.capture) out.captures[capture] = captured(source, answer, item, scope);
  return out;
}

}  // namespace

std::unexpected<Error> ZoneFinder::none(const std::string& fqdn, const std::string& said) const {
  return fail(ErrorCode::Refused,
              fmt::format("no zone for {} in this account{}", fqdn, said.empty() ? "" : fmt::format(" ({})", said)),
              fmt::format("check that the domain is in this account and that the credentials may see it{}",
                          definition_.rights.empty() ? "" : "; needed: " + definition_.rights));
}

Result<FoundZone> ZoneFinder::find(const std::string& fqdn, const std::string& cut) {
  if (lookup_.list) return choose(fqdn, cut);
  // A zone found for one name serves the others only when DNS shows the same cut: a longer zone may exist for them.
  if (const auto known = known_.find(cut); known != known_.end() && isWithin(fqdn, known->second.name)) return known->second;
  auto found = [&]() -> Result<FoundZone> {
    if (lookup_.walk) return walk(fqdn, cut);
    if (lookup_.ask) return ask(fqdn);
    Scope scope(&session_.scope());
    scope.set("cut", cut.empty() ? parentOf(fqdn) : cut);
    scope.set("fqdn", fqdn);
    return FoundZone{asKept(Value(renderText(*lookup_.given, scope).value_or(""))), {}};
  }();
  if (found && isWithin(cut, found->name)) known_.insert_or_assign(cut, *found);
  return found;
}

Result<FoundZone> ZoneFinder::walk(const std::string& fqdn, const std::string& cut) {
  const Step& step = *lookup_.walk;
  std::string said;  // of the first candidate, which is the zone more often than not
  for (const std::string& candidate : candidates(fqdn, cut)) {
    Scope scope(&session_.scope());
    scope.set("candidate", candidate);
    scope.set("fqdn", fqdn);
    if (!step.items) {
      auto reply = session_.run(step, scope, Repeat::Freely);
      if (!reply) return std::unexpected(reply.error());
      if (said.empty()) said = reply->error.what;
      if (reply->outcome != Outcome::Done) continue;
      const Value& tree = reply->answer.tree;
      if (step.name && asKept(valueAt(tree, *step.name)) != candidate) continue;
      if (holdsFor(step.where, tree, scope)) return zoneFrom(candidate, step, reply->answer, tree, scope);
      continue;
    }
    const auto listing = session_.readAll(step, scope);
    if (!listing) return std::unexpected(listing.error());
    for (const Value& item : listing->items) {
      if (asKept(valueAt(item, *step.name)) == candidate) return zoneFrom(candidate, step, listing->first, item, scope);
    }
  }
  return none(fqdn, said);
}

Result<FoundZone> ZoneFinder::choose(const std::string& fqdn, const std::string& cut) {
  const Step& step = *lookup_.list;
  if (!listed_) {
    const auto listing = session_.readAll(step, session_.scope());
    if (!listing) return std::unexpected(listing.error());
    for (const Value& item : listing->items) {
      std::string name = asKept(valueAt(item, *step.name));
      if (!name.empty()) all_.push_back(zoneFrom(std::move(name), step, listing->first, item, session_.scope()));
    }
    listed_ = true;
  }
  const FoundZone* best = nullptr;
  for (const FoundZone& zone : all_) {
    if (!isWithin(fqdn, zone.name)) continue;
    if (zone.name == cut) return zone;
    if (!best || zone.name.size() > best->name.size()) best = &zone;
  }
  if (!best) return none(fqdn);
  return *best;
}

Result<FoundZone> ZoneFinder::ask(const std::string& fqdn) {
  const Step& step = *lookup_.ask;
  Scope scope(&session_.scope());
  scope.set("fqdn", fqdn);
  auto reply = session_.run(step, scope, Repeat::Freely);
  if (!reply) return std::unexpected(reply.error());
  if (reply->outcome != Outcome::Done) return none(fqdn, reply->error.what);
  std::string name = asKept(valueAt(reply->answer.tree, *step.name));
  if (name.empty() || !isWithin(fqdn, name)) return none(fqdn);
  return zoneFrom(std::move(name), step, reply->answer, reply->answer.tree, scope);
}

}  // namespace sidecert::dns::providers
