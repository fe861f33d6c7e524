#include "config/validate.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/text.h"
#include "config/basis.h"
#include "config/labels.h"
#include "config/read_certificate.h"
#include "config/read_globals.h"
#include "config/read_nas.h"
#include "config/reader.h"
#include "config/shared_nas.h"

namespace sidecert::config {
namespace {

using namespace variables;

/// Where a value is looked for: the certificate's own word first, then the NAS's.
std::vector<std::string> prefixesOf(const std::string& certificate, const std::string& nas) {
  std::vector<std::string> prefixes;
  if (!certificate.empty()) prefixes.push_back("CERT_" + certificate + "_");
  if (!nas.empty()) prefixes.push_back("NAS_" + nas + "_");
  return prefixes;
}

/// Whose values these are, for faults. Beside labels also what has none is told apart.
std::string aboutCertificate(const std::string& label, const std::vector<std::string>& labels) {
  return label.empty() ? (labels.size() > 1 ? "the certificate without a label" : "") : "certificate " + label;
}

std::string aboutNas(const std::string& label, const std::vector<std::string>& labels) {
  return label.empty() ? (labels.size() > 1 ? "the NAS without a label" : "") : "NAS " + label;
}

std::string together(const std::string& certificate, const std::string& nas) {
  return certificate.empty() || nas.empty() ? certificate + nas : certificate + ", " + nas;
}

void readTargets(Environment& environment, const std::vector<std::string>& nas_labels, const std::string& about,
                 CertificateSettings& certificate) {
  Reader reader(environment, prefixesOf(certificate.label, ""), about);
  std::vector<std::string> wanted;
  for (const std::string& label : reader.list(kNas)) {
    wanted.push_back(upper(label));
    if (!std::ranges::contains(nas_labels, wanted.back()))
      reader.fault(kNas, fmt::format("'{}' is no label of a NAS; {}", excerpt(label, 40),
                                     nas_labels.empty() ? "there are none" : "there is " + join(nas_labels, ", ")));
  }
  for (const std::string& label : wanted.empty() ? nas_labels : wanted) {
    Reader of_nas(environment, prefixesOf(certificate.label, label), together(about, aboutNas(label, nas_labels)));
    certificate.targets.push_back(readNas(of_nas, label));
    certificate.targets.back().basis = basisOf(environment, prefixesOf(certificate.label, label), Effect::Target);
  }
}

/// Without labels a certificate is known by its names.
void refuseDoubles(Environment& environment, const std::vector<CertificateSettings>& certificates) {
  std::set<std::set<std::string>> known;
  for (const CertificateSettings& certificate : certificates) {
    if (!certificate.names.empty() && !known.emplace(certificate.names.begin(), certificate.names.end()).second)
      environment.fault(kDomains.name, fmt::format("two certificates are for the same names ({}); one is enough",
                                                   join(certificate.names, ", ")));
  }
}

std::set<std::string> providerVariables(const Vocabulary& vocabulary) {
  std::set<std::string> names;
  for (const KnownProvider& provider : vocabulary.providers) {
    names.insert(provider.variables.begin(), provider.variables.end());
    for (const auto& [name, also] : provider.also) names.insert(also.begin(), also.end());
  }
  return names;
}

Validated finish(const Environment& environment, Settings settings) {
  Validated result{.settings = std::nullopt,
                   .faults = environment.faults(),
                   .notes = environment.notes(),
                   .watched = {environment.watched().begin(), environment.watched().end()}};
  std::set<std::string> seen;  // a value shared by several labels is wrong once
  std::erase_if(result.faults, [&](const std::string& fault) { return !seen.insert(fault).second; });
  if (result.faults.empty()) result.settings = std::move(settings);
  return result;
}

}  // namespace

Validated validate(Environment& environment, const Vocabulary& vocabulary, Purpose purpose) {
  const std::set<std::string> provider_names = providerVariables(vocabulary);
  Settings settings;
  readGlobals(environment, vocabulary, settings);
  if (purpose == Purpose::Look) return finish(environment, std::move(settings));

  std::vector<std::string> nas_labels = nasLabels(environment, provider_names);
  if (nas_labels.empty() && purpose == Purpose::Deploy) nas_labels.emplace_back();
  std::vector<std::string> labels = certificateLabels(environment, provider_names);
  if (purpose == Purpose::Deploy) labels = {""};
  for (const std::string& label : labels) {
    const std::string about = aboutCertificate(label, labels);
    Reader reader(environment, prefixesOf(label, ""), about);
    CertificateSettings certificate = readCertificate(reader, environment, label, vocabulary, purpose);
    certificate.basis = basisOf(environment, prefixesOf(label, ""), Effect::Issuing, certificate.provider_variables);
    if (purpose != Purpose::Dns) readTargets(environment, nas_labels, about, certificate);
    if (!certificate.deploy_from.empty() && certificate.targets.empty())
      environment.fault(kDeployFrom.name, "is set, but no SYNO_ variable says where to deploy");
    settings.certificates.push_back(std::move(certificate));
  }
  refuseDoubles(environment, settings.certificates);
  settleSharedNas(environment, settings.certificates);
  environment.suggest(provider_names);
  return finish(environment, std::move(settings));
}

}  // namespace sidecert::config
