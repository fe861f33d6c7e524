// Requests without a body that may be sent again: the directory and fresh nonces.
#pragma once

#include <functional>

#include "base/effort.h"
#include "base/http/http.h"
#include "base/ports.h"
#include "base/result.h"

namespace sidecert::acme {

/// Sends a GET or HEAD, and again, as often as the effort has attempts, where the connection failed or the server is busy
/// (5xx). Between them it waits 1 s, then twice as long each time, or as long as Retry-After says; a server that wants more
/// than half a minute gets it from the caller's schedule.
[[nodiscard]] Result<HttpResponse> sendWithRepeats(const HttpRequest&, const Ports&, const Effort&,
                                                   const std::function<Result<HttpResponse>(const HttpRequest&)>& send);

}  // namespace sidecert::acme
