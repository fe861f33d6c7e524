// STATUS_LISTEN: the status page and its kin, for browsers, scripts and monitors (docs/status-page.md).
#pragma once

#include <memory>

#include "base/ports.h"
#include "config/validate.h"
#include "web/server.h"

namespace sidecert::cli {

/// Serves until the result is destroyed. @param globals  known even when other settings have faults
/// @returns nothing when STATUS_LISTEN is not set, or its address cannot be had, which is a warning: renewals go on.
[[nodiscard]] std::unique_ptr<web::Server> serveStatus(const config::Settings& globals, config::Validated, const Ports&);

}  // namespace sidecert::cli
