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

// An API that shows names in Unicode wants them so; upper case and a dot at the end are nothing to be kept.
std::string spellingOf(const Value& shown, const std::string& name) {
  std::string text = toText(shown);
  if (text.ends_with('.')) text.pop_back();
  const bool is_unicode = std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  return is_unicode ? text : name;
}

FoundZone zoneFrom(std::string name, const Step& step, const Answer& answer, const Value& item, const Scope& scope) {
  const std::string spelling = step.name ? spellingOf(valueAt(item, *step.name), name) : name;
  FoundZone out{std::move(name), spelling, {}};
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
  // A zone found for one name serves the others only when DNS shows the same cut: a longer zone may exist for them.
  if (const auto known = known_.find(cut); known != known_.end() && isWithin(fqdn, known->second.name)) return known->second;
  auto found = lookup_.list   ? choose(fqdn, cut)
               : lookup_.walk ? walk(fqdn, cut)
               : lookup_.ask  ? ask(fqdn)
                              : given(fqdn, cut);
  if (!found) return found;
  if (const auto confirmed = confirmed_.find(found->name); confirmed != confirmed_.end()) return confirmed->second;
  if (auto confirmed = confirm(*found); !confirmed) return std::unexpected(confirmed.error());
  if (!cut.empty() && found->name != cut && isWithin(cut, found->name)) {
    session_.ports().log.warning("DNS shows the zone {}, which this account does not have; its zone {} is used", cut,
                                 found->name);
  }
  confirmed_.insert_or_assign(found->name, *found);
  // The whole list is at hand anyway, and may have a longer zone for another name.
  if (!lookup_.list && isWithin(cut, found->name)) known_.insert_or_assign(cut, *found);
  return found;
}

Result<FoundZone> ZoneFinder::given(const std::string& fqdn, const std::string& cut) {
  Scope scope(&session_.scope());
  scope.set("cut", cut.empty() ? parentOf(fqdn) : cut);
  scope.set("fqdn", fqdn);
  const std::string name = asKept(Value(renderText(*lookup_.given, scope).value_or("")));
  return FoundZone{name, name, {}};
}

Result<> ZoneFinder::confirm(FoundZone& zone) {
  for (const Step& step : lookup_.confirm) {
    Scope scope(&session_.scope());
    scope.set("zone", zone.spelling);
    for (const auto& [name, value] : zone.captures) scope.set(name, value);
    auto reply = session_.run(step, scope, Repeat::Freely);
    if (!reply) return within("confirming the zone " + zone.name, reply.error());
    if (reply->outcome != Outcome::Done) return within("confirming the zone " + zone.name, reply->error);
    const Value& tree = reply->answer.tree;
    if (const Value shown = step.name ? valueAt(tree, *step.name) : Value(zone.name); asKept(shown) != zone.name) {
      return fail(ErrorCode::BadAnswer, fmt::format("confirming the zone {}: {} is \"{}\"", zone.name, step.name->spelling,
                                                    excerpt(toText(shown), 80)));
    }
    for (const auto& [name, source] : step.capture) zone.captures[name] = captured(source, reply->answer, tree, scope);
  }
  return {};
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
      if (step.name && valueAt(tree, *step.name).isNull()) {
        said = fmt::format("the answer for {} has nothing at {}", candidate, step.name->spelling);
        continue;
      }
      if (step.name && asKept(valueAt(tree, *step.name)) != candidate) continue;
      if (holdsFor(step.where, tree, scope)) return zoneFrom(candidate, step, reply->answer, tree, scope);
      continue;
    }
    const auto listing = session_.readAll(step, scope, Absence::MeansNothing);
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
  if (best) return *best;
  return none(fqdn, all_.empty()
                        ? "the list of zones is empty"
                        : fmt::format("it has {} zones, and none of them fits, as {}", all_.size(), all_.front().name));
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
