// A ZIP archive of a few short files, stored without compression (APPNOTE.TXT 6.3.10): what DSM's `export` hands out.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace sidecert::testing::emulator {

[[nodiscard]] std::string zipOf(const std::vector<std::pair<std::string, std::string>>& names_and_contents);

}  // namespace sidecert::testing::emulator
