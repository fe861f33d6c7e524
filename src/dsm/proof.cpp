#include "dsm/proof.h"

#include <fmt/core.h>

namespace sidecert::dsm {

namespace {

constexpr Duration kHandshakeLimit{10'000};
constexpr Duration kBetweenLooks{3'000};
constexpr std::uint16_t kProxyPort = 443;

}  // namespace

std::string Endpoint::words() const {
  const bool v6 = host.find(':') != std::string::npos;
  const std::string at = v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
  return server_name.empty() ? at : fmt::format("{} ({})", at, server_name);
}

std::optional<crypto::Certificate> servedLeaf(const Endpoint& endpoint, const Ports& ports) {
  const auto der = ports.http.peerCertificate(endpoint.host, endpoint.port, endpoint.server_name, kHandshakeLimit);
  if (!der) {
    ports.log.debug("TLS handshake with {}: {}", endpoint.words(), der.error().what);
    return std::nullopt;
  }
  auto leaf = crypto::Certificate::fromDer(*der);
  return leaf ? std::optional(std::move(*leaf)) : std::nullopt;
}

Sight lookFor(const crypto::Certificate& leaf, const Endpoint& endpoint, Duration patience, const Ports& ports) {
  const Duration begin = ports.clock.monotonic();
  for (;;) {
    auto seen = servedLeaf(endpoint, ports);
    if (seen && seen->sha256() == leaf.sha256()) {
      return {.proof = Proof::Served, .detail = "seen at " + endpoint.words(), .seen = std::move(seen)};
    }
    const bool time_left = ports.clock.monotonic() - begin + kBetweenLooks <= patience;
    if (time_left && ports.clock.sleepFor(kBetweenLooks, ports.stop)) continue;
    if (!seen)
      return {
          .proof = Proof::NotReachable, .detail = fmt::format("nobody answers https at {}", endpoint.words()), .seen = {}};
    std::string detail = fmt::format("{} shows another certificate, {} of {} valid until {}", endpoint.words(),
                                     seen->subjectCommonName(), seen->issuerCommonName(), toWords(seen->notAfter()));
    return {.proof = Proof::NotServedYet, .detail = std::move(detail), .seen = std::move(seen)};
  }
}

std::vector<std::string> proxiedHosts(const Entry& entry, const crypto::Certificate& leaf) {
  std::vector<std::string> hosts;
  for (const auto& service : entry.services) {
    if (service.subscriber == "ReverseProxy" && leaf.covers(service.display_name)) hosts.push_back(service.display_name);
  }
  return hosts;
}

Endpoint proxyEndpoint(const std::string& host, const std::string& address) {
  return {.host = address, .port = kProxyPort, .server_name = host};
}

std::vector<HostProof> lookForHosts(const crypto::Certificate& leaf, const std::vector<std::string>& hosts,
                                    const std::string& address, Duration patience, const Ports& ports) {
  std::vector<HostProof> proofs;
  for (const auto& host : hosts) {
    const Endpoint endpoint = proxyEndpoint(host, address);
    if (!servedLeaf(endpoint, ports)) continue;
    auto sight = lookFor(leaf, endpoint, patience, ports);
    proofs.push_back({.host = host, .proof = sight.proof, .detail = std::move(sight.detail)});
  }
  return proofs;
}

}  // namespace sidecert::dsm
