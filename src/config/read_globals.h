// What is set once for all certificates and NAS: the data folder, the log, the status page, the messages, the network.
#pragma once

#include "config/environment.h"
#include "config/settings.h"
#include "config/validate.h"

namespace sidecert::config {

/// What makes no sense becomes a fault of the environment.
void readGlobals(Environment&, const Vocabulary&, Settings&);

}  // namespace sidecert::config
