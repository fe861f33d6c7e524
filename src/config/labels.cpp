#include "config/labels.h"

#include <algorithm>

namespace sidecert::config {
namespace {

using namespace variables;

/// Whether the owner has said anything of a NAS. An empty value says nothing: the image declares some.
bool anyNasVariable(const Environment& environment) {
  return std::ranges::any_of(registry(), [&](const Variable* variable) {
    return variable->scope == Scope::Nas && variable != &kTimeZone && environment.isSet(*variable, "");
  });
}

bool everyLabelHas(const Environment& environment, std::string_view family, const std::vector<std::string>& labels,
                   const std::vector<const Variable*>& any_of) {
  return std::ranges::all_of(labels, [&](const std::string& label) {
    const std::string prefix = std::string(family) + label + "_";
    return std::ranges::any_of(any_of, [&](const Variable* variable) { return environment.isSet(*variable, prefix); });
  });
}

}  // namespace

std::vector<std::string> certificateLabels(Environment& environment, const std::set<std::string>& provider_names) {
  std::vector<std::string> labels = environment.labels("CERT_", provider_names);
  const bool names_left_over =
      environment.isSet(kDomains, "") && everyLabelHas(environment, "CERT_", labels, {&kDomains, &kDeployFrom});
  const bool folder_left_over =
      environment.isSet(kDeployFrom, "") && everyLabelHas(environment, "CERT_", labels, {&kDeployFrom});
  if (labels.empty() || names_left_over || folder_left_over) labels.insert(labels.begin(), "");
  return labels;
}

std::vector<std::string> nasLabels(Environment& environment, const std::set<std::string>& provider_names) {
  std::vector<std::string> labels = environment.labels("NAS_", provider_names);
  if (labels.empty()) {
    if (anyNasVariable(environment)) labels.emplace_back();
    return labels;
  }
  const bool left_over = std::ranges::any_of(
      std::vector<const Variable*>{&kSynoHostname, &kSynoUsername, &kSynoPassword}, [&](const Variable* variable) {
        return environment.isSet(*variable, "") && everyLabelHas(environment, "NAS_", labels, {variable});
      });
  if (left_over) labels.insert(labels.begin(), "");
  return labels;
}

}  // namespace sidecert::config
