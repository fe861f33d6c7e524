#include "config/settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace sidecert::config {

std::chrono::seconds usualDnsTimeout() {
  return std::chrono::seconds(parseNumber(variables::kDnsTimeout.fallback).value_or(0));
}

std::string CertificateSettings::title() const {
  if (!folder.empty()) return folder;
  if (!deploy_from.empty()) return label.empty() ? "deploy-from" : "deploy-from-" + lower(label);
  std::string title = names.empty() ? "" : names.front();
  std::ranges::replace(title, '*', '_');
  return title;
}

std::string CertificateSettings::subject() const {
  if (!deploy_from.empty()) return deploy_from.string();
  return names.empty() ? "" : names.front();
}

std::string NasSettings::title() const {
  const std::string where = fmt::format("{}:{}", host, port);
  return label.empty() ? "NAS " + where : fmt::format("NAS {} ({})", label, where);
}

}  // namespace sidecert::config
