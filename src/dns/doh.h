// DNS over HTTPS (RFC 8484), for networks that close or intercept port 53.
#pragma once

#include <string>

#include "base/http/http.h"
#include "base/result.h"
#include "dns/resolver.h"

namespace sidecert::dns {

/// One question by POST, within `effort`. The id is 0, so that caches on the way can work (section 4.1).
/// @param url  of the service: https://cloudflare-dns.com/dns-query
[[nodiscard]] Result<Response> askOverHttps(HttpTransport&, const std::string& url, const std::string& name, RecordType,
                                            const Effort&);

}  // namespace sidecert::dns
