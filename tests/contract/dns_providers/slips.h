// Every single slip of the pen that a definition can have: one text a letter off, one member left out, one list in place of
// another, one condition that holds always or never, one literal gone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sidecert::testing {

struct Slip {
  std::string what;        // "/records/list/items: \"/Recrods\""
  std::string definition;  // the whole text, with the slip
};

/// All slips of the part that runs; what is only read by people (`name`, `docs`, `meaning`, …) is left alone.
[[nodiscard]] std::vector<Slip> slipsOf(std::string_view definition);

}  // namespace sidecert::testing
