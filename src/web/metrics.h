// The status as numbers for a monitoring system: the Prometheus text format, version 0.0.4. Draws what `sidecert status
// --json` says (docs/status-json.md) and decides nothing; docs/metrics.md describes every metric. Source:
// https://prometheus.io/docs/instrumenting/exposition_formats/
#pragma once

#include <string>

#include "state/document.h"

namespace sidecert::web {

inline constexpr const char* kMetricsType = "text/plain; version=0.0.4; charset=utf-8";

[[nodiscard]] std::string metrics(const state::Json& status);

}  // namespace sidecert::web
