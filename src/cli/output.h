// What commands print. Servers, files and certificates may have written any part of it, so all of it goes this way.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <utility>

#include "base/printed.h"

namespace sidecert::cli {

/// To standard output.
template <class... Args>
void printOut(fmt::format_string<Args...> format, Args&&... args) {
  std::fputs(printableLines(fmt::format(format, std::forward<Args>(args)...)).c_str(), stdout);
}
/// To standard error.
template <class... Args>
void printError(fmt::format_string<Args...> format, Args&&... args) {
  std::fputs(printableLines(fmt::format(format, std::forward<Args>(args)...)).c_str(), stderr);
}

}  // namespace sidecert::cli
