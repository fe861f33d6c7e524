#include "dsm/proof.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "dsm/services.h"
#include "dsm/web_server.h"

namespace sidecert::dsm {

namespace {

constexpr Duration kHandshakeLimit{10'000};
constexpr Duration kBetweenLooks{3'000};
constexpr std::uint16_t kProxyPort = 443;

/// Services that open with a TLS handshake, and the port DSM gives them. The owner may have moved them.
struct UsualPort {
  std::string_view subscriber, service;
  std::uint16_t port;
};
constexpr std::array kUsualPorts{UsualPort{"WebDAVServer", "webdav", 5006}, UsualPort{"DirectoryServer", "slapd", 636},
                                 UsualPort{"kmip", "kmip", 5696}, UsualPort{"LogCenter", "pkg-LogCenter", 6514}};

struct Look {
  Place place;
  std::optional<crypto::Certificate> seen;
  bool ours = false;

  [[nodiscard]] std::string words() const {
    const std::string at = place.endpoint.words();
    if (ours) return "seen at " + at;
    if (!seen) return fmt::format("nobody answers https at {}", at);
    return fmt::format("{} shows another certificate, {} of {} valid until {}", at, seen->subjectCommonName(),
                       seen->issuerCommonName(), toWords(seen->notAfter()));
  }
};

std::vector<Look> lookEverywhere(const std::vector<Place>& places, const crypto::Certificate& leaf, Duration patience,
                                 const Ports& ports) {
  std::vector<Look> looks;
  for (const Place& place : places) looks.push_back({.place = place, .seen = {}});
  const Duration begin = ports.clock.monotonic();
  for (bool first = true;; first = false) {
    bool wanting = false;
    for (Look& look : looks) {
      if (look.ours || (!first && !look.place.certain)) continue;
      look.seen = servedLeaf(look.place.endpoint, ports);
      look.ours = look.seen && look.seen->sha256() == leaf.sha256();
      wanting = wanting || (look.place.certain && !look.ours);
    }
    if (!wanting || ports.clock.monotonic() - begin + kBetweenLooks > patience) return looks;
    if (!ports.clock.sleepFor(kBetweenLooks, ports.stop)) return looks;
  }
}

std::string usedBy(const Entry& entry) {
  std::vector<std::string> names;
  for (const ListedService& service : entry.services) names.push_back(title(service));
  return join(names, ", ");
}

std::string whyNotReachable(const Entry& entry, const std::vector<Look>& looks, const WebServer& web) {
  std::string why = fmt::format("{} cannot be looked at from here", usedBy(entry));
  if (servesDsm(entry) && !web.https) return why + ": DSM has no https of its own (Control Panel > Login Portal > DSM)";
  if (servesDsm(entry) && !web.https_port) return why + ": set SYNO_HTTPS_PORT to the port of DSM's https";
  std::vector<std::string> tried;
  for (const Look& look : looks) {
    if (look.place.certain || !look.seen) tried.push_back(look.words());
  }
  return tried.empty() ? why : fmt::format("{}: {}", why, join(tried, "; "));
}

}  // namespace

std::string Endpoint::words() const {
  const bool v6 = host.find(':') != std::string::npos;
  const std::string at = v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
  return server_name.empty() ? at : fmt::format("{} ({})", at, server_name);
}

std::optional<crypto::Certificate> servedLeaf(const Endpoint& endpoint, const Ports& ports) {
  const auto der =
      ports.http.peerCertificate(endpoint.host, endpoint.port, endpoint.server_name, ports.effort(kHandshakeLimit));
  if (!der) {
    ports.log.debug("TLS handshake with {}: {}", endpoint.words(), der.error().what);
    return std::nullopt;
  }
  auto leaf = crypto::Certificate::fromDer(*der);
  return leaf ? std::optional(std::move(*leaf)) : std::nullopt;
}

std::vector<Place> placesOf(const Entry& entry, const crypto::Certificate& leaf, const WebServer& web) {
  std::vector<Place> places;
  if ((servesDsm(entry) || entry.services.empty()) && web.https) {
    places.push_back({.kind = Place::Kind::OwnPages,
                      .name = "DSM's own pages",
                      .endpoint = {.host = web.address,
                                   .port = web.https_port.value_or(config::kDsmHttpsPort),
                                   .server_name = web.server_name},
                      .certain = web.https_port && servesDsm(entry)});
  }
  for (const ListedService& service : entry.services) {
    if (service.subscriber == "ReverseProxy" && leaf.covers(service.display_name)) {
      const std::string host = lower(service.display_name);
      const auto listed = web.proxied.find(host);
      const bool known = listed != web.proxied.end();
      places.push_back({.kind = Place::Kind::ProxiedHost,
                        .name = host,
                        .endpoint = {.host = web.address, .port = known ? listed->second : kProxyPort, .server_name = host},
                        .certain = known});
    }
    const auto* const usual = std::ranges::find_if(kUsualPorts, [&](const UsualPort& each) {
      return each.subscriber == service.subscriber && each.service == service.service;
    });
    if (usual != kUsualPorts.end()) {
      places.push_back({.kind = Place::Kind::OtherService,
                        .name = title(service),
                        .endpoint = {.host = web.address, .port = usual->port, .server_name = web.server_name},
                        .certain = false});
    }
  }
  return places;
}

Evidence prove(const Entry& entry, const crypto::Certificate& leaf, const WebServer& web, Duration patience,
               const Ports& ports) {
  const auto looks = lookEverywhere(placesOf(entry, leaf, web), leaf, patience, ports);
  Evidence evidence;
  for (const Look& look : looks) {
    if (look.place.kind != Place::Kind::ProxiedHost || !look.seen) continue;
    const Proof proof = look.ours ? Proof::Served : look.place.certain ? Proof::NotServedYet : Proof::NotReachable;
    evidence.hosts.push_back({.host = look.place.name, .proof = proof, .detail = look.words()});
  }
  const auto shows_another = [](const Look& look) { return look.place.certain && look.seen && !look.ours; };
  const auto own = std::ranges::find_if(
      looks, [&](const Look& look) { return look.place.kind == Place::Kind::OwnPages && shows_another(look); });
  const auto ours = std::ranges::find_if(looks, &Look::ours);
  const auto other = own != looks.end() ? own : std::ranges::find_if(looks, shows_another);
  if (ours != looks.end() && own == looks.end()) {
    evidence.proof = Proof::Served;
    evidence.detail = ours->words();
    evidence.seen_at = ours->place.endpoint;
  } else if (other != looks.end()) {
    evidence.proof = Proof::NotServedYet;
    evidence.detail = other->words();
  } else if (entry.services.empty()) {
    evidence.proof = Proof::NotUsed;
    evidence.detail =
        "no service of DSM uses it: choose it under Control Panel > Security > Certificate > Settings, or set "
        "SYNO_SERVICES=inherit to take over what the default certificate has";
  } else {
    evidence.detail = whyNotReachable(entry, looks, web);
  }
  return evidence;
}

}  // namespace sidecert::dsm
