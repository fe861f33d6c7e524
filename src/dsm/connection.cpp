#include "dsm/connection.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/tcp.h"
#include "base/text.h"
#include "dsm/proof.h"
#include "dsm/reach.h"

namespace sidecert::dsm {

Connection::Connection(const config::NasSettings& settings, TargetState& state, std::string own_leaf, const Ports& ports)
    : settings_(settings),
      state_(state),
      own_leaf_(std::move(own_leaf)),
      ports_(ports),
      base_{.scheme = settings.scheme, .host = settings.host, .port = settings.port, .target = "/"},
      local_(settings.local_hostname || isOwnAddress(settings.host)) {
  if (isPrivateAddress(settings.host)) address_ = settings.host;
}

void Connection::adopt(const Url& url) {
  base_.scheme = url.scheme;
  base_.port = url.port;
}

std::vector<std::string> Connection::knownLeaves() const {
  std::vector<std::string> leaves = state_.our_leaves;
  for (const std::string& leaf : {own_leaf_, state_.pinned_sha256}) {
    if (!leaf.empty() && std::ranges::find(leaves, leaf) == leaves.end()) leaves.push_back(leaf);
  }
  return leaves;
}

Result<HttpResponse> Connection::send(const std::string& target, HttpRequest request) {
  request.url = base_.origin() + target;
  request.connect_to = address_;
  if (base_.scheme != "https") return ports_.http.send(request, ports_.effort());
  if (local_ || settings_.insecure) {
    request.tls.mode = TlsTrust::Mode::Anything;
    return ports_.http.send(request, ports_.effort());
  }
  const auto known = knownLeaves();
  if (!settings_.tls_fingerprint.empty()) {
    request.tls = {.mode = TlsTrust::Mode::Pinned, .pins = known};
    request.tls.pins.push_back(settings_.tls_fingerprint);
    auto response = ports_.http.send(request, ports_.effort());
    if (!response && response.error().code == ErrorCode::Untrusted) return std::unexpected(untrusted(response.error()));
    return response;
  }
  request.tls = {.mode = TlsTrust::Mode::Verify, .pins = {}};
  auto response = ports_.http.send(request, ports_.effort());
  if (response) {
    state_.pinned_sha256 = response->peer_sha256;
    return response;
  }
  if (response.error().code != ErrorCode::Untrusted) return response;
  if (!known.empty()) {
    request.tls = {.mode = TlsTrust::Mode::Pinned, .pins = known};
    auto pinned = ports_.http.send(request, ports_.effort());
    if (pinned || pinned.error().code != ErrorCode::Untrusted) return pinned;
  }
  return std::unexpected(untrusted(response.error()));
}

Result<HttpResponse> Connection::sendFirst(const std::string& target, const HttpRequest& request) {
  if (settings_.local_hostname && !isLoopback(base_.host)) {
    if (auto chosen = chooseOwnAddress(); !chosen) return std::unexpected(chosen.error());
  }
  if (!isLoopbackName(base_.host)) return send(target, request);
  const std::string before = address_;
  std::optional<Error> first;
  for (const auto* const candidate : {"127.0.0.1", "::1"}) {
    if (!before.empty() && before != candidate) continue;
    address_ = candidate;
    auto response = send(target, request);
    if (response || response.error().code != ErrorCode::Unreachable) return response;
    if (!first) first = response.error();
  }
  address_ = before;
  return std::unexpected(*first);
}

/// The name is resolved here and the address connected to, so that no name server can lead the password elsewhere.
Result<> Connection::chooseOwnAddress() {
  const auto addresses = ports_.http.names().addressesOf(base_.host, ports_.effort());
  if (!addresses) return std::unexpected(addresses.error());
  std::vector<std::string> others;
  for (const std::string& each : *addresses) {
    if (isOwnAddress(each)) {
      address_ = each;
      return {};
    }
    others.push_back(each);
  }
  return fail(
      ErrorCode::Settings,
      fmt::format("SYNO_LOCAL_HOSTNAME=1 says that {} is this machine, but it leads to {}; no password was sent", base_.host,
                  join(others, ", ")),
      "unset SYNO_LOCAL_HOSTNAME and set SYNO_SCHEME=https, with SYNO_TLS_FINGERPRINT or SYNO_INSECURE=1 where DSM's "
      "certificate is not for that name");
}

Error Connection::untrusted(Error error) const {
  std::string seen;
  const Endpoint here{.host = address(), .port = base_.port, .server_name = isAddressLiteral(base_.host) ? "" : base_.host};
  if (const auto leaf = servedLeaf(here, ports_)) seen = leaf->sha256();
  if (seen.empty()) {
    error.hint = "set SYNO_TLS_FINGERPRINT to the SHA-256 of DSM's certificate, or SYNO_INSECURE=1";
  } else {
    error.hint = fmt::format(
        "DSM shows a certificate with the SHA-256 {}; if that is your NAS, set SYNO_TLS_FINGERPRINT to it (or "
        "SYNO_INSECURE=1 "
        "to accept any)",
        seen);
  }
  return error;
}

}  // namespace sidecert::dsm
