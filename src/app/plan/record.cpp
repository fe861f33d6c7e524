#include "app/plan/record.h"

#include <fmt/format.h>

#include "base/text.h"

namespace sidecert::app {

std::string targetKey(const config::NasSettings& nas) {
  return nas.label.empty() ? fmt::format("{}:{}", nas.host, nas.port) : lower(nas.label);
}

}  // namespace sidecert::app
