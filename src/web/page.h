// The status page: draws what `sidecert status --json` says (docs/status-json.md) for people, and decides nothing.
#pragma once

#include <string>

#include "state/document.h"

namespace sidecert::web {

/// An HTML document that needs nothing else: no script, no picture, no other address.
[[nodiscard]] std::string statusPage(const state::Json& status);

}  // namespace sidecert::web
