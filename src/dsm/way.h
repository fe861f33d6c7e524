// The way to DSM that the settings choose: its web API with an account, or the host's own program without one.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/ports.h"
#include "config/settings.h"
#include "dsm/api.h"
#include "dsm/deployment.h"

namespace sidecert::dsm {

struct Way {
  std::unique_ptr<CertificateApi> api;  // logs out when destroyed
  std::function<Endpoint()> served;     // where DSM shows its certificate, as known by now
};

/// Settings and state must outlive it.
[[nodiscard]] Way chooseWay(const config::NasSettings&, TargetState&, std::string own_leaf, const Ports&);

}  // namespace sidecert::dsm
