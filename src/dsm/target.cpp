#include "dsm/target.h"

#include <fmt/core.h>

#include <algorithm>
#include <functional>

#include "base/text.h"

namespace sidecert::dsm {

namespace {

using Candidates = std::vector<const Entry*>;

template <class Predicate>
Candidates select(const std::vector<Entry>& entries, Predicate wanted) {
  Candidates found;
  for (const auto& entry : entries) {
    if (wanted(entry)) found.push_back(&entry);
  }
  return found;
}

bool leftAlone(const Entry& entry) {
  return entry.renewable || entry.built_in;
}

std::string listing(const std::vector<Entry>& entries) {
  std::vector<std::string> lines;
  for (const auto& entry : entries) lines.push_back(describe(entry));
  return lines.empty() ? "DSM lists no certificate" : "DSM lists: " + join(lines, "; ");
}

/// Why an entry that would do was not taken without being named.
std::string whyNotTaken(const Entry& entry, const Wish& wish) {
  if (entry.renewable) return "DSM renews it itself";
  if (entry.built_in) return "the NAS made it for itself";
  return hasNames(entry, wish.names) ? "SYNO_CERTIFICATE does not name it" : "it is for other names";
}

Target replacing(const Entry& entry) {
  return {.id = entry.id, .description = entry.description};
}

std::unexpected<Error> ambiguous(const std::string& what, const Candidates& candidates) {
  std::vector<std::string> lines;
  for (const auto* entry : candidates) lines.push_back(describe(*entry));
  return fail(
      ErrorCode::Settings, fmt::format("{}: {}", what, join(lines, "; ")),
      "give the one to replace a description of its own (DSM: Control Panel > Security > Certificate > Edit) and put "
      "it into SYNO_CERTIFICATE");
}

Result<const Entry*> byDescription(const Wish& wish, const std::vector<Entry>& entries) {
  const auto same = select(entries, [&](const Entry& e) { return e.description == *wish.description; });
  if (same.empty()) {
    const auto by_id = select(entries, [&](const Entry& e) { return e.id == *wish.description; });
    return by_id.empty() ? nullptr : by_id.front();
  }
  if (same.size() == 1) return same.front();
  for (const auto& better :
       {std::function<bool(const Entry*)>([](const Entry* e) { return !leftAlone(*e); }),
        std::function<bool(const Entry*)>([&](const Entry* e) { return !leftAlone(*e) && hasNames(*e, wish.names); })}) {
    Candidates found;
    std::ranges::copy_if(same, std::back_inserter(found), better);
    if (found.size() == 1) return found.front();
  }
  return ambiguous(fmt::format("{} certificates in DSM are described \"{}\"", same.size(), *wish.description), same);
}

Result<const Entry*> withoutDescription(const Wish& wish, const std::vector<Entry>& entries) {
  const auto named = select(entries, [&](const Entry& e) {
    return !leftAlone(e) && !wish.names.empty() && e.description == wish.names.front() && hasNames(e, wish.names);
  });
  if (named.size() == 1) return named.front();
  const auto standard = select(entries, [&](const Entry& e) {
    const bool may_be_replaced = !e.renewable && (!e.built_in || wish.description.has_value());
    return e.is_default && e.description.empty() && may_be_replaced;
  });
  if (standard.size() == 1) return standard.front();
  const auto empty = select(entries, [](const Entry& e) { return e.description.empty() && !leftAlone(e); });
  if (empty.size() > 1) return ambiguous("several certificates in DSM have no description", empty);
  return empty.empty() ? nullptr : empty.front();
}

}  // namespace

Result<Target> chooseTarget(const Wish& wish, const std::vector<Entry>& entries) {
  if (!wish.remembered_id.empty()) {
    const auto remembered = std::ranges::find(entries, wish.remembered_id, &Entry::id);
    // One that DSM renews by now was given to DSM's own Let's Encrypt by the owner.
    if (remembered != entries.end() && !remembered->renewable) return replacing(*remembered);
  }
  const bool described = wish.description && !wish.description->empty();
  const auto found = described ? byDescription(wish, entries) : withoutDescription(wish, entries);
  if (!found) return std::unexpected(found.error());
  if (*found != nullptr) return replacing(**found);
  const std::string name = described ? *wish.description : wish.names.empty() ? "" : wish.names.front();
  const auto twin = std::ranges::find(entries, name, &Entry::description);
  const bool may_create = wish.create && (name.empty() || twin == entries.end());
  if (may_create) return Target{.id = {}, .description = name};
  if (wish.create) {
    return fail(
        ErrorCode::Settings,
        fmt::format("DSM has a certificate {} already, and {}", describe(*twin), whyNotTaken(*twin, wish)),
        fmt::format("set SYNO_CERTIFICATE={} to replace it, or SYNO_CERTIFICATE to another description to make a new "
                    "one beside it",
                    name));
  }
  const std::string looked_for = described ? fmt::format("with the description \"{}\"", *wish.description)
                                           : "without a description that may be replaced";
  return fail(ErrorCode::Settings, fmt::format("DSM has no certificate {}; {}", looked_for, listing(entries)),
              "set SYNO_CREATE=1 to make a new one, or SYNO_CERTIFICATE to the description, or else the id, of the one to "
              "replace; entries that DSM renews itself or that the NAS made are replaced only when they are named so");
}

}  // namespace sidecert::dsm
