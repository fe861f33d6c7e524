// What a vendor's server does before it looks at anything else: checks who sent the request. Written from the vendors'
// pages beside the engine's schemes, not with them.
#pragma once

#include <map>
#include <string>

#include "base/clock.h"
#include "base/http/http.h"

namespace sidecert::testing {

/// @param with  what the conversation says after the scheme's name: key=value pairs.
/// @param near  the time at the server; what is signed for another quarter of an hour is refused.
/// @returns why the request is refused; empty when the signature is right. What the scheme added to a query or form is
///          taken out again, so that the rest can be compared.
[[nodiscard]] std::string refusal(const std::string& scheme, const std::map<std::string, std::string>& with,
                                  HttpRequest& request, TimePoint near);

}  // namespace sidecert::testing
