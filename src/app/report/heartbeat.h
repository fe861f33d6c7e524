// A sign of life for a service that tells the owner when it stops coming (HEARTBEAT_URL): so somebody is told even when the
// container itself is gone. Source: healthchecks.io/docs/http_api: success is a GET of the URL, failure one of URL/fail.
#pragma once

#include "base/ports.h"
#include "base/secret.h"

namespace sidecert::app {

/// Tried once; fails nothing. @param url  empty: nobody is asked
void beat(const Secret& url, bool good, const Ports&);

}  // namespace sidecert::app
