// A step, rendered: the HTTP request it stands for. All escaping happens here, and here it is seen to that no request goes
// to another server than the definition or the owner names: what an answer says can change a path, not an origin.
#pragma once

#include <optional>

#include "base/http/http.h"
#include "dns/providers/definition.h"
#include "dns/providers/scope.h"

namespace sidecert::dns::providers {

/// @param next_page  the URL of the next page as the last answer gave it, in place of the step's own URL and query.
/// @returns Settings when the step demands what is absent, or when a variable makes no URL; BadAnswer naming what was not
///          captured, or the other server that an answer leads to.
[[nodiscard]] Result<HttpRequest> buildRequest(const Definition&, const Credentials&, const Step&, const Scope&,
                                               const std::optional<std::string>& next_page = std::nullopt);

/// Whether what the owner set makes a base URL, as far as that does not depend on an answer. @returns Settings naming the
/// variable.
[[nodiscard]] Result<> checkBase(const Definition&, const Scope& variables);

/// What the step itself puts into its query and body, as trees.
[[nodiscard]] ValueList renderedParts(const Step&, const Scope&);

}  // namespace sidecert::dns::providers
