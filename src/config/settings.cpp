#include "config/settings.h"

#include <fmt/format.h>

#include <algorithm>

namespace sidecert::config {

std::string CertificateSettings::title() const {
  std::string title = names.empty() ? "" : names.front();
  std::ranges::replace(title, '*', '_');
  return title;
}

std::string NasSettings::title() const {
  const std::string where = fmt::format("{}:{}", host, port);
  return label.empty() ? "NAS " + where : fmt::format("NAS {} ({})", label, where);
}

}  // namespace sidecert::config
