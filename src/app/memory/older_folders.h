// Data folders of older programs, brought into today's form before a pass: what was one document for each certificate on
// each NAS is part of the NAS's own, and a NAS that has a label by now is known by it. Each step may be cut and done again.
#pragma once

#include "app/memory/memory.h"
#include "base/result.h"
#include "config/settings.h"

namespace sidecert::app {

[[nodiscard]] Result<> bringUpToDate(const Memory&, const config::Settings&);

}  // namespace sidecert::app
