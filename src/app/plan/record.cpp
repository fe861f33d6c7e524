#include "app/plan/record.h"

#include <fmt/format.h>

namespace sidecert::app {

std::string targetKey(const config::NasSettings& nas) {
  return fmt::format("{}:{}", nas.host, nas.port);
}

}  // namespace sidecert::app
