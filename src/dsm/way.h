// The way to DSM that the settings choose: its web API with an account, or the host's own program without one.
#pragma once

#include <memory>
#include <string>

#include "base/ports.h"
#include "config/settings.h"
#include "dsm/api.h"
#include "dsm/deployment.h"

namespace sidecert::dsm {

/// Logs out when destroyed. Settings and state must outlive it.
/// @param own_leaf  SHA-256 of the certificate being deployed; empty: none
[[nodiscard]] std::unique_ptr<CertificateApi> chooseWay(const config::NasSettings&, TargetState&, std::string own_leaf,
                                                        const Ports&);

}  // namespace sidecert::dsm
