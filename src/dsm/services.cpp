#include "dsm/services.h"

#include <algorithm>

#include "base/text.h"

namespace sidecert::dsm {

namespace {

bool same(const ListedService& a, const ListedService& b) {
  return a.subscriber == b.subscriber && a.service == b.service;
}

bool isProxiedHost(const ListedService& service) {
  return service.subscriber == "ReverseProxy";
}

bool movable(const ListedService& service) {
  return service.settable && !(service.subscriber == "system" && service.service == "quickconnect");
}

bool isNamed(const std::string& wish, const ListedService& service) {
  return equalsIgnoringCase(wish, service.display_name) || equalsIgnoringCase(wish, service.service) ||
         equalsIgnoringCase(wish, service.subscriber + "/" + service.service);
}

enum class Wanted { No, Generally, ByName };

Wanted howWanted(const std::vector<std::string>& wishes, const ListedService& service, const crypto::Certificate& leaf) {
  auto answer = Wanted::No;
  for (const auto& wish : wishes) {
    if (wish == "keep") continue;
    const bool covered = isProxiedHost(service) && leaf.covers(service.display_name);
    if (wish == "all") {
      if (!isProxiedHost(service) || covered) answer = std::max(answer, Wanted::Generally);
    } else if (wish == "covered") {
      if (covered) answer = std::max(answer, Wanted::Generally);
    } else if (wish == "default") {
      if (service.subscriber == "system" && service.service == "default") answer = std::max(answer, Wanted::Generally);
    } else if (isNamed(wish, service)) {
      answer = Wanted::ByName;
    }
  }
  return answer;
}

}  // namespace

std::string title(const ListedService& service) {
  return service.display_name.empty() ? service.subscriber + "/" + service.service : service.display_name;
}

const Entry* holderOf(const ListedService& service, const std::vector<Entry>& entries) {
  for (const auto& entry : entries) {
    if (std::ranges::any_of(entry.services, [&](const ListedService& s) { return same(s, service); })) return &entry;
  }
  return nullptr;
}

MovePlan planMoves(const std::vector<std::string>& wishes, const std::vector<Entry>& entries, const std::string& target_id,
                   const crypto::Certificate& leaf) {
  MovePlan plan;
  for (const auto& entry : entries) {
    if (entry.id == target_id) continue;
    for (const auto& service : entry.services) {
      const auto answer = howWanted(wishes, service, leaf);
      if (answer == Wanted::No) continue;
      if (movable(service)) {
        plan.moves.push_back({.service = service, .from = entry.id, .to = target_id});
      } else if (answer == Wanted::ByName) {
        plan.impossible.push_back(title(service) + " (DSM does not let it be moved)");
      }
    }
  }
  for (const auto& wish : wishes) {
    if (wish == "keep" || wish == "all" || wish == "covered" || wish == "default") continue;
    const bool listed = std::ranges::any_of(entries, [&](const Entry& entry) {
      return std::ranges::any_of(entry.services, [&](const ListedService& s) { return isNamed(wish, s); });
    });
    if (!listed) plan.impossible.push_back(wish + " (DSM lists no such service)");
  }
  return plan;
}

}  // namespace sidecert::dsm
