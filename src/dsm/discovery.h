// First contact: where DSM's web API lives, in which version, and on which base address. No credential is sent.
// Source: Synology's "DSM Login Web API Guide", SYNO.API.Info.
#pragma once

#include <map>
#include <string>

#include "base/ports.h"
#include "dsm/connection.h"

namespace sidecert::dsm {

struct ApiInfo {
  std::string path;  // below /webapi/
  int max_version = 1;
};

struct Discovery {
  std::map<std::string, ApiInfo> apis;  // SYNO.API.Auth is always there
  Duration clock_offset{0};             // DSM's clock minus ours, from the Date header
  /// The path DSM gave, or where every DSM since 6 has it.
  [[nodiscard]] std::string pathOf(const std::string& api) const;
};

/// Asks SYNO.API.Info, following a redirect to https on the same host, and waits up to `patience` for a DSM that refuses
/// connections or answers with its starting page.
[[nodiscard]] Result<Discovery> discover(Connection&, const Ports&, Duration patience);

/// A status or body of a web server whose DSM is not (yet) behind it: worth a wait, nothing was done.
[[nodiscard]] bool looksLikeStarting(const HttpResponse&);

}  // namespace sidecert::dsm
