// A step, rendered: the HTTP request it stands for. All escaping happens here.
#pragma once

#include "base/http.h"
#include "dns/providers/definition.h"
#include "dns/providers/template.h"

namespace sidecert::dns::providers {

/// @returns BadAnswer naming what was absent when the URL cannot be completed; Settings when what the step demands is
/// absent.
[[nodiscard]] Result<HttpRequest> buildRequest(const Definition&, const Credentials&, const Step&, const Scope&);

/// Whether a template of the step uses this name.
[[nodiscard]] bool stepUses(const Step&, std::string_view name);

}  // namespace sidecert::dns::providers
