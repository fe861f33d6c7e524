// What a person would see under Control Panel, Security, Certificate: a plain page without script.
#pragma once

#include <string>

#include "support/dsm_emulator_store.h"

namespace sidecert::testing::emulator {

struct PageCounts {
  std::size_t logins = 0;
  std::size_t imports = 0;
};

[[nodiscard]] std::string certificatePage(const CertificateStore&, const PageCounts&, std::chrono::sys_seconds now);

}  // namespace sidecert::testing::emulator
