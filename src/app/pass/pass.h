// One pass over all certificates. Every start is a recovery: start, pass, wait, end.
#pragma once

#include "app/pass/certificate_pass.h"
#include "config/settings.h"

namespace sidecert::app {

/// @returns what to wait for; failed when anything due did not succeed, the data folder included.
[[nodiscard]] PassResult pass(const config::Settings&, const World&, Force);

}  // namespace sidecert::app
