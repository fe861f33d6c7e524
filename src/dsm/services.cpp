#include "dsm/services.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

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

std::string keyOf(const ListedService& service) {
  return service.subscriber + "/" + service.service;
}

/// What an English DSM shows, for owners of another who follow an English page.
struct EnglishName {
  std::string_view name, key;
};
constexpr std::array kEnglishNames{EnglishName{"DSM Desktop Service", "system/default"},
                                   EnglishName{"System default", "system/default"},
                                   EnglishName{"FTPS", "smbftpd/ftpd"},
                                   EnglishName{"Synology Drive Server", "SynologyDrive/SynologyDrive"},
                                   EnglishName{"WebDAV Server", "WebDAVServer/webdav"},
                                   EnglishName{"LDAP Server", "DirectoryServer/slapd"},
                                   EnglishName{"Log Center", "LogCenter/pkg-LogCenter"},
                                   EnglishName{"KMIP", "kmip/kmip"}};

bool isWord(const std::string& wish) {
  return wish == "keep" || wish == "inherit" || wish == "all" || wish == "covered" || wish == "default";
}

enum class Wanted { No, Generally, ByName };

struct Chooser {
  const std::vector<std::string>& wishes;
  const std::string& inherit_from;
  const crypto::Certificate& leaf;

  [[nodiscard]] bool matches(const std::string& wish, const ListedService& service, const Entry& holder) const {
    const bool covered = isProxiedHost(service) && leaf.covers(service.display_name);
    if (wish == "all") return !isProxiedHost(service) || covered;
    if (wish == "covered") return covered;
    if (wish == "default") return keyOf(service) == "system/default";
    if (wish == "inherit") return !inherit_from.empty() && holder.id == inherit_from;
    return wish != "keep" && isNamed(wish, service);
  }

  [[nodiscard]] Wanted wanted(const ListedService& service, const Entry& holder) const {
    auto answer = Wanted::No;
    for (const auto& wish : wishes) {
      if (matches(wish, service, holder)) answer = std::max(answer, isWord(wish) ? Wanted::Generally : Wanted::ByName);
    }
    return answer;
  }
};

}  // namespace

bool isNamed(std::string_view wish, const ListedService& service) {
  const std::string& translated = service.translation_key;
  return equalsIgnoringCase(wish, service.display_name) || equalsIgnoringCase(wish, service.service) ||
         equalsIgnoringCase(wish, keyOf(service)) || (!translated.empty() && equalsIgnoringCase(wish, translated)) ||
         std::ranges::any_of(kEnglishNames, [&](const EnglishName& each) {
           return each.key == keyOf(service) && equalsIgnoringCase(wish, each.name);
         });
}

std::string title(const ListedService& service) {
  return service.display_name.empty() ? service.subscriber + "/" + service.service : service.display_name;
}

const Entry* holderOf(const ListedService& service, const std::vector<Entry>& entries) {
  for (const auto& entry : entries) {
    if (std::ranges::any_of(entry.services, [&](const ListedService& s) { return same(s, service); })) return &entry;
  }
  return nullptr;
}

std::string listServices(const std::vector<Entry>& entries) {
  std::vector<std::string> names;
  for (const auto& entry : entries) {
    for (const auto& service : entry.services) {
      names.push_back(service.display_name.empty()
                          ? keyOf(service)
                          : fmt::format("{} ({})", excerpt(service.display_name, 60), keyOf(service)));
    }
  }
  return names.empty() ? "none" : join(names, ", ");
}

MovePlan planMoves(const std::vector<std::string>& wishes, const std::string& inherit_from,
                   const std::vector<Entry>& entries, const std::string& target_id, const crypto::Certificate& leaf) {
  const Chooser chooser{.wishes = wishes, .inherit_from = inherit_from, .leaf = leaf};
  MovePlan plan;
  for (const auto& entry : entries) {
    if (entry.id == target_id) continue;
    for (const auto& service : entry.services) {
      const auto answer = chooser.wanted(service, entry);
      if (answer == Wanted::No) continue;
      if (movable(service)) {
        plan.moves.push_back({.service = service, .from = entry.id, .to = target_id});
      } else if (answer == Wanted::ByName) {
        plan.impossible.push_back(title(service) + " (DSM does not let it be moved)");
      }
    }
  }
  for (const auto& wish : wishes) {
    const bool listed =
        isWord(wish) || std::ranges::any_of(entries, [&](const Entry& entry) {
          return std::ranges::any_of(entry.services, [&](const ListedService& s) { return isNamed(wish, s); });
        });
    if (listed) continue;
    plan.impossible.push_back(wish + " (DSM lists no such service)");
    plan.unknown.push_back(wish);
  }
  return plan;
}

}  // namespace sidecert::dsm
