// The variables of one NAS: where it is, how to log in, which certificate, and when it may be changed.
#pragma once

#include <string>

#include "config/reader.h"
#include "config/settings.h"

namespace sidecert::config {

/// @param reader  of that NAS: it knows the prefixes; what makes no sense becomes a fault there
/// @param label  of NAS_<LABEL>_…; empty when there are no labels
[[nodiscard]] NasSettings readNas(Reader& reader, const std::string& label);

}  // namespace sidecert::config
